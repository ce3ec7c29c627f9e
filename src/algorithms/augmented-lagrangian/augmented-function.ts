import type { Point, PointAnswer } from "../types.ts";
import { concatenated, type Layout } from "./stack.ts";

/**
 * The augmented Lagrangian of constraints l ≤ c(x) ≤ u for multipliers λ and penalties ρ, one each a constraint:
 *
 *   f(x) + Σ ρᵢ/2 · sᵢ², where sᵢ is by how much cᵢ + λᵢ/ρᵢ lies outside of [lᵢ, uᵢ].
 *
 * For least squares sᵢ·√(ρᵢ/2) are further residuals, so that the function stays one of least squares.
 *
 * Rockafellar (1974), Augmented Lagrange multiplier functions and duality in nonconvex programming, SIAM Journal on Control 12:268–285; equal bounds
 * and single ones as in Nocedal and Wright (2006), Numerical Optimization, sections 17.3 and 17.4.
 */
export class AugmentedFunction {
  readonly multipliers: Float64Array;
  readonly penalties: Float64Array;
  readonly #layout: Layout;
  /** Penalty terms of a point that failed: no less than at the starts, so that the way leads back. */
  readonly #ofFailed: Float64Array;

  /** @param starts stacked answers at points that did not fail. */
  constructor(layout: Layout, multipliers: Float64Array, penalties: Float64Array, starts: readonly PointAnswer[]) {
    this.multipliers = multipliers;
    this.penalties = penalties;
    this.#layout = layout;
    this.#ofFailed = starts
      .map((start) => this.#terms(this.valuesOf(start)))
      .reduce((worst, terms) => (sumOfSquares(terms) > sumOfSquares(worst) ? terms : worst));
  }

  /** Values of the constraints in a stacked answer. */
  valuesOf({ residuals }: PointAnswer): Float64Array {
    const values = residuals ?? new Float64Array(0);
    return values.subarray(values.length - this.multipliers.length);
  }

  /** What the inner algorithm sees of a stacked answer, which has a value. */
  answer({ want }: Point, stacked: PointAnswer): PointAnswer {
    const { failed } = stacked;
    const values = this.valuesOf(stacked);
    const terms = failed ? this.#ofFailed : this.#terms(values);
    const own = (stacked.residuals ?? new Float64Array(0)).subarray(0, -this.multipliers.length);
    const jac =
      want === "fun" || stacked.jac === null ? null : this.#derivative(stacked.jac, own.length, values, failed);
    if (want === "jac") return { fun: Number.NaN, residuals: null, jac, failed };
    return {
      fun: stacked.fun + sumOfSquares(terms),
      residuals: this.#layout.isLeastSquares ? concatenated([own, terms]) : null,
      jac,
      failed,
    };
  }

  /** First-order update: λ + ρ·(c − what is asked) where that binds. Kept from overflow, as safeguarded methods do (Birgin and Martínez 2014, section 4.1). */
  updatedMultipliers(values: Float64Array): Float64Array {
    return this.#shifted(values).map((s, i) => {
      const largest = 1e10 * this.penalties[i];
      return Math.min(Math.max(this.penalties[i] * s, -largest), largest);
    });
  }

  /**
   * How far each constraint is from what is asked and from being in balance with its multiplier, |λ⁺ − λ| / ρ, length M: at least the distance of the
   * value from [l, u], and also how far inside it is where its multiplier still presses (Birgin and Martínez 2014, equation 4.8).
   */
  gaps(values: Float64Array): Float64Array {
    return this.#shifted(values).map((s, i) => Math.abs(s - this.multipliers[i] / this.penalties[i]));
  }

  /** What gaps weigh in the units of the criterion. */
  weightOf(gaps: Float64Array): number {
    return gaps.reduce((sum, gap, i) => sum + (this.penalties[i] / 2) * gap * gap, 0);
  }

  /** s, length M. */
  #shifted(values: Float64Array): Float64Array {
    const { lower, upper } = this.#layout.limits;
    return values.map((value, i) => outside(value + this.multipliers[i] / this.penalties[i], lower[i], upper[i]));
  }

  #terms(values: Float64Array): Float64Array {
    return this.#shifted(values).map((s, i) => Math.sqrt(this.penalties[i] / 2) * s);
  }

  /** From the stacked Jacobian, of `m` rows of the criterion and one for each constraint. */
  #derivative(stacked: Float64Array, m: number, values: Float64Array, failed: boolean): Float64Array {
    const shifted = failed ? new Float64Array(this.multipliers.length) : this.#shifted(values);
    const n = stacked.length / (m + shifted.length);
    const jac = this.#layout.isLeastSquares ? stacked.slice() : stacked.slice(0, n);
    shifted.forEach((s, i) => {
      const row = (m + i) * n;
      const root = s === 0 ? 0 : Math.sqrt(this.penalties[i] / 2);
      for (let j = 0; j < n; j++) {
        if (this.#layout.isLeastSquares) jac[row + j] = root * stacked[row + j];
        else if (s !== 0) jac[j] += this.penalties[i] * s * stacked[row + j];
      }
    });
    return jac;
  }
}

/** By how much a value lies outside of [lower, upper], with the sign of the side. */
export function outside(value: number, lower: number, upper: number): number {
  return value < lower ? value - lower : value > upper ? value - upper : 0;
}

function sumOfSquares(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value * value, 0);
}
