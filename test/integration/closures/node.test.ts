/** Closures from programs that Node runs as they are. */
import { describeMode } from "../../closures/describe-mode.ts";
import { inThread, stripped } from "../../closures/modes.ts";

describeMode(stripped("types stripped by Node", { more: ["large"] }));
describeMode(stripped("Node with --inspect", { args: ["--inspect=0"] }));
describeMode(stripped("Node with NODE_V8_COVERAGE", { env: { NODE_V8_COVERAGE: "coverage" } }));
describeMode(inThread());
