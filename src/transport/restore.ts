/** Captured functions made again on a worker: from the graph of what they captured and the bundled code. */
import type { BundledCode } from "./capture/captured-code.ts";
import type { CapturedGraph } from "./capture/graph.ts";
import { Restoration } from "./restore/restoration.ts";

/**
 * Makes the graph's roots: fresh functions with fresh values. It takes over the graph's bytes, so that large data is not copied: decode the graph again
 * for further functions.
 *
 * @throws FanoptError (code "criterion-load") when the code or this Node does not have what the graph refers to.
 */
export function restoreFunctions(graph: CapturedGraph, code: BundledCode): unknown[] {
  return new Restoration(graph.nodes, code).roots(graph.roots);
}
