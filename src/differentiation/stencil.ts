/** How a derivative is approximated: by a value ahead, by one behind, or by one on each side. */
export type DifferenceMethod = "forward" | "backward" | "central";

/** A coordinate of the point at which the derivative is wanted. */
export interface Coordinate {
  readonly value: number;
  readonly lower: number;
  readonly upper: number;
  /** Absolute step, above 0; where there are several, the shortest. */
  readonly step: number;
  /** What the step may be shortened to so that all points are within the bounds. @default step */
  readonly shortest?: number;
}

/** One or two values that a coordinate takes for a difference, other than its own; both are within its bounds. */
export type Stencil = readonly [number] | readonly [number, number];

/** The same stencil with steps h, 2h, 4h, …, for Richardson's extrapolation; one alone where there is none. */
export type Ladder = readonly [Stencil, ...Stencil[]];

/** Of a stencil's values, how many steps away each is. */
type Multiples = readonly [number] | readonly [number, number];

const families: Readonly<Record<DifferenceMethod, readonly Multiples[]>> = {
  forward: [[1], [-1]],
  backward: [[-1], [1]],
  central: [
    [1, -1],
    [1, 2],
    [-1, -2],
  ],
};

/**
 * The ladders that serve for a coordinate, best first: a later one is for when a point of an earlier one failed. Forward, else backward, or
 * the other way round; or central, else three points to one side, else two. Where the bounds leave no room for all extrapolations, or a point
 * of them failed, there are ladders with fewer. Empty when the coordinate cannot move.
 *
 * @param extrapolations how many stencils with longer steps are added to the first.
 */
export function ladders(at: Coordinate, method: DifferenceMethod, extrapolations = 0): Ladder[] {
  const { value, lower, upper } = at;
  if (lower === upper) return [];
  const all: Ladder[] = [];
  const add = (multiples: Multiples, longer: number) => {
    const ladder = ladderWithin(at, multiples, longer);
    if (ladder !== null) all.push(ladder);
  };
  for (let longer = extrapolations; longer >= 0; longer--)
    for (const multiples of families[method]) add(multiples, longer);
  if (method === "central") for (const multiples of families.forward) add(multiples, 0);
  if (all.length > 0) return all;
  // The box is narrower than the step: go as far as it allows.
  return [[[upper - value >= value - lower ? upper : lower]]];
}

function ladderWithin(at: Coordinate, multiples: Multiples, longer: number): Ladder | null {
  const { value, lower, upper, step, shortest = step } = at;
  const farthest = 2 ** longer;
  const room = Math.min(...multiples.map((k) => (k > 0 ? upper - value : lower - value) / k)) / farthest;
  // A little less, for rounding.
  const shortened = room * (1 - 2 ** -20);
  const h = exactStep(value, room < step && shortened >= shortest ? shortened : step);
  const ladder = Array.from({ length: longer + 1 }, (_, i) => multiples.map((k) => value + k * h * 2 ** i));
  const isInside = (moved: number) => Number.isFinite(moved) && moved >= lower && moved <= upper && moved !== value;
  return ladder.flat().every(isInside) ? (ladder as unknown as Ladder) : null;
}

/** Rounded so that value + h and value - h are both exact: h is then a multiple of the last place of the larger. */
export function exactStep(value: number, h: number): number {
  const rounded = Math.abs(value) + h - Math.abs(value);
  return rounded > 0 && Number.isFinite(rounded) ? rounded : h;
}

/** Whether the difference needs the function value at the point itself. */
export function needsBase(stencil: Stencil, value: number): boolean {
  return stencil.length === 1 || stencil[0] - value !== value - stencil[1];
}

/**
 * The derivative by a stencil from the values there (`moved`, in its order) and at the point itself (`base`): of first
 * order for one value, of second order, and so exact for a quadratic, for two.
 */
export function difference(stencil: Stencil, value: number, base: number, moved: readonly number[]): number {
  const first = stencil[0] - value;
  if (stencil.length === 1) return (moved[0] - base) / first;
  const second = stencil[1] - value;
  if (first === -second) return (moved[0] - moved[1]) / (first - second);
  return ((moved[0] - base) * (second / first) - (moved[1] - base) * (first / second)) / (second - first);
}

/**
 * The exponents e₁, e₂, … of the error of a stencil's difference, c₁ h^e₁ + c₂ h^e₂ + …: 2, 4, 6, … for values on both sides at the same
 * distance, 2, 3, 4, … for two on one side, 1, 2, 3, … for one.
 *
 * @param q counts from 1.
 */
export function errorExponent(stencil: Stencil, value: number, q: number): number {
  if (stencil.length === 1) return q;
  return stencil[0] > value === stencil[1] > value ? q + 1 : 2 * q;
}

/** Smallest magnitudes that steps are taken relative to, per coordinate. */
export interface ScaleFloors {
  /** A hundredth of the start. */
  readonly narrow: Float64Array;
  /** A share of the other coordinates' magnitude, or of 1 where that is more: for a start so near zero that its own steps show no effect. */
  readonly wide: Float64Array;
}

/** What is assumed of coordinates that tell nothing of their scale. */
export interface ScaleGuess {
  /** The share of a magnitude that steps are taken relative to. */
  readonly share: number;
  /** The magnitude of a coordinate that starts at zero, from the others': the median of |x0| above zero, 1 when all are zero. */
  readonly ofZero: (typical: number) => number;
}

/**
 * Floors from the start, not more than the width of the box.
 *
 * @param guess default: a hundredth, and for a coordinate that starts at zero the geometric mean of the others' magnitude and 1. Either may be
 *   its scale: a rate of growth beside a population.
 */
export function scaleFloors(
  x0: Float64Array,
  lower: Float64Array,
  upper: Float64Array,
  { share, ofZero }: ScaleGuess = { share: 0.01, ofZero: Math.sqrt },
): ScaleFloors {
  const sizes = x0
    .map(Math.abs)
    .filter((size) => size > 0)
    .sort();
  const typical = sizes.length > 0 ? sizes[sizes.length >> 1] : 1;
  const shareOf = (magnitude: number) => x0.map((_, j) => share * Math.min(magnitude, upper[j] - lower[j]));
  const zero = shareOf(ofZero(typical));
  return {
    narrow: x0.map((value, j) => (value !== 0 ? 0.01 * Math.abs(value) : zero[j])),
    wide: shareOf(Math.max(1, typical)),
  };
}

/**
 * The largest change from values to others, relative to the larger of the two; Infinity where one is not finite.
 *
 * @param enough the first change above it is told. @default Infinity
 */
export function largestChange(
  values: ArrayLike<number>,
  others: ArrayLike<number>,
  enough: number = Number.POSITIVE_INFINITY,
): number {
  let largest = 0;
  for (let i = 0; i < values.length && largest <= enough; i++) {
    if (values[i] === others[i]) continue;
    const change = Math.abs(values[i] - others[i]) / Math.max(Math.abs(values[i]), Math.abs(others[i]));
    largest = Math.max(largest, Number.isNaN(change) ? Number.POSITIVE_INFINITY : change);
  }
  return largest;
}
