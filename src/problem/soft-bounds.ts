/** Where algorithms that explore may sample: within the bounds, on the driver only. After optimagic, `Bounds.soft_lower` and `soft_upper`. */
import { InvalidInputError } from "../errors.ts";
import type { Bounds, FlatBounds } from "./bounds.ts";
import type { Reparametrization } from "./constraints/reparametrization.ts";
import { flattenPartial } from "./partial-tree.ts";
import type { ParamsShape } from "./tree.ts";

/**
 * Soft bounds of external parameters; the bounds where there are none, or infinite ones.
 *
 * @throws InvalidInputError that names the parameter where they are not within the bounds, or in the wrong order.
 */
export function resolveSoftBounds<P>(
  params: P,
  { names }: ParamsShape<P>,
  given: Bounds<P> | undefined,
  bounds: FlatBounds,
): FlatBounds {
  if (given?.softLower === undefined && given?.softUpper === undefined) return bounds;
  const lower = flattenPartial(params, given.softLower, Number.NEGATIVE_INFINITY, "bounds.softLower");
  const upper = flattenPartial(params, given.softUpper, Number.POSITIVE_INFINITY, "bounds.softUpper");
  for (const [i, name] of names.entries()) {
    const received = `received [${lower[i]}, ${upper[i]}]`;
    const [least, most] = [bounds.lower[i], bounds.upper[i]];
    if (Number.isNaN(lower[i]) || Number.isNaN(upper[i]))
      throw new InvalidInputError(`The soft bounds of ${name} must be numbers, ${received}.`);
    if (lower[i] === Number.NEGATIVE_INFINITY) lower[i] = least;
    if (upper[i] === Number.POSITIVE_INFINITY) upper[i] = most;
    if (
      lower[i] < least ||
      upper[i] > most ||
      lower[i] === Number.POSITIVE_INFINITY ||
      upper[i] === Number.NEGATIVE_INFINITY
    )
      throw new InvalidInputError(
        `The soft bounds of ${name} must lie within its bounds [${least}, ${most}], ${received}. They say where to sample: narrow them, or widen the bounds.`,
      );
    if (lower[i] > upper[i])
      throw new InvalidInputError(
        `The soft lower bound of ${name} must not be above its soft upper bound, ${received}.`,
      );
  }
  return { lower, upper };
}

/**
 * Soft bounds of the free parameters, length k, from external ones. A parameter that stands for equal ones has what is common to them. What a
 * transformation puts in a parameter's place has its bounds: it is something else.
 *
 * @param bounds of the free parameters, length k.
 * @throws InvalidInputError where nothing is common to equal parameters, or to soft bounds and those that constraints come to.
 */
export function softBoundsOfFree(
  soft: FlatBounds,
  bounds: FlatBounds,
  { free, copies, transformations }: Pick<Reparametrization, "free" | "copies" | "transformations">,
  names: readonly string[],
): FlatBounds {
  const external = { lower: soft.lower.slice(), upper: soft.upper.slice() };
  for (const [place, first] of copies) {
    external.lower[first] = Math.max(external.lower[first], soft.lower[place]);
    external.upper[first] = Math.min(external.upper[first], soft.upper[place]);
  }
  const transformed = new Set(transformations.flatMap(({ indices }) => indices));
  const [lower, upper] = [bounds.lower.slice(), bounds.upper.slice()];
  for (const [j, place] of free.entries()) {
    if (transformed.has(place)) continue;
    lower[j] = Math.max(lower[j], external.lower[place]);
    upper[j] = Math.min(upper[j], external.upper[place]);
    if (lower[j] > upper[j]) {
      const others = copies.flatMap(([copy, first]) => (first === place ? [names[copy]] : []));
      const equal = others.length > 0 ? ` and ${others.join(", ")}, which constraints make equal to it,` : "";
      throw new InvalidInputError(
        `The soft bounds of ${names[place]}${equal} have nothing in common with each other and the bounds that constraints come to, ` +
          `[${bounds.lower[j]}, ${bounds.upper[j]}]. Widen them.`,
      );
    }
  }
  return { lower, upper };
}
