import { type DenseMatrix, dot, symmetricEigen, times, transposeTimes } from "../../linalg.ts";
import type { Iterate } from "./iterate.ts";
import { LinearModel } from "./linear-model.ts";

/**
 * The part of the Hessian that Gauss–Newton leaves out, S ≈ Σ rᵢ ∇²rᵢ, learned from the Jacobians of successive
 * iterates: without it the convergence is slow, or fails, where the residuals stay large.
 *
 * Dennis, Gay and Welsch (1981), "An adaptive nonlinear least-squares algorithm", ACM TOMS 7:348–368: their
 * update and sizing.
 */
export class SecantHessian {
  readonly #s: DenseMatrix;
  #learned = false;

  constructor(n: number) {
    this.#s = { rows: n, columns: n, data: new Float64Array(n * n) };
  }

  /** Learns from a step between two iterates; one without positive curvature teaches nothing. */
  learn(from: Iterate, to: Iterate): void {
    const step = to.x.map((value, j) => value - from.x[j]);
    const newGradient = transposeTimes(to.jac, to.residuals);
    const oldGradient = transposeTimes(from.jac, from.residuals);
    const mixedGradient = transposeTimes(from.jac, to.residuals);
    const y = newGradient.map((value, j) => value - oldGradient[j]);
    const wanted = newGradient.map((value, j) => value - mixedGradient[j]);
    const curvature = dot(y, step);
    if (!(curvature > 0)) return;
    const product = times(this.#s, step);
    const known = dot(step, product);
    const size = known === 0 ? 1 : Math.min(1, Math.abs(dot(step, wanted) / known));
    const error = wanted.map((value, j) => value - size * product[j]);
    const along = dot(step, error) / curvature;
    const { data, columns: n } = this.#s;
    const updated = data.map((value, k) => {
      const i = Math.floor(k / n);
      const j = k % n;
      return size * value + (error[i] * y[j] + y[i] * error[j] - along * y[i] * y[j]) / curvature;
    });
    if (!updated.every(Number.isFinite)) return;
    data.set(updated);
    this.#learned = true;
  }

  /**
   * The quadratic model with the Hessian JᵀJ + S, as a linear least-squares model of n rows; null before anything was
   * learned. Negative eigenvalues count by their size: the model is convex and its steps go downhill.
   */
  model(at: Iterate, gradient: Float64Array, lo: Float64Array, hi: Float64Array, d: Float64Array): LinearModel | null {
    if (!this.#learned) return null;
    const n = d.length;
    const hessian = new Float64Array(n * n);
    const { rows: m, data: jac } = at.jac;
    for (let i = 0; i < n; i++)
      for (let j = 0; j <= i; j++) {
        if (d[i] === 0 || d[j] === 0) continue;
        let sum = this.#s.data[i * n + j];
        for (let k = 0; k < m; k++) sum += jac[k * n + i] * jac[k * n + j];
        hessian[i * n + j] = sum / (d[i] * d[j]);
        hessian[j * n + i] = hessian[i * n + j];
      }
    if (!hessian.every(Number.isFinite)) return null;
    const { values, vectors } = symmetricEigen({ rows: n, columns: n, data: hessian });
    const largest = values.reduce((size, value) => Math.max(size, Math.abs(value)), 0);
    if (largest === 0) return null;
    const roots = values.map((value) => Math.sqrt(Math.max(Math.abs(value), 1e-14 * largest)));
    const a = new Float64Array(n * n);
    for (let k = 0; k < n; k++) for (let j = 0; j < n; j++) a[k * n + j] = roots[k] * vectors.data[j * n + k] * d[j];
    const scaled = gradient.map((value, j) => (d[j] > 0 ? value / d[j] : 0));
    const b = transposeTimes(vectors, scaled).map((value, k) => value / roots[k]);
    return new LinearModel({ rows: n, columns: n, data: a }, b, lo, hi, d);
  }
}
