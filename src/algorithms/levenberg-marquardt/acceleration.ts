import { dot, isFiniteVector, leastSquares, norm } from "../../linalg.ts";
import type { LinearModel, Step } from "./linear-model.ts";

/** A correction may be no longer than this share of the step it corrects. */
const longestCorrection = 0.75;

/** How the residuals bend along the last step: r(x + p) ≈ r + J p + ½ along(p)² curvature. */
export interface Bend {
  /** As many values as the linear model has rows. */
  readonly curvature: Float64Array;
  /** Length n: along(p) = direction · p, 1 for the step back to the last iterate. */
  readonly direction: Float64Array;
}

/**
 * The step bent along a curved valley: second-order correction with the second derivative of the residuals in the
 * direction of the last step, which the last iterate's residuals tell for nothing. Null where it makes no difference,
 * or so much that it is not to be trusted.
 *
 * After Transtrum and Sethna (2012), "Improvements to the Levenberg–Marquardt algorithm", arXiv:1201.5885 (geodesic
 * acceleration, there with extra evaluations) and Schnabel and Frank (1984), "Tensor methods for nonlinear equations",
 * SIAM J. Numer. Anal. 21:815–843 (the second derivative interpolated from a past iterate).
 */
export function bendStep(
  model: LinearModel,
  residuals: Float64Array,
  bend: Bend,
  step: Step,
  d: Float64Array,
): Step | null {
  let bent = step;
  for (let pass = 0; pass < 2; pass++) {
    const along = dot(bend.direction, bent.p);
    const shifted = residuals.map((value, i) => value + 0.5 * along * along * bend.curvature[i]);
    bent = model.withResiduals(shifted).damped(step.lambda);
    const correction = norm(bent.p.map((value, j) => (value - step.p[j]) * d[j]));
    if (!(correction <= longestCorrection * step.length)) return null;
    if (pass === 0 && correction <= 1e-3 * step.length) return null;
  }
  return { ...bent, reduction: step.reduction };
}

/** A past iterate and its Gauss–Newton step, both of length n. */
export interface PastStep {
  readonly x: Float64Array;
  readonly p: Float64Array;
}

/**
 * Gauss–Newton as a fixed-point iteration that converges linearly (large residuals, a singular Jacobian at the
 * solution), extrapolated to its limit from past steps: Anderson acceleration in the scaled norm.
 *
 * Walker and Ni (2011), "Anderson acceleration for fixed-point iterations", SIAM J. Numer. Anal. 49:1715–1735, eq. 2.2.
 * Null where it would go more than ten times as far as Gauss–Newton.
 */
export function extrapolateStep(
  x: Float64Array,
  step: Step,
  past: readonly PastStep[],
  lo: Float64Array,
  hi: Float64Array,
  d: Float64Array,
): Step | null {
  const n = x.length;
  const recent = past.slice(-Math.min(n, 6));
  const k = recent.length;
  if (k === 0 || step.length === 0) return null;
  const differences = new Float64Array(n * k);
  recent.forEach((old, c) => {
    for (let j = 0; j < n; j++) differences[j * k + c] = (step.p[j] - old.p[j]) * d[j];
  });
  const scaled = step.p.map((value, j) => value * d[j]);
  // A direction whose scaling nearly vanishes may overflow.
  if (!isFiniteVector(differences) || !isFiniteVector(scaled)) return null;
  const weights = leastSquares({ rows: n, columns: k, data: differences }, scaled, 1e-8);
  const p = step.p.slice();
  recent.forEach((old, c) => {
    for (let j = 0; j < n; j++) p[j] -= weights[c] * (x[j] - old.x[j] + step.p[j] - old.p[j]);
  });
  for (let j = 0; j < n; j++) p[j] = Math.min(hi[j], Math.max(lo[j], p[j]));
  const length = norm(p.map((value, j) => value * d[j]));
  return length <= 10 * step.length ? { ...step, p, length } : null;
}
