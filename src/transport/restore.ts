/** Captured functions made again on a worker: from the graph of what they captured and the bundled code. */
import { FanoptError } from "../errors.ts";
import type { BundledCode } from "./capture/captured-code.ts";
import type { CapturedGraph } from "./capture/graph.ts";

/**
 * Makes the graph's roots: fresh functions with fresh values at each call.
 *
 * @throws FanoptError (code "criterion-load") when the code does not have what the graph refers to.
 */
export function restoreFunctions(graph: CapturedGraph, code: BundledCode): unknown[] {
  throw new FanoptError("criterion-load", `not written yet: ${graph.nodes.length} ${code.makers.length}`);
}
