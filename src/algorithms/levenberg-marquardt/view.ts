import { compressLeastSquares, norm } from "../../linalg.ts";
import type { InternalProblem } from "../types.ts";
import type { Bend, PastStep } from "./acceleration.ts";
import type { Iterate } from "./iterate.ts";
import { LinearModel, type Step } from "./linear-model.ts";
import { SecantHessian } from "./secant.ts";

/** What an iterate shows of the way ahead: the models there and the room that the bounds leave. */
export interface View {
  readonly at: Iterate;
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  /** Room to the bounds, lo ≤ p ≤ hi, length n. */
  readonly lo: Float64Array;
  readonly hi: Float64Array;
  /** D, length n: the largest norm that each column of the Jacobian has had (Moré 1978, section 6). */
  readonly scaling: Float64Array;
  readonly gaussNewton: LinearModel;
  /** Undamped step of `gaussNewton`. */
  readonly fullStep: Step;
  /** Residuals in the rows of `gaussNewton`, and how they bend there; null at the start. */
  readonly rows: Float64Array;
  readonly bend: Bend | null;
  /** Model with the second-order part of the Hessian; null at the start. */
  readonly secant: LinearModel | null;
  readonly past: readonly PastStep[];
  /** What lengths of steps are relative to: ‖D x‖, but not less than a thousandth of ‖D x0‖ and of ‖r‖. */
  readonly size: number;
}

/** What is remembered from one iterate to the next. */
export class Memory {
  readonly #problem: InternalProblem;
  readonly #scaling: Float64Array;
  readonly #secant: SecantHessian;
  readonly #past: PastStep[] = [];
  #last: Iterate | null = null;

  constructor(problem: InternalProblem) {
    this.#problem = problem;
    this.#scaling = new Float64Array(problem.x0.length);
    this.#secant = new SecantHessian(problem.x0.length);
  }

  look(at: Iterate): View {
    const { lower, upper, x0 } = this.#problem;
    const d = this.#scaling;
    columnNorms(at).forEach((size, j) => {
      d[j] = Math.max(d[j], size);
    });
    const lo = lower.map((bound, j) => bound - at.x[j]);
    const hi = upper.map((bound, j) => bound - at.x[j]);
    const bend = this.#bend(at);
    const { a, bs } = compressLeastSquares(at.jac, bend === null ? [at.residuals] : [at.residuals, bend.curvature]);
    const gaussNewton = new LinearModel(a, bs[0], lo, hi, d);
    const scaled = (x: Float64Array) => norm(x.map((value, j) => value * d[j]));
    return {
      at,
      lower,
      upper,
      lo,
      hi,
      scaling: d.slice(),
      gaussNewton,
      fullStep: gaussNewton.damped(0),
      rows: bs[0],
      bend: bend === null ? null : { curvature: bs[1], direction: bend.direction },
      secant: this.#secant.model(at, gaussNewton.gradient, lo, hi, d),
      past: [...this.#past],
      size: Math.max(scaled(at.x), scaled(x0) / 1000, norm(at.residuals) / 1000),
    };
  }

  /** Learns from a step that was taken. */
  moved(from: View, to: Iterate): void {
    this.#secant.learn(from.at, to);
    this.#past.push({ x: from.at.x, p: from.fullStep.p });
    if (this.#past.length > 10) this.#past.shift();
    this.#last = from.at;
  }

  #bend(at: Iterate): Bend | null {
    if (this.#last === null) return null;
    const back = this.#last.x.map((value, j) => value - at.x[j]);
    const scaled = back.map((value, j) => value * this.#scaling[j]);
    const square = norm(scaled) ** 2;
    if (!(square > 0)) return null;
    const n = back.length;
    const curvature = this.#last.residuals.map((value, i) => {
      let linear = at.residuals[i];
      for (let j = 0; j < n; j++) linear += at.jac.data[i * n + j] * back[j];
      return 2 * (value - linear);
    });
    const direction = scaled.map((value, j) => (value * this.#scaling[j]) / square);
    return curvature.every(Number.isFinite) && direction.every(Number.isFinite) ? { curvature, direction } : null;
  }
}

function columnNorms({ jac }: Iterate): Float64Array {
  const column = new Float64Array(jac.rows);
  return Float64Array.from({ length: jac.columns }, (_, j) => {
    for (let i = 0; i < jac.rows; i++) column[i] = jac.data[i * jac.columns + j];
    return norm(column);
  });
}
