/** Trees of derivatives: in the place of each number of a value its derivative. */
import { isList, isMap } from "../problem/tree-nodes.ts";

/** The tree of a value V with D in the place of each number. Typed arrays become arrays. */
export type DerivativeOf<V, D> = V extends number
  ? D
  : V extends Float64Array | Float32Array
    ? D[]
    : V extends readonly (infer E)[]
      ? DerivativeOf<E, D>[]
      : V extends ReadonlyMap<infer K, infer E>
        ? Map<K, DerivativeOf<E, D>>
        : { [K in keyof V]: DerivativeOf<V[K], D> };

/** @param leaf of the i-th number, in the order in which shapes are flattened. */
export function blockTree<V, D>(value: V, leaf: (i: number) => D): DerivativeOf<V, D> {
  let next = 0;
  const build = (node: unknown): unknown => {
    if (typeof node === "number") return leaf(next++);
    if (isList(node)) return Array.from(node, build);
    if (isMap(node)) return new Map(Array.from(node, ([key, child]) => [key, build(child)]));
    return Object.fromEntries(Object.entries(node as object).map(([key, child]) => [key, build(child)]));
  };
  return build(value) as DerivativeOf<V, D>;
}
