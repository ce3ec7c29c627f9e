/** Ascending values by what lies between them: whatever is there, as long as it is not negative, they are in order. */
import { probabilityFromInternal, probabilityPullback } from "./probability.ts";

/**
 * How values p₀ ≤ … ≤ pₛ are given. Those from `from` to `to` come first: where these are the same, p itself; else all of them lie between the bounds
 * `lower` and `upper`, and what lies between two neighbours, the bounds among them, is given by its ratio to that at `reference`. From there on both
 * ways each value is given by its distance from its neighbour.
 */
export interface OrderSpec {
  readonly from: number;
  readonly to: number;
  readonly lower: number;
  readonly upper: number;
  /** Of the to − from + 2 distances between the bounds. */
  readonly reference: number;
}

export function orderToInternal(values: Float64Array, { from, to, lower, upper, reference }: OrderSpec): Float64Array {
  const internal = values.map((value, i) =>
    i > to ? value - values[i - 1] : i < from ? values[i + 1] - value : value,
  );
  if (from === to) return internal;
  const gaps = gapsBetween(values.subarray(from, to + 1), lower, upper);
  for (let i = from; i <= to; i++) internal[i] = gaps[gapAt(i - from, reference)] / gaps[reference];
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
    const shares = probabilityFromInternal(ratiosOf(internal, spec), 1);
    let reached = 0;
    for (let i = from; i <= to; i++) {
      reached = Math.min(reached + shares[i - from], 1);
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
  const ofShares = new Float64Array(to - from + 2);
  for (let i = to; i >= from; i--) ofShares[i - from] = ofShares[i - from + 1] + (upper - lower) * inner[i];
  const ofRatios = probabilityPullback(ratiosOf(internal, spec), 1, ofShares);
  for (let i = from; i <= to; i++) inner[i] = ofRatios[gapAt(i - from, spec.reference)];
  return inner;
}

/** The distances but that at the reference are in the places of the values. */
function gapAt(i: number, reference: number): number {
  return i < reference ? i : i + 1;
}

function ratiosOf(internal: Float64Array, { from, to, reference }: OrderSpec): Float64Array {
  const ratios = new Float64Array(to - from + 2).fill(1);
  for (let i = from; i <= to; i++) ratios[gapAt(i - from, reference)] = internal[i];
  return ratios;
}
