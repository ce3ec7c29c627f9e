/**
 * Between the flat parameters that the user knows (external, length n) and the vector that an algorithm sees (internal x, length k ≤ n): first
 * constraints, by free parameters in the place of external ones, then scaling.
 */
import type { FlatBounds } from "./bounds.ts";
import { derivativeToFree, externalFromFree, type Reparametrization } from "./constraints/reparametrization.ts";
import type { Scaling } from "./scaling.ts";

/** What a conversion is made of. Plain data: it travels to workers. */
export interface ConversionSpec {
  /** Bounds of the free parameters, not scaled, length k. */
  readonly bounds: FlatBounds;
  /** null: the free parameters are the external ones. */
  readonly reparametrization: Reparametrization | null;
  /** null: internal x are the free parameters. */
  readonly scaling: Scaling | null;
}

/** The same on driver and workers: same x, same bits. */
export interface Conversion {
  /** Bounds of internal x, length k. */
  readonly bounds: FlatBounds;
  /** Internal x of free parameters. */
  scaled(free: Float64Array): Float64Array;
  /** External parameters of internal x. They satisfy the constraints; where there are none, they are within their bounds to the bit. */
  toExternal(x: Float64Array): Float64Array;
  /** A derivative with respect to internal x, row-major m × k, from one with respect to external parameters, m × n, at x: the chain rule. */
  derivativeToInternal(derivative: Float64Array, x: Float64Array): Float64Array;
}

export function conversionOf({ bounds, reparametrization, scaling }: ConversionSpec): Conversion {
  const space = scaling === null ? unscaled(bounds) : scaledSpace(bounds, scaling);
  if (reparametrization === null) return space;
  return {
    bounds: space.bounds,
    scaled: space.scaled,
    toExternal: (x) => externalFromFree(reparametrization, space.toExternal(x)),
    derivativeToInternal: (derivative, x) =>
      space.derivativeToInternal(derivativeToFree(reparametrization, derivative, space.toExternal(x)), x),
  };
}

function unscaled(bounds: FlatBounds): Conversion {
  return { bounds, scaled: (free) => free, toExternal: (x) => x, derivativeToInternal: (derivative) => derivative };
}

function scaledSpace(bounds: FlatBounds, { factor, offset, start }: Scaling): Conversion {
  const scaled = (free: Float64Array) => free.map((value, i) => (value - offset[i]) / factor[i]);
  const internal = { lower: scaled(bounds.lower), upper: scaled(bounds.upper) };
  const x0 = scaled(start);
  return {
    bounds: internal,
    scaled,
    toExternal: (x) =>
      x.map((value, i) => {
        // Rounding must not lead out of the bounds, nor away from one or from the start.
        if (value === internal.lower[i]) return bounds.lower[i];
        if (value === internal.upper[i]) return bounds.upper[i];
        if (value === x0[i]) return start[i];
        const free = offset[i] + factor[i] * value;
        if (value > internal.lower[i] && free < bounds.lower[i]) return bounds.lower[i];
        return value < internal.upper[i] && free > bounds.upper[i] ? bounds.upper[i] : free;
      }),
    derivativeToInternal: (derivative) => derivative.map((value, i) => value * factor[i % factor.length]),
  };
}
