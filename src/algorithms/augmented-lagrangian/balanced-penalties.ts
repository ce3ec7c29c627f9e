import { startSizes } from "../start-sizes.ts";
import type { Answer, Point, PointAnswer } from "../types.ts";
import type { Layout } from "./stack.ts";

/** How much more a constraint's penalty term curves than the criterion is taken to. */
const emphasis = 10;

/**
 * Penalties ρ, length M, from how criterion and constraints change around a point: 10·F/Gᵢ², whatever their units. Gᵢ is the largest change of
 * constraint i as one parameter changes by its own size, or its distance from the nearer limit where that is more: by so much it changes before it
 * matters, or until it holds. F is the change of the criterion, for least squares of the residuals' squares. It is the idea of Birgin and Martínez
 * (2014), Practical Augmented Lagrangian Methods for Constrained Optimization, section 12.4, to balance criterion and constraints at the start, with
 * changes in the place of values: those do not depend on the criterion's zero.
 *
 * @param at stacked answer at x.
 * @param points a request with x in it, and its stacked answers.
 */
export function balancedPenalties(
  x: Float64Array,
  at: PointAnswer,
  points: readonly Point[],
  answers: Answer,
  { limits, isLeastSquares }: Layout,
): Float64Array {
  const sizes = startSizes(x);
  const rates = at.jac === null ? ratesOfPoints(sizes, x, at, points, answers) : ratesOfJac(sizes, at);
  const nConstraints = limits.lower.length;
  const m = (at.residuals?.length ?? 0) - nConstraints;
  const ofCriterion = rates.map((rate) =>
    isLeastSquares ? rate.subarray(0, m).reduce((sum, one) => sum + one * one, 0) : Math.abs(rate[0]),
  );
  const noise = isLeastSquares ? noiseOfDifferences ** 2 : noiseOfDifferences;
  const criterion = told(largest(ofCriterion), Math.abs(at.fun), noise);
  return limits.lower.map((lower, i) => {
    const value = at.residuals?.[m + i] ?? 0;
    const distance = Math.min(Math.abs(value - lower), Math.abs(value - limits.upper[i]));
    const changes = rates.map((rate) => Math.abs(rate[m + i]));
    const limit = Math.min(Math.abs(lower), Math.abs(limits.upper[i]));
    const size = Math.max(Math.abs(value), Number.isFinite(limit) ? limit : 0);
    const change = told(
      largest(Number.isFinite(distance) ? [...changes, distance] : changes),
      size,
      noiseOfDifferences,
    );
    return Math.min(Math.max((emphasis * criterion) / change ** 2, 1e-100), 1e100);
  });
}

/** Changes below this share of a value are rounding and curvature of differences, not slopes: at a stationary start there are no others. */
const noiseOfDifferences = 1e-6;

/** A change where it tells something, else the size of what changes, else 1. */
function told(change: number, size: number, noise: number): number {
  return change > noise * size && change > 0 ? change : size || 1;
}

/** Changes of all rows as one coordinate changes by its size, for each coordinate. */
function ratesOfJac(sizes: Float64Array, { jac, residuals }: PointAnswer): Float64Array[] {
  const data = jac ?? new Float64Array(0);
  const rows = residuals?.length ?? 0;
  return Array.from(sizes, (size, j) =>
    Float64Array.from({ length: rows }, (_, i) => data[i * sizes.length + j] * size),
  );
}

/** The same by points around x, where the algorithm asks for no derivative. */
function ratesOfPoints(
  sizes: Float64Array,
  x: Float64Array,
  at: PointAnswer,
  points: readonly Point[],
  answers: Answer,
): Float64Array[] {
  return points.flatMap((point, k) => {
    const length = largest(Array.from(point.x, (value, j) => Math.abs(value - x[j]) / sizes[j]));
    const { residuals, failed } = answers[k];
    if (length === 0 || failed || residuals === null || !residuals.every(Number.isFinite)) return [];
    return [residuals.map((value, i) => (value - (at.residuals?.[i] ?? 0)) / length)];
  });
}

function largest(values: Iterable<number>): number {
  let most = 0;
  for (const value of values) if (value > most) most = value;
  return most;
}
