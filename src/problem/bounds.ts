import { InvalidInputError, show } from "../errors.ts";
import { rejectUnknownKeys } from "../suggest.ts";
import { flattenPartial, type PartialTree } from "./partial-tree.ts";
import type { ParamsShape } from "./tree.ts";

/** Bounds on parameters. Where none is given there is none; ±Infinity says the same. Equal bounds fix a parameter. */
export interface Bounds<P> {
  readonly lower?: PartialTree<P>;
  readonly upper?: PartialTree<P>;
  /**
   * Where an algorithm that explores begins to sample: within the bounds. The start, and points of other algorithms, may be outside. @default lower
   */
  readonly softLower?: PartialTree<P>;
  /** As softLower. @default upper */
  readonly softUpper?: PartialTree<P>;
}

export interface FlatBounds {
  readonly lower: Float64Array;
  readonly upper: Float64Array;
}

/** Flattens lower and upper bounds and checks the start against them. Throws InvalidInputError that names the parameter. */
export function resolveBounds<P>(
  params: P,
  shape: ParamsShape<P>,
  start: Float64Array,
  bounds: Bounds<P> | undefined,
): FlatBounds {
  if (bounds !== undefined) {
    if (bounds === null || typeof bounds !== "object" || Array.isArray(bounds))
      throw new InvalidInputError(
        `bounds must be an object { lower, upper, softLower, softUpper }, each a number or a tree like params, received ${show(bounds)}.`,
      );
    rejectUnknownKeys(bounds, ["lower", "upper", "softLower", "softUpper"], "bounds");
  }
  const lower = flattenPartial(params, bounds?.lower, Number.NEGATIVE_INFINITY, "bounds.lower");
  const upper = flattenPartial(params, bounds?.upper, Number.POSITIVE_INFINITY, "bounds.upper");
  shape.names.forEach((name, i) => {
    if (Number.isNaN(lower[i]) || Number.isNaN(upper[i]))
      throw new InvalidInputError(
        `The bounds of ${name} must be numbers, received lower ${lower[i]} and upper ${upper[i]}.`,
      );
    if (lower[i] > upper[i])
      throw new InvalidInputError(
        `The lower bound of ${name} must not be above its upper bound, received ${lower[i]} > ${upper[i]}.`,
      );
    if (start[i] < lower[i] || start[i] > upper[i])
      throw new InvalidInputError(
        `The start value of ${name} must lie within its bounds [${lower[i]}, ${upper[i]}], received ${start[i]}. Move the start or widen the bounds.`,
      );
  });
  return { lower, upper };
}
