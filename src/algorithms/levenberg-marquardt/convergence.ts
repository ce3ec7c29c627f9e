import { norm } from "../linalg.ts";
import type { LinearModel, Step } from "./linear-model.ts";

/** How the derivative at a point came about, as far as its accuracy goes. */
export type Derivative = "analytical" | "central" | "forward";

/** Singular values below this share of the largest are noise of the derivative: such directions are not determined. */
const derivativeNoise: Readonly<Record<Derivative, number>> = { analytical: 1e-13, central: 1e-10, forward: 1e-7 };

/** How far a point is from the solution, as its linear model sees it. */
export interface Distance {
  /** Largest change of a parameter by the Gauss–Newton step, relative to the parameter. */
  readonly params: number;
  /** Reduction of the sum of squares promised by the Gauss–Newton step, relative to it. */
  readonly fun: number;
  /** Largest cosine between the residuals and a column of the Jacobian that no bound holds. */
  readonly cosine: number;
  /** Number of directions that can move, and how many of them the residuals determine. */
  readonly directions: number;
  readonly rank: number;
}

export function measureDistance(
  model: LinearModel,
  derivative: Derivative,
  x: Float64Array,
  residuals: Float64Array,
  scaling: Float64Array,
  x0: Float64Array,
): Distance {
  const tolerance = derivativeNoise[derivative];
  const step = model.damped(0, tolerance);
  const size = norm(residuals);
  const values = model.singularValues();
  const rank = values.filter((value) => value > tolerance * values[0]).length;
  let cosine = 0;
  for (const j of model.movable()) cosine = Math.max(cosine, Math.abs(model.gradient[j]) / (scaling[j] * size));
  return {
    params: relativeChange(step, x, scaling, x0),
    fun: step.reduction / (size * size),
    cosine,
    directions: values.length,
    rank,
  };
}

/**
 * max |p_j| / |x_j|, where a parameter near zero counts as no smaller than a thousandth of its start, and than what
 * has a thousandth of the effect of all parameters together.
 */
function relativeChange(step: Step, x: Float64Array, scaling: Float64Array, x0: Float64Array): number {
  const effect = norm(x.map((value, j) => value * scaling[j]));
  let largest = 0;
  step.p.forEach((change, j) => {
    if (change === 0) return;
    const reference = Math.max(Math.abs(x[j]), 1e-3 * Math.abs(x0[j]), (1e-3 * effect) / scaling[j]);
    largest = Math.max(largest, Math.abs(change) / reference);
  });
  return largest;
}
