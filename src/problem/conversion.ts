/** Between the flat parameters that the user knows (external) and the vector that an algorithm sees (internal x), both of length n. */
import type { FlatBounds } from "./bounds.ts";
import type { Scaling } from "./scaling.ts";

/** What a conversion is made of. Plain data: it travels to workers. */
export interface ConversionSpec {
  /** Bounds of the external parameters. */
  readonly bounds: FlatBounds;
  /** null: internal and external are the same. */
  readonly scaling: Scaling | null;
}

/** The same on driver and workers: same x, same bits. */
export interface Conversion {
  /** Bounds of internal x. */
  readonly bounds: FlatBounds;
  /** Internal x of external parameters. */
  toInternal(external: Float64Array): Float64Array;
  /** External parameters of internal x: within the external bounds if x is within the internal ones; bounds and start come back to the bit. */
  toExternal(x: Float64Array): Float64Array;
  /** A derivative with respect to internal x, from one with respect to external parameters, both row-major m × n: the chain rule. */
  derivativeToInternal(derivative: Float64Array): Float64Array;
}

export function conversionOf({ bounds, scaling }: ConversionSpec): Conversion {
  if (scaling === null)
    return {
      bounds,
      toInternal: (external) => external,
      toExternal: (x) => x,
      derivativeToInternal: (derivative) => derivative,
    };
  const { factor, offset, start } = scaling;
  const n = factor.length;
  const toInternal = (external: Float64Array) => external.map((value, i) => (value - offset[i]) / factor[i]);
  const internal = { lower: toInternal(bounds.lower), upper: toInternal(bounds.upper) };
  const x0 = toInternal(start);
  return {
    bounds: internal,
    toInternal,
    toExternal: (x) =>
      x.map((value, i) => {
        // Rounding must not lead out of the bounds, nor away from one or from the start.
        if (value === internal.lower[i]) return bounds.lower[i];
        if (value === internal.upper[i]) return bounds.upper[i];
        if (value === x0[i]) return start[i];
        const unscaled = offset[i] + factor[i] * value;
        if (value > internal.lower[i] && unscaled < bounds.lower[i]) return bounds.lower[i];
        return value < internal.upper[i] && unscaled > bounds.upper[i] ? bounds.upper[i] : unscaled;
      }),
    derivativeToInternal: (derivative) => derivative.map((value, k) => value * factor[k % n]),
  };
}
