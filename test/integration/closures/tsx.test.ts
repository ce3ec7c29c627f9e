/** Closures from programs that tsx runs. */
import { describeMode } from "../../closures/describe-mode.ts";
import { tsx } from "../../closures/modes.ts";

describeMode(tsx("module"));
describeMode(tsx("commonjs"));
