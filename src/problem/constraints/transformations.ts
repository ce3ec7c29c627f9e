/** Covariance, sdcorr and probability constraints: as bounds where these are enough, else by transformations. */
import { InvalidInputError } from "../../errors.ts";
import { correlationIndex, covarianceToInternal, sdcorrToInternal } from "./covariance.ts";
import type { NamedConstraint } from "./named-constraint.ts";
import { probabilityToInternal } from "./probability.ts";
import type { InternalBlock, ParameterTable } from "./resolve-constraints.ts";
import { dimensionOf, triangularIndex } from "./triangular.ts";

/** Bounds that are enough for a constraint are written into the table. */
export function transformationsOf<P>(named: readonly NamedConstraint<P>[], table: ParameterTable): InternalBlock[] {
  const blocks: InternalBlock[] = [];
  const known = new Set<string>();
  for (const { constraint, where, indices } of named) {
    const { type } = constraint;
    if (type !== "covariance" && type !== "sdcorr" && type !== "probability") continue;
    const regularization = "regularization" in constraint ? constraint.regularization : 0;
    const places = indices.map((place) => table.groups.representative(place));
    if (places.every((place) => table.fixed.has(place))) continue;
    // By way of equal parameters two constraints may be one.
    const key = `${type} ${places.join()}`;
    if (known.has(key)) continue;
    known.add(key);
    if (type === "probability") blocks.push(probabilityBlock(places, where, table));
    else if (!becomesBounds(type, places, regularization, table))
      blocks.push(matrixBlock(type, places, regularization, where, table));
  }
  return blocks;
}

function diagonalOf(type: "covariance" | "sdcorr", places: readonly number[]): number[] {
  const dimension = dimensionOf(places.length) as number;
  return Array.from({ length: dimension }, (_, i) => places[type === "sdcorr" ? i : triangularIndex(i, i)]);
}

/** Without correlations, and for two standard deviations with one, bounds are enough. */
function becomesBounds(
  type: "covariance" | "sdcorr",
  places: readonly number[],
  regularization: number,
  { start, lower, upper, fixed }: ParameterTable,
): boolean {
  const diagonal = diagonalOf(type, places);
  const others = places.filter((place) => !diagonal.includes(place));
  const isUncorrelated = others.every((place) => fixed.has(place) && start[place] === 0);
  const isPair = type === "sdcorr" && diagonal.length === 2 && regularization === 0;
  if (!isUncorrelated && !isPair) return false;
  const least = type === "sdcorr" ? Math.sqrt(regularization) : regularization;
  for (const place of diagonal) lower[place] = Math.max(lower[place], least);
  if (isUncorrelated) return true;
  for (const place of others) {
    lower[place] = Math.max(lower[place], -1);
    upper[place] = Math.min(upper[place], 1);
  }
  return true;
}

function matrixBlock(
  type: "covariance" | "sdcorr",
  places: readonly number[],
  regularization: number,
  where: string,
  table: ParameterTable,
): InternalBlock {
  const { names, start, fixed } = table;
  const dimension = dimensionOf(places.length) as number;
  const isImplied = impliedBounds(type, dimension);
  for (const [i, place] of places.entries())
    if (i > 0) rejectFixesAndBounds(place, isImplied(i), where, "all but its first parameter", table);
  const external = Float64Array.from(places, (place) => start[place]);
  const internal = (type === "covariance" ? covarianceToInternal : sdcorrToInternal)(
    external,
    dimension,
  ) as Float64Array;
  const lower = new Float64Array(places.length).fill(Number.NEGATIVE_INFINITY);
  const upper = new Float64Array(places.length).fill(Number.POSITIVE_INFINITY);
  const least = Math.sqrt(regularization);
  for (let i = 0; i < dimension; i++) {
    const at = triangularIndex(i, i);
    lower[at] = least;
    if (internal[at] < least * (1 - 1e-8))
      throw new InvalidInputError(
        `${where} does not hold at the start: with regularization ${regularization} each pivot of the matrix must be at least that, but that of ` +
          `${names[places[type === "sdcorr" ? i : at]]} is ${internal[at] ** 2}. Move the start, or lower the regularization.`,
      );
  }
  // The first element of the factor is the first standard deviation.
  const root = (value: number) => (type === "sdcorr" ? Math.max(value, 0) : Math.sqrt(Math.max(value, 0)));
  lower[0] = Math.max(least, root(table.lower[places[0]]));
  upper[0] = root(table.upper[places[0]]);
  const isFree = places.map((place, i) => !(i === 0 && fixed.has(place)));
  return {
    transformation: { kind: type, indices: places, dimension },
    from: [where],
    start: internal,
    lower,
    upper,
    isFree,
  };
}

/** Bounds that such a matrix keeps anyway, by place. */
function impliedBounds(type: "covariance" | "sdcorr", dimension: number): (i: number) => readonly [number, number] {
  const variances = new Set(
    Array.from({ length: dimension }, (_, i) => (type === "sdcorr" ? i : triangularIndex(i, i))),
  );
  const firstCorrelation = correlationIndex(1, 0, dimension);
  return (i) => {
    if (variances.has(i)) return [0, Number.POSITIVE_INFINITY];
    return type === "sdcorr" && i >= firstCorrelation ? [-1, 1] : [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  };
}

function probabilityBlock(places: readonly number[], where: string, table: ParameterTable): InternalBlock {
  for (const place of places) rejectFixesAndBounds(place, [0, 1], where, "its parameters", table);
  const external = Float64Array.from(places, (place) => table.start[place]);
  // The largest is far from zero.
  const reference = external.indexOf(Math.max(...external));
  return {
    transformation: { kind: "probability", indices: places },
    from: [where],
    start: probabilityToInternal(external, reference),
    lower: new Float64Array(places.length),
    upper: new Float64Array(places.length).fill(Number.POSITIVE_INFINITY),
    isFree: places.map((_, i) => i !== reference),
  };
}

function rejectFixesAndBounds(
  place: number,
  [least, most]: readonly [number, number],
  where: string,
  what: string,
  { names, fixed, lower, upper }: ParameterTable,
): void {
  if (fixed.has(place))
    throw new InvalidInputError(
      `${where} does not go together with fixing ${what}: ${names[place]} is fixed. Fix all of them, or none.`,
    );
  if (lower[place] > least || upper[place] < most)
    throw new InvalidInputError(
      `${where} does not go together with bounds on ${what}: ${names[place]} has [${lower[place]}, ${upper[place]}]. Take them away.`,
    );
}
