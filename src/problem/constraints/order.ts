/** Ascending values by what lies between them: whatever is there, as long as it is not negative, they are in order. */
import { probabilityFromInternal, probabilityPullback, probabilityToInternal } from "./probability.ts";

/**
 * How values p₀ ≤ … ≤ pₛ are given. Those from `from` to `to` come first: where these are the same, p itself; else all of them lie between the bounds
 * `lower` and `upper`, and what lies between two neighbours, the bounds among them, is a part of the whole as a probability is. From there on both
 * ways each value is given by its distance from its neighbour.
 */
export interface OrderSpec {
  readonly from: number;
  readonly to: number;
  readonly lower: number;
  readonly upper: number;
  /** In which the to − from + 2 distances between the bounds are broken off; empty where there are none. */
  readonly breaking: readonly number[];
}

export function orderToInternal(values: Float64Array, spec: OrderSpec): Float64Array {
  const { from, to, lower, upper, breaking } = spec;
  const internal = values.map((value, i) =>
    i > to ? value - values[i - 1] : i < from ? values[i + 1] - value : value,
  );
  if (from === to) return internal;
  const shares = probabilityToInternal(gapsBetween(values.subarray(from, to + 1), lower, upper), breaking);
  for (let i = from; i <= to; i++) internal[i] = shares[gapAt(i - from, spec)];
  return internal;
}

/** Distances from the lower bound to the first value, between neighbours, and from the last to the upper bound. */
export function gapsBetween(values: Float64Array, lower: number, upper: number): Float64Array {
  return Float64Array.from(
    { length: values.length + 1 },
    (_, i) => (i < values.length ? values[i] : upper) - (i > 0 ? values[i - 1] : lower),
  );
}

export function orderFromInternal(internal: Float64Array, spec: OrderSpec): Float64Array {
  const { from, to, lower, upper } = spec;
  const values = internal.slice();
  if (from < to) {
    const parts = probabilityFromInternal(sharesOf(internal, spec), spec.breaking, 1);
    let reached = 0;
    for (let i = from; i <= to; i++) {
      reached = Math.min(reached + parts[i - from], 1);
      // Rounding must not lead out of the bounds.
      values[i] = Math.min(lower + (upper - lower) * reached, upper);
    }
  }
  for (let i = to + 1; i < values.length; i++) values[i] = values[i - 1] + internal[i];
  for (let i = from - 1; i >= 0; i--) values[i] = values[i + 1] - internal[i];
  return values;
}

/** Outer derivatives ∂f/∂p times ∂p/∂internal. */
export function orderPullback(internal: Float64Array, spec: OrderSpec, outer: Float64Array): Float64Array {
  const { from, to, lower, upper } = spec;
  const inner = outer.slice();
  // A distance moves all values beyond it.
  for (let i = inner.length - 1; i > to; i--) inner[i - 1] += inner[i];
  for (let i = 0; i < from; i++) {
    inner[i + 1] += inner[i];
    inner[i] = -inner[i];
  }
  if (from === to) return inner;
  const ofParts = new Float64Array(to - from + 2);
  for (let i = to; i >= from; i--) ofParts[i - from] = ofParts[i - from + 1] + (upper - lower) * inner[i];
  const ofShares = probabilityPullback(sharesOf(internal, spec), spec.breaking, 1, ofParts);
  for (let i = from; i <= to; i++) inner[i] = ofShares[gapAt(i - from, spec)];
  return inner;
}

/** The distances but the last to be broken off are in the places of the values. */
function gapAt(i: number, { breaking }: OrderSpec): number {
  return i < breaking[breaking.length - 1] ? i : i + 1;
}

function sharesOf(internal: Float64Array, spec: OrderSpec): Float64Array {
  const { from, to } = spec;
  const shares = new Float64Array(to - from + 2);
  for (let i = from; i <= to; i++) shares[gapAt(i - from, spec)] = internal[i];
  return shares;
}
