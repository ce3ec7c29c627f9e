/** One of some external values as a weighted sum of internal ones; places are those among them. */
export interface WeightedSum {
  readonly at: number;
  readonly of: readonly number[];
  /** Of those at `of`. */
  readonly weights: Float64Array;
}

/** Values without a sum are themselves. */
export function sumsFromInternal(internal: Float64Array, sums: readonly WeightedSum[]): Float64Array {
  const external = internal.slice();
  for (const { at, of, weights } of sums) external[at] = of.reduce((sum, j, i) => sum + weights[i] * internal[j], 0);
  return external;
}

/** Outer derivatives ∂f/∂external times ∂external/∂internal. */
export function sumsPullback(outer: Float64Array, sums: readonly WeightedSum[]): Float64Array {
  const inner = outer.slice();
  for (const { at } of sums) inner[at] = 0;
  for (const { at, of, weights } of sums) for (const [i, j] of of.entries()) inner[j] += outer[at] * weights[i];
  return inner;
}
