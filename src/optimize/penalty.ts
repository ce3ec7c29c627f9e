import type { PointAnswer, Want } from "../algorithms/types.ts";

/** The start: where penalties are measured from. */
export interface Start {
  readonly x: Float64Array;
  /** Value to be minimised (sign flipped under maximize). */
  readonly fun: number;
  /** Number of residuals; null for a scalar criterion. */
  readonly nResiduals: number | null;
  /** Of each nonlinear constraint. */
  readonly nConstraintValues: readonly number[];
}

const OFFSET = 100;
const SLOPE = 0.1;

/**
 * What the algorithm gets for a point at which the criterion failed: f₀ + |f₀| + 100 + 0.1·‖x − x₀‖, to be minimised, so that the way back
 * to the start goes down. Residuals share it equally: each is √(penalty / m). The derivative is that of the penalty, zero at the start.
 *
 * Source: optimagic, `optimization/error_penalty.py`; there the derivative at the start is NaN.
 */
export function penaltyAnswer(x: Float64Array, want: Want, start: Omit<Start, "nConstraintValues">): PointAnswer {
  const distance = Math.hypot(...x.map((value, i) => value - start.x[i]));
  const fun = start.fun + Math.abs(start.fun) + OFFSET + SLOPE * distance;
  const slope = x.map((value, i) => (distance === 0 ? 0 : (SLOPE * (value - start.x[i])) / distance));
  const m = start.nResiduals;
  const residual = m === null ? 0 : Math.sqrt(fun / m);
  return {
    fun: want === "jac" ? Number.NaN : fun,
    residuals: m === null || want === "jac" ? null : new Float64Array(m).fill(residual),
    jac: want === "fun" ? null : m === null ? slope : jacobianOfEqualResiduals(slope, residual, m),
    failed: true,
  };
}

/** dr/dx = penalty'(x) / (2 m r) for each of m equal residuals r = √(penalty / m). */
function jacobianOfEqualResiduals(slope: Float64Array, residual: number, m: number): Float64Array {
  const jac = new Float64Array(m * slope.length);
  for (let i = 0; i < m; i++)
    jac.set(
      slope.map((s) => s / (2 * m * residual)),
      i * slope.length,
    );
  return jac;
}
