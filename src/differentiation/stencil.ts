/** A coordinate of the point at which the derivative is wanted. */
export interface Coordinate {
  readonly value: number;
  readonly lower: number;
  readonly upper: number;
  /** Absolute step, above 0. */
  readonly step: number;
}

/** One or two values that a coordinate takes for a difference, other than its own; both are within its bounds. */
export type Stencil = readonly [number] | readonly [number, number];

/**
 * The stencils that serve for a coordinate, best first: a later one is for when a point of an earlier one failed.
 * Forward, else backward; or central, else three points to one side, else two. Empty when the coordinate cannot move.
 */
export function stencils(at: Coordinate, difference: "forward" | "central"): Stencil[] {
  const { value, lower, upper } = at;
  if (lower === upper) return [];
  // Rounded so that value + h and value - h are both exact: h is then a multiple of the last place of the larger.
  const rounded = Math.abs(value) + at.step - Math.abs(value);
  const h = rounded > 0 && Number.isFinite(rounded) ? rounded : at.step;
  const inside = (...values: number[]) =>
    values.every((moved) => Number.isFinite(moved) && moved >= lower && moved <= upper && moved !== value);
  const up = value + h;
  const down = value - h;
  const all: Stencil[] = [];
  if (difference === "central") {
    if (inside(up, down)) all.push([up, down]);
    if (inside(up, up + h)) all.push([up, up + h]);
    if (inside(down, down - h)) all.push([down, down - h]);
  }
  if (inside(up)) all.push([up]);
  if (inside(down)) all.push([down]);
  if (all.length > 0) return all;
  // The box is narrower than the step: go as far as it allows.
  return [[upper - value >= value - lower ? upper : lower]];
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

/** Smallest magnitudes that steps are taken relative to, per coordinate. */
export interface ScaleFloors {
  /** A hundredth of the start. */
  readonly narrow: Float64Array;
  /** A hundredth of the other coordinates' magnitude, or of 1 where that is more: for a start so near zero that its own steps show no effect. */
  readonly wide: Float64Array;
}

/**
 * Floors from the start. A coordinate that starts at zero tells nothing of its scale: it gets that of the others (the
 * median of |x0| above zero, 1 when all are zero), but not more than the width of its box.
 */
export function scaleFloors(x0: Float64Array, lower: Float64Array, upper: Float64Array): ScaleFloors {
  const sizes = x0
    .map(Math.abs)
    .filter((size) => size > 0)
    .sort();
  const typical = sizes.length > 0 ? sizes[sizes.length >> 1] : 1;
  const fromOthers = (magnitude: number) => x0.map((_, j) => 0.01 * Math.min(magnitude, upper[j] - lower[j]));
  const others = fromOthers(typical);
  return {
    narrow: x0.map((value, j) => (value !== 0 ? 0.01 * Math.abs(value) : others[j])),
    wide: fromOthers(Math.max(1, typical)),
  };
}

/** Whether values differ by rounding only: the step was too short to tell the derivative, or there is none. */
export function isRounding(values: ArrayLike<number>, others: ArrayLike<number>): boolean {
  for (let i = 0; i < values.length; i++) {
    const size = Math.max(Math.abs(values[i]), Math.abs(others[i]));
    if (!(Math.abs(values[i] - others[i]) <= 16 * Number.EPSILON * size)) return false;
  }
  return true;
}
