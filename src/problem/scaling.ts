/** Scaling of parameters, so that a step of the same length means as much in each of them. */
import { InvalidInputError } from "../errors.ts";
import { numberBetween, type OptionSchemas, oneOf, resolveOptions } from "../option-schemas.ts";
import type { FlatBounds } from "./bounds.ts";

/** Source: optimagic, `ScalingOptions`, with the same defaults. */
export interface ScalingOptions {
  /**
   * `"start-values"`: each parameter is divided by the absolute value of its start. `"bounds"`: the bounds, which must be finite for every
   * parameter, become 0 and `magnitude`.
   * @default "start-values"
   */
  readonly method?: "start-values" | "bounds" | undefined;
  /** Start values, or widths of bounds, that are smaller than this are taken to be this. @default 0.1 */
  readonly clippingValue?: number | undefined;
  /** What a parameter at its divisor becomes. Larger means smaller steps of an algorithm. @default 1 */
  readonly magnitude?: number | undefined;
}

/** external = offset + factor · internal, each of length n. Plain data. */
export interface Scaling {
  readonly factor: Float64Array;
  readonly offset: Float64Array;
  /** Free parameters at the start: what is scaled comes back to them to the bit. */
  readonly start: Float64Array;
}

interface Checked {
  readonly method: "start-values" | "bounds";
  readonly clippingValue: number;
  readonly magnitude: number;
}

const schemas: OptionSchemas<Checked> = {
  method: oneOf("start-values", "bounds"),
  clippingValue: numberBetween(0, Number.POSITIVE_INFINITY),
  magnitude: numberBetween(0, Number.POSITIVE_INFINITY),
};

const defaults: Checked = { method: "start-values", clippingValue: 0.1, magnitude: 1 };

/**
 * The scaling of a start and its bounds; null where none is asked for.
 *
 * @throws InvalidInputError for a wrong option, and for bounds that are missing under "bounds".
 */
export function resolveScaling(
  options: ScalingOptions | undefined,
  names: readonly string[],
  start: Float64Array,
  { lower, upper }: FlatBounds,
): Scaling | null {
  if (options === undefined) return null;
  const { method, clippingValue, magnitude } = resolveOptions(
    "scaling",
    schemas,
    defaults,
    options as Partial<Checked>,
  );
  const divisor = (size: number) => Math.max(size, clippingValue) / magnitude;
  if (method === "start-values")
    return { factor: start.map((value) => divisor(Math.abs(value))), offset: new Float64Array(start.length), start };
  const unbounded = names.filter((_, i) => !Number.isFinite(upper[i] - lower[i]));
  if (unbounded.length > 0)
    throw new InvalidInputError(
      `scaling by "bounds" needs a finite lower and upper bound for every parameter; missing for ${unbounded.slice(0, 8).join(", ")}` +
        `${unbounded.length > 8 ? `, … ${unbounded.length} in all` : ""}. Bound them (constraints may have made new parameters, without bounds), or take method: "start-values".`,
    );
  return { factor: lower.map((value, i) => divisor(upper[i] - value)), offset: lower, start };
}
