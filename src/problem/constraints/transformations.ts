/** Covariance, sdcorr and probability constraints: as bounds where these are enough, else by transformations. */
import { InvalidInputError } from "../../errors.ts";
import { correlationIndex, covarianceToInternal, sdcorrToInternal } from "./covariance.ts";
import type { NamedConstraint } from "./named-constraint.ts";
import { boundsName, type InternalBlock, type ParameterTable } from "./parameter-table.ts";
import { breakingOrder, probabilityToInternal } from "./probability.ts";
import { dimensionOf, triangularIndex } from "./triangular.ts";

/** A matrix or probabilities, in terms of representatives. */
export interface TransformedConstraint {
  readonly type: "covariance" | "sdcorr" | "probability";
  readonly where: string;
  readonly places: readonly number[];
  readonly regularization: number;
}

/** Those of which something is free. By way of equal parameters several may be one. */
export function transformedConstraints<P>(
  named: readonly NamedConstraint<P>[],
  { groups, fixed }: Pick<ParameterTable, "groups" | "fixed">,
): TransformedConstraint[] {
  const byPlaces = new Map<string, TransformedConstraint>();
  for (const { constraint, where, indices } of named) {
    const { type } = constraint;
    if (type !== "covariance" && type !== "sdcorr" && type !== "probability") continue;
    const places = indices.map((place) => groups.representative(place));
    if (places.every((place) => fixed.has(place))) continue;
    const regularization = "regularization" in constraint ? constraint.regularization : 0;
    const key = `${type} ${places.join()}`;
    const known = byPlaces.get(key);
    byPlaces.set(key, {
      type,
      places,
      where: known === undefined ? where : `${known.where}, ${where}`,
      regularization: Math.max(regularization, known?.regularization ?? 0),
    });
  }
  return [...byPlaces.values()];
}

/** A bound that a constraint comes to. */
export interface MadeBound {
  readonly place: number;
  readonly lower: number;
  readonly upper: number;
  readonly where: string;
}

/**
 * Bounds in the place of a constraint: without correlations, with fixed ones, and for two standard deviations with one; null where it takes more.
 */
export function boundsInsteadOf(
  { type, places, regularization, where }: TransformedConstraint,
  { start, fixed }: Pick<ParameterTable, "start" | "fixed">,
): MadeBound[] | null {
  if (type === "probability") return null;
  const isDiagonal = diagonalOf(type, places.length);
  const diagonal = places.filter((_, i) => isDiagonal(i));
  const others = places.filter((_, i) => !isDiagonal(i));
  // A correlation that is equal to a deviation is a matter of its own.
  if (new Set([...diagonal, ...others]).size < new Set(diagonal).size + new Set(others).size) return null;
  const isUncorrelated = others.every((place) => fixed.has(place) && start[place] === 0);
  const isFreeOfScale = type === "sdcorr" && regularization === 0;
  const isPair = isFreeOfScale && diagonal.length === 2;
  // Correlations that are fixed stay valid, whatever the deviations.
  const isScaled = isUncorrelated || (isFreeOfScale && others.every((place) => fixed.has(place)));
  if (!isScaled && !isPair) return null;
  const least = type === "sdcorr" ? Math.sqrt(regularization) : regularization;
  const ofDiagonal = diagonal.map((place) => ({ place, lower: least, upper: Number.POSITIVE_INFINITY, where }));
  return isScaled ? ofDiagonal : [...ofDiagonal, ...others.map((place) => ({ place, lower: -1, upper: 1, where }))];
}

/** The constraint by a transformation. */
export function blockOf(constraint: TransformedConstraint, table: ParameterTable): InternalBlock {
  return constraint.type === "probability" ? probabilityBlock(constraint, table) : matrixBlock(constraint, table);
}

/** Whether a place of the selection is a variance, or a standard deviation. */
function diagonalOf(type: "covariance" | "sdcorr", elements: number): (i: number) => boolean {
  const dimension = dimensionOf(elements) as number;
  const diagonal = new Set(
    Array.from({ length: dimension }, (_, i) => (type === "sdcorr" ? i : triangularIndex(i, i))),
  );
  return (i) => diagonal.has(i);
}

function matrixBlock(
  { type, places, regularization, where }: TransformedConstraint,
  table: ParameterTable,
): InternalBlock {
  const { names, start, fixed } = table;
  const dimension = dimensionOf(places.length) as number;
  const isImplied = impliedBounds(type as "covariance" | "sdcorr", places.length);
  const mayBeFixed = (i: number) => i === 0 || (type === "sdcorr" && i < dimension && regularization === 0);
  for (const [i, place] of places.entries()) {
    if (!mayBeFixed(i)) rejectFix(place, type as "covariance" | "sdcorr", where, table);
    if (i > 0 && !fixed.has(place)) rejectBounds(place, isImplied(i), where, "all but its first parameter", table);
  }
  const external = Float64Array.from(places, (place) => start[place]);
  const toInternal = type === "covariance" ? covarianceToInternal : sdcorrToInternal;
  const internal = toInternal(external, dimension) as Float64Array;
  rejectPivots(internal, { type, places, regularization, where }, names);
  const lower = new Float64Array(places.length).fill(Number.NEGATIVE_INFINITY);
  const upper = new Float64Array(places.length).fill(Number.POSITIVE_INFINITY);
  const least = Math.sqrt(regularization);
  for (let i = 0; i < dimension; i++) lower[triangularIndex(i, i)] = least;
  // The first element of the factor is the first standard deviation.
  const root = (value: number) => (type === "sdcorr" ? Math.max(value, 0) : Math.sqrt(Math.max(value, 0)));
  lower[0] = Math.max(least, root(table.lower[places[0]]));
  upper[0] = root(table.upper[places[0]]);
  const isFree = places.map((place, i) => !(i === 0 && fixed.has(place)));
  for (let i = 1; i < dimension && type === "sdcorr"; i++) {
    if (!fixed.has(places[i])) continue;
    // Correlations are those of the rows' directions; the fixed deviation stays.
    const at = triangularIndex(i, i);
    isFree[at] = false;
    const pivot = internal[at];
    for (let j = 0; j <= i; j++) internal[triangularIndex(i, j)] /= pivot;
  }
  return {
    transformation: { kind: type as "covariance" | "sdcorr", indices: places, dimension },
    from: [where],
    start: internal,
    lower,
    upper,
    isFree,
    names: places.map((place) => `${names[place]} (transformed)`),
  };
}

/** Of a factor at the start. */
function rejectPivots(
  factor: Float64Array,
  { type, places, regularization, where }: TransformedConstraint,
  names: readonly string[],
): void {
  const least = Math.sqrt(regularization);
  for (let i = 0; i < (dimensionOf(places.length) as number); i++) {
    const at = triangularIndex(i, i);
    const pivot = factor[at];
    const name = names[places[type === "sdcorr" ? i : at]];
    if (pivot < least * (1 - 1e-8))
      throw new InvalidInputError(
        `${where} does not hold at the start: with regularization ${regularization} each pivot of the matrix must be at least that, but that of ` +
          `${name} is ${pivot ** 2}. Move the start, or lower the regularization.`,
      );
    if (pivot === 0)
      throw new InvalidInputError(
        `${where}: the matrix is singular at the start (its pivot at ${name} is zero), where an algorithm cannot tell the way. Start inside.`,
      );
  }
}

/** Bounds that such a matrix keeps anyway, by place. */
function impliedBounds(type: "covariance" | "sdcorr", elements: number): (i: number) => readonly [number, number] {
  const isDiagonal = diagonalOf(type, elements);
  const firstCorrelation = correlationIndex(1, 0, dimensionOf(elements) as number);
  return (i) => {
    if (isDiagonal(i)) return [0, Number.POSITIVE_INFINITY];
    const isCorrelation = type === "sdcorr" && i >= firstCorrelation;
    return isCorrelation ? [-1, 1] : [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  };
}

function probabilityBlock({ places, where }: TransformedConstraint, table: ParameterTable): InternalBlock {
  const { names, start, fixed } = table;
  const indices = places.filter((place) => !fixed.has(place));
  for (const place of indices) rejectBounds(place, [0, 1], where, "its parameters", table);
  const external = Float64Array.from(indices, (place) => start[place]);
  const order = breakingOrder(external);
  const rest = order[order.length - 1];
  const total = places.reduce((left, place) => (fixed.has(place) ? left - start[place] : left), 1);
  if (external[rest] === 0 || total <= 0)
    throw new InvalidInputError(
      `${where}: the fixed parameters leave nothing for ${indices.map((place) => names[place]).join(", ")}. Fix these, too, or lower what is fixed.`,
    );
  return {
    transformation: { kind: "probability", indices, order, total },
    from: [where],
    start: probabilityToInternal(external, order),
    lower: new Float64Array(indices.length),
    upper: new Float64Array(indices.length).fill(1),
    isFree: indices.map((_, i) => i !== rest),
    names: indices.map((place) => `${names[place]} (transformed)`),
  };
}

function rejectFix(
  place: number,
  type: "covariance" | "sdcorr",
  where: string,
  { names, fixed, lower, upper }: ParameterTable,
): void {
  if (!fixed.has(place)) return;
  const by = lower[place] === upper[place] ? " by its bounds" : "";
  throw new InvalidInputError(
    `${where} does not go together with fixing ${type === "sdcorr" ? "some of its correlations, or a deviation beside a regularization" : "a parameter but its first"}: ` +
      `${names[place]} is fixed${by}. Fix all of them, or none.`,
  );
}

function rejectBounds(
  place: number,
  [least, most]: readonly [number, number],
  where: string,
  what: string,
  table: ParameterTable,
): void {
  const { lower, upper } = table;
  if (lower[place] > least || upper[place] < most)
    throw new InvalidInputError(
      `${where} does not go together with bounds on ${what}: ${boundsName(table, place)} are [${lower[place]}, ${upper[place]}]. Take them away.`,
    );
}
