/** External parameters, length n, from free internal ones, length k ≤ n, so that constraints hold whatever these are within their bounds. */
import { covarianceFromInternal, covariancePullback, sdcorrFromInternal, sdcorrPullback } from "./covariance.ts";
import { type OrderSpec, orderFromInternal, orderPullback } from "./order.ts";
import { probabilityFromInternal, probabilityPullback } from "./probability.ts";
import { sumsFromInternal, sumsPullback, type WeightedSum } from "./weighted-sums.ts";

/** Of external values at `indices`, from as many internal ones at the same places. */
export type Transformation = { readonly indices: readonly number[] } & (
  | { readonly kind: "covariance" | "sdcorr"; readonly dimension: number }
  | { readonly kind: "probability"; readonly order: readonly number[]; readonly total: number }
  | ({ readonly kind: "order" } & OrderSpec)
  | { readonly kind: "linear"; readonly sums: readonly WeightedSum[] }
);

/** Plain data: it travels to workers. */
export interface Reparametrization {
  /** Length n: the internal values of those that are not free. */
  readonly base: Float64Array;
  /** Places of the free internal values, ascending. */
  readonly free: readonly number[];
  /** About different places each. */
  readonly transformations: readonly Transformation[];
  /** [place, least, most] of external values, which rounding in a transformation must not pass. */
  readonly limits: readonly (readonly [number, number, number])[];
  /** Parameters that are equal to another one: [place, place of the other]. */
  readonly copies: readonly (readonly [number, number])[];
}

export function externalFromFree(
  { base, free, transformations, limits, copies }: Reparametrization,
  x: Float64Array,
): Float64Array {
  const values = internalOf({ base, free }, x);
  for (const transformation of transformations) {
    const external = fromInternal(transformation, picked(values, transformation.indices));
    for (const [i, place] of transformation.indices.entries()) values[place] = external[i];
  }
  for (const [place, least, most] of limits) values[place] = Math.min(Math.max(values[place], least), most);
  for (const [place, source] of copies) values[place] = values[source];
  return values;
}

/** A derivative with respect to free values, row-major m × k, from one with respect to external parameters, m × n: the chain rule. */
export function derivativeToFree(
  { base, free, transformations, limits, copies }: Reparametrization,
  derivative: Float64Array,
  x: Float64Array,
): Float64Array {
  const n = base.length;
  const m = derivative.length / n;
  const values = internalOf({ base, free }, x);
  const blocks = transformations.map((one) => ({ ...one, internal: picked(values, one.indices) }));
  const chained = new Float64Array(m * free.length);
  for (let i = 0; i < m; i++) {
    const row = derivative.slice(i * n, (i + 1) * n);
    for (const [place, source] of copies) row[source] += row[place];
    // What is fixed moves with nothing.
    for (const [place, least, most] of limits) if (least === most) row[place] = 0;
    for (const block of blocks) {
      const inner = pulledBack(block, block.internal, picked(row, block.indices));
      for (const [k, place] of block.indices.entries()) row[place] = inner[k];
    }
    for (const [j, place] of free.entries()) chained[i * free.length + j] = row[place];
  }
  return chained;
}

function internalOf({ base, free }: Pick<Reparametrization, "base" | "free">, x: Float64Array): Float64Array {
  const values = base.slice();
  for (const [j, place] of free.entries()) values[place] = x[j];
  return values;
}

function picked(values: Float64Array, indices: readonly number[]): Float64Array {
  return Float64Array.from(indices, (place) => values[place]);
}

function fromInternal(transformation: Transformation, internal: Float64Array): Float64Array {
  switch (transformation.kind) {
    case "covariance":
      return covarianceFromInternal(internal, transformation.dimension);
    case "sdcorr":
      return sdcorrFromInternal(internal, transformation.dimension);
    case "probability":
      return probabilityFromInternal(internal, transformation.order, transformation.total);
    case "order":
      return orderFromInternal(internal, transformation);
    case "linear":
      return sumsFromInternal(internal, transformation.sums);
  }
}

/** Outer derivatives ∂f/∂external times ∂external/∂internal. */
function pulledBack(transformation: Transformation, internal: Float64Array, outer: Float64Array): Float64Array {
  switch (transformation.kind) {
    case "covariance":
      return covariancePullback(internal, transformation.dimension, outer);
    case "sdcorr":
      return sdcorrPullback(internal, transformation.dimension, outer);
    case "probability":
      return probabilityPullback(internal, transformation.order, transformation.total, outer);
    case "order":
      return orderPullback(internal, transformation, outer);
    case "linear":
      return sumsPullback(outer, transformation.sums);
  }
}
