/** Closures from programs that Node runs as they are, in its other ways. */
import { describeMode } from "../../closures/describe-mode.ts";
import { inThread, stripped } from "../../closures/modes.ts";

describeMode(stripped("Node with --inspect", { args: ["--inspect=0"] }));
describeMode(stripped("Node with NODE_V8_COVERAGE", { env: { NODE_V8_COVERAGE: "coverage" } }));
describeMode(inThread());
