/** Closures from programs that esbuild made one file of. */
import { describeMode } from "../../closures/describe-mode.ts";
import { bundled } from "../../closures/modes.ts";

describeMode(bundled("bundled", { sourcemap: "linked" }));
describeMode(bundled("bundled and minified", { minify: true }));
describeMode(bundled("bundled and minified, names kept", { minify: true, keepNames: true, sourcemap: "inline" }));
