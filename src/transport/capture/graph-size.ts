import type { GraphNode, GraphReference, GraphValue } from "./graph.ts";

/** Bytes of a number, and of a reference. */
const WORD = 8;

/**
 * Bytes of what a value holds: typed arrays and strings as they are, 8 for a number or anything else. Nodes in `counted` are not counted again;
 * those that are counted are added to it.
 */
export function sizeOf(value: GraphValue, nodes: readonly GraphNode[], counted: Set<number>): number {
  let bytes = 0;
  const waiting: unknown[] = [value];
  while (waiting.length > 0) {
    const item = waiting.pop();
    if (typeof item === "string") bytes += Buffer.byteLength(item);
    else if (ArrayBuffer.isView(item)) bytes += item.byteLength;
    else if (Array.isArray(item)) for (const one of item) waiting.push(one);
    else if (isReference(item)) {
      if (counted.has(item.ref)) continue;
      counted.add(item.ref);
      // Which kind of node, and of view, it is takes no room worth counting.
      const { kind: _, type: __, ...parts } = nodes[item.ref] as GraphNode & { readonly type?: string };
      waiting.push(...Object.values(parts));
    } else if (typeof item === "object" && item !== null) waiting.push(...Object.values(item));
    else if (item !== undefined) bytes += WORD;
  }
  return bytes;
}

function isReference(item: unknown): item is GraphReference {
  return typeof item === "object" && item !== null && typeof (item as { ref?: unknown }).ref === "number";
}
