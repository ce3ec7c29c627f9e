/** Closures from programs that Node runs as they are; scripts/check-pack.ts has it run by the oldest Node that is supported as well. */
import { describeMode } from "../../closures/describe-mode.ts";
import { stripped } from "../../closures/modes.ts";

describeMode(stripped("types stripped by Node", { more: ["large"] }));
