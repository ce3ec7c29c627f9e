import { norm } from "../../linalg.ts";
import type { InternalProblem } from "../types.ts";
import type { Derivative } from "./iterate.ts";
import type { LinearModel } from "./linear-model.ts";
import type { LevenbergMarquardtOptions } from "./options.ts";
import type { StepKind } from "./proposals.ts";
import type { View } from "./view.ts";

/** Singular values below this share of the largest are noise of the derivative: such directions are not determined. */
const derivativeNoise: Readonly<Record<Derivative, number>> = { analytical: 1e-13, central: 1e-10, forward: 1e-7 };

/** Typical relative error of a column of the Jacobian: ε, ε^(2/3) and ε^(1/2), by rounding and truncation. */
const derivativeError: Readonly<Record<Derivative, number>> = { analytical: 2e-16, central: 4e-11, forward: 2e-8 };

/** A relative reduction of the sum of squares below this drowns in the rounding of the sum. */
const roundingOfSum = 64 * 2 ** -52;

/** Iterations without progress after which noise is what makes steps look good. */
const patience = 30;
const leastProgress = 1e-7;

/** A sum of squares below this share of the start's is that of a perfect fit. */
const vanishing = 1e-14;

/** Digits of the parameters with which an end by rounding still counts as success; the message tells them. */
const digitsOfSuccess = 6;

/** How far an iterate is from the solution, as its models see it. */
export interface Distance {
  /** Largest change of a parameter by the undamped step, relative to the parameter. */
  readonly params: number;
  /** What errors of the derivative may shift the solution by, relative to a parameter: it limits the digits. */
  readonly shift: number;
  /** Reduction of the sum of squares that the undamped step promises, relative to it. */
  readonly fun: number;
  /** Largest cosine between the residuals and a column of the Jacobian that no bound holds. */
  readonly cosine: number;
  /** Names of the coordinates that may move but have no effect on the residuals. */
  readonly withoutEffect: readonly string[];
  /** Directions that can move, and how many of them the residuals determine. */
  readonly directions: number;
  readonly rank: number;
}

/** `trusted` is the kind of step that did best last: where it was an accelerated one, Gauss–Newton misjudges the distance. */
export function measureDistance(view: View, { x0, names }: InternalProblem, trusted: StepKind): Distance {
  const { gaussNewton, secant, at, scaling } = view;
  const tolerance = derivativeNoise[at.derivative];
  const step = gaussNewton.damped(0, tolerance);
  const size = norm(at.residuals);
  const gaussNewtonChange = relativeChange(step.p, view, x0);
  // Eigenvalues of the Hessian are squares of the singular values.
  const secantTolerance = Math.sqrt(tolerance) / 10;
  const secantChange = secant === null ? 0 : relativeChange(secant.damped(0, secantTolerance).p, view, x0);
  // Errors of a column's elements are independent: they cancel in its product with the residuals.
  const errorOfGradient = (size / Math.sqrt(at.residuals.length)) * derivativeError[at.derivative];
  const shift = (model: LinearModel, cutoff: number) =>
    relativeChange(
      model.sensitivity(cutoff).map((value) => value * errorOfGradient),
      view,
      x0,
    );
  const gaussNewtonShift = shift(gaussNewton, tolerance);
  let params = gaussNewtonChange;
  if (trusted === "secant" && secant !== null) params = secantChange;
  if (trusted === "extrapolated") params = Math.max(gaussNewtonChange, secantChange);
  return {
    params,
    // Where the Jacobian is nearly singular, the second-order part is what determines the solution.
    shift: secant === null ? gaussNewtonShift : Math.min(gaussNewtonShift, shift(secant, secantTolerance)),
    fun: step.reduction / size ** 2,
    cosine: largestCosine(gaussNewton, scaling, size),
    withoutEffect: coordinatesWithoutEffect(view).map((j) => names[j]),
    directions: gaussNewton.movable().length,
    rank: trusted === "secant" && secant !== null ? rankOf(secant, secantTolerance) : rankOf(gaussNewton, tolerance),
  };
}

function rankOf(model: LinearModel, tolerance: number): number {
  const values = model.singularValues();
  return values.filter((value) => value > tolerance * values[0]).length;
}

function largestCosine(model: LinearModel, scaling: Float64Array, size: number): number {
  return model.movable().reduce((cosine, j) => Math.max(cosine, Math.abs(model.gradient[j]) / (scaling[j] * size)), 0);
}

/**
 * max |p_j| / |x_j|, where a parameter near zero counts as no smaller than a thousandth of its start, and than what
 * has a thousandth of the effect of all parameters together.
 */
function relativeChange(changes: Float64Array, { at, scaling }: View, x0: Float64Array): number {
  const effect = norm(at.x.map((value, j) => value * scaling[j]));
  let largest = 0;
  changes.forEach((change, j) => {
    if (change === 0) return;
    const reference = Math.max(Math.abs(at.x[j]), 1e-3 * Math.abs(x0[j]), (1e-3 * effect) / scaling[j]);
    largest = Math.max(largest, Math.abs(change) / reference);
  });
  return largest;
}

/** How it ends: what `Solution` says, and the view at the solution. */
export interface End {
  readonly view: View;
  readonly success: boolean;
  readonly message: string;
}

/** Decides when to end, and says in words how certain the solution is. */
export class Convergence {
  readonly #options: LevenbergMarquardtOptions;
  readonly #defaults: LevenbergMarquardtOptions;
  #best: { view: View; distance: Distance } | null = null;
  #misses = 0;
  /** Fewest parameters without effect at an iterate so far, and the sum of squares at the start. */
  #fewestWithoutEffect = Number.POSITIVE_INFINITY;
  #startFun: number | null = null;
  readonly #recent: { fun: number; params: number }[] = [];

  constructor(options: LevenbergMarquardtOptions, defaults: LevenbergMarquardtOptions) {
    this.#options = options;
    this.#defaults = defaults;
  }

  /** Whether steps are too short for the sum of squares to tell whether they improve it: then their length must. */
  isPolishing(view: View, distance: Distance): boolean {
    return view.at.derivative !== "forward" && distance.fun <= roundingOfSum;
  }

  /** Checked at every accepted iterate; null to go on. */
  check(view: View, distance: Distance): End | null {
    if (view.at.fun === 0) return { view, success: true, message: "Converged: all residuals are zero." };
    const isFree = view.lo.some((low, j) => low < view.hi[j]);
    if (isFree && view.at.jac.data.every((value) => value === 0))
      return {
        view,
        success: false,
        message:
          "Not converged: the Jacobian is zero, so no parameter that may move has an effect on the residuals here.",
      };
    this.#startFun ??= view.at.fun;
    this.#fewestWithoutEffect = Math.min(this.#fewestWithoutEffect, distance.withoutEffect.length);
    const end =
      this.#checkTolerances(view, distance) ??
      this.#checkRounding(view, distance) ??
      this.#checkProgress(view, distance);
    return end?.success && this.#ranOff(view, distance) ? { ...end, success: false, message: ranOff(distance) } : end;
  }

  /**
   * Whether parameters that had an effect on the way have none at the end: they ran off to where no step can bring them back. (A Jacobian
   * of less than full rank proves nothing: it may be so at a minimum.) A sum of squares that vanishes against the start's is a solution all
   * the same.
   */
  #ranOff(view: View, distance: Distance): boolean {
    const vanished = view.at.fun <= vanishing * (this.#startFun ?? 0);
    return !vanished && distance.withoutEffect.length > this.#fewestWithoutEffect;
  }

  #checkTolerances(view: View, distance: Distance): End | null {
    const { relativeParamsTolerance, relativeFunTolerance, gradientTolerance } = this.#options;
    const isAccurate = view.at.derivative !== "forward";
    const change =
      distance.params === 0
        ? "change no parameter"
        : `change no parameter by more than ${short(distance.params)} of it`;
    const end = (criterion: string): End => ({ view, success: true, message: `${criterion} ${certainty(distance)}` });
    const isLoose = relativeParamsTolerance > this.#defaults.relativeParamsTolerance;
    if (distance.directions === 0 && distance.withoutEffect.length === 0 && isAccurate)
      return {
        view,
        success: true,
        message: "Converged: every parameter is fixed, or held at a bound by the gradient.",
      };
    if (distance.params <= relativeParamsTolerance && (isAccurate || isLoose))
      return end(
        isLoose
          ? `Ended by relativeParamsTolerance ${relativeParamsTolerance}: a full step would ${change}.`
          : `Converged: a full step would ${change}.`,
      );
    if (distance.fun <= relativeFunTolerance && relativeFunTolerance > 0)
      return end(
        `Ended by relativeFunTolerance ${relativeFunTolerance}: a full step promises to lower the sum of squares by ${short(distance.fun)} of it.`,
      );
    if (distance.cosine <= gradientTolerance && gradientTolerance > 0)
      return end(
        `Ended by gradientTolerance ${gradientTolerance}: the largest cosine between residuals and Jacobian is ${short(distance.cosine)}.`,
      );
    return null;
  }

  #checkRounding(view: View, distance: Distance): End | null {
    if (!this.isPolishing(view, distance)) return null;
    if (this.#best === null || distance.params <= 0.5 * this.#best.distance.params) {
      this.#best = { view, distance };
      this.#misses = 0;
      return null;
    }
    this.#misses++;
    if (distance.params < this.#best.distance.params) this.#best = { view, distance };
    return this.#misses < 2 ? null : this.stalled(view, distance, false);
  }

  /** A sum of squares that creeps down by noise would go on for ever. */
  #checkProgress(view: View, distance: Distance): End | null {
    this.#recent.push({ fun: view.at.fun, params: distance.params });
    if (this.#recent.length <= patience) return null;
    const [{ fun, params }] = this.#recent.splice(0, 1);
    const isStuck = fun - view.at.fun <= leastProgress * fun && distance.params > 0.5 * params;
    return isStuck && view.at.derivative !== "forward" ? this.stalled(view, distance, false) : null;
  }

  /** No step helps any more. The end is the best point of those that rounding leaves undecided. `hasFailures`: some of
   * the last steps tried failed or had residuals that are not finite.
   */
  stalled(view: View, distance: Distance, hasFailures: boolean): End {
    const best = this.#best !== null && this.#best.distance.params < distance.params ? this.#best : { view, distance };
    const right = digits(best.distance.params + best.distance.shift);
    if (right >= digitsOfSuccess)
      return {
        view: best.view,
        success: true,
        message: `Stopped where rounding (or noise) of the criterion stops it: steps no longer improve it, and a full step would change a parameter by ${short(best.distance.params)} of it. ${certainty(best.distance)}`,
      };
    const { rank, directions } = best.distance;
    let cause =
      "The criterion is noisy, not smooth or ill-conditioned here, or the derivative is wrong; if it is noisy, larger steps for the differences help.";
    if (rank < directions) cause = `${undetermined(rank, directions)}.`;
    if (hasFailures)
      cause =
        "The criterion failed or was not finite at steps tried last: the solution may be at the edge of where it is defined, and bounds would keep steps inside.";
    return {
      view: best.view,
      success: false,
      message: `Not converged: no step lowers the sum of squares any more, but a full step would change a parameter by ${short(best.distance.params)} of it, and errors of the derivative shift it by ${short(best.distance.shift)}. ${cause}`,
    };
  }

  exhausted(view: View, distance: Distance): End {
    return {
      view,
      success: false,
      message: `Not converged: maxIterations ${this.#options.maxIterations} reached; a full step would change a parameter by ${short(distance.params)} of it.`,
    };
  }
}

function coordinatesWithoutEffect({ lo, hi, at: { jac } }: View): number[] {
  return Array.from(lo.keys()).filter((j) => {
    if (lo[j] === hi[j]) return false;
    for (let i = 0; i < jac.rows; i++) if (jac.data[i * jac.columns + j] !== 0) return false;
    return true;
  });
}

function certainty({ params, shift, rank, directions, withoutEffect }: Distance): string {
  const doubts: string[] = [];
  if (rank < directions) doubts.push(`${undetermined(rank, directions)}: other parameters may fit as well.`);
  if (withoutEffect.length > 0) doubts.push(`Without effect on the residuals: ${listed(withoutEffect)}.`);
  return doubts.length > 0
    ? doubts.join(" ")
    : `About ${digits(params + shift)} digits of the parameters are likely right.`;
}

function ranOff(distance: Distance): string {
  return `Not converged: steps became short where parameters lost their effect, and better points may lie elsewhere. ${certainty(distance)} Start elsewhere, or keep the parameters by bounds where they have an effect.`;
}

function listed(names: readonly string[]): string {
  return `${names.slice(0, 5).join(", ")}${names.length > 5 ? `, … ${names.length} in all` : ""}`;
}

function undetermined(rank: number, directions: number): string {
  return `To first order the residuals determine only ${rank} of ${directions} directions of the parameters`;
}

function digits(relative: number): number {
  return relative > 0 ? Math.min(15, Math.max(0, Math.floor(-Math.log10(relative)))) : 15;
}

function short(value: number): string {
  return value === 0 ? "0" : value.toExponential(1);
}
