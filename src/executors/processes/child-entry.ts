/** What worker processes run. */
import "./child-ends.ts";

export { evaluateChunk } from "../../worker/chunk-entry.ts";
