import type { Point, PointAnswer, Solution } from "../types.ts";
import { outside } from "./augmented-function.ts";
import type { Stack } from "./stack.ts";

interface Seen {
  readonly x: Float64Array;
  readonly fun: number;
  /** Largest distance of a value from what is asked of it, 0 where all are within their tolerances. */
  readonly violation: number;
}

/** The best point for the criterion's own value: one where the constraints hold within their tolerances, else where they are violated least. */
export class BestPoint {
  readonly #stack: Stack;
  #best: Seen | null = null;

  constructor(stack: Stack) {
    this.#stack = stack;
  }

  see({ x, want }: Point, { fun, failed, residuals }: PointAnswer): void {
    if (want === "jac" || failed || residuals === null || Number.isNaN(fun)) return;
    const { lower, upper, tolerance } = this.#stack.layout.limits;
    const values = residuals.subarray(residuals.length - lower.length);
    const violation = values.reduce((most, value, i) => {
      const distance = Math.abs(outside(value, lower[i], upper[i]));
      return distance > tolerance[i] ? Math.max(most, distance) : most;
    }, 0);
    const best = this.#best;
    if (best === null || violation < best.violation || (violation === best.violation && fun < best.fun))
      this.#best = { x, fun, violation };
  }

  /** The best point as the solution of runs that came to no end, or that at x where there is none. */
  solution(x: Float64Array, fun: number, runs: string): Pick<Solution, "x" | "fun" | "message"> {
    if (this.#best === null) return { x, fun, message: `Not converged: no point without failure in ${runs}.` };
    const { violation } = this.#best;
    const message =
      violation === 0
        ? `Not converged: after ${runs} the nonlinear constraints hold at the best point, but there may be better ones.`
        : `Not feasible: after ${runs} the nonlinear constraints are still violated by ${violation.toExponential(1)} at the best point. ` +
          "They may contradict each other or the bounds; or start elsewhere.";
    return { x: this.#best.x, fun: this.#best.fun, message };
  }
}
