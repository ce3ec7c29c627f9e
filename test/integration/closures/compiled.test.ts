/** Closures from programs that tsc compiled. */
import { describeMode } from "../../closures/describe-mode.ts";
import { compiled } from "../../closures/modes.ts";

describeMode(compiled("module", "sourceMap"));
describeMode(compiled("commonjs", "inlineSourceMap"));
describeMode(compiled("module", "inlineSourceMap", ["--enable-source-maps"]));
