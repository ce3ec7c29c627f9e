import { InvalidInputError } from "../../errors.ts";
import { isFiniteVector } from "../../linalg.ts";
import { resolveOptions } from "../../option-schemas.ts";
import type { AlgorithmDefinition, Answer, InternalProblem, Point, PointAnswer, Request, Solution } from "../types.ts";
import { Convergence, type Distance, type End, measureDistance } from "./convergence.ts";
import type { Derivative, Iterate } from "./iterate.ts";
import { type LevenbergMarquardtOptions, levenbergMarquardtDefaults, levenbergMarquardtSchemas } from "./options.ts";
import { type Proposal, proposeSteps, type StepKind } from "./proposals.ts";
import { Memory, type View } from "./view.ts";

/**
 * Levenberg–Marquardt in Moré's trust-region form, for functions evaluated in parallel: minimises the sum of squares of
 * residuals in few rounds. One round tries several steps, with the Jacobian at the most promising one: lengths around
 * the trust radius, and accelerated steps (bent along a valley, with a secant part of the Hessian, extrapolated), which
 * cost no round. Trust regions rather than a damping schedule, because lengths of steps compare between rounds.
 *
 * Bounds are part of each subproblem, so that a solution at a bound is found as fast as one inside. Near the solution
 * the differences are central, and when the sum of squares can no longer tell steps apart, their lengths do: it ends
 * where rounding ends it.
 *
 * Moré (1978), "The Levenberg–Marquardt algorithm: implementation and theory", Lecture Notes in Mathematics
 * 630:105–116; for the parts see `LinearModel`, `SecantHessian` and acceleration.ts.
 */
export const levenbergMarquardt: AlgorithmDefinition<LevenbergMarquardtOptions> = {
  info: {
    name: "levenberg-marquardt",
    needs: "least-squares",
    supportsBounds: true,
    needsDerivative: true,
    source:
      "Moré (1978), The Levenberg–Marquardt algorithm: implementation and theory, Lecture Notes in Mathematics 630:105–116",
  },
  run: minimize,
  defaults: levenbergMarquardtDefaults,
  resolveOptions: (given) =>
    resolveOptions("levenberg-marquardt", levenbergMarquardtSchemas, levenbergMarquardtDefaults, given),
};

/** What one iteration leaves for the next. */
interface Progress {
  readonly radius: number;
  readonly kind: StepKind;
  /** Distance from the solution before the last step, NaN when that was not a full one. */
  readonly previous: number;
  readonly confident: boolean;
}

function* minimize(problem: InternalProblem, options: LevenbergMarquardtOptions): Generator<Request, Solution, Answer> {
  const [first] = yield { points: [{ x: problem.x0, want: "funAndJac", difference: "forward" }] };
  const unusable = startProblem(first);
  if (unusable !== null) return { x: problem.x0, fun: first.fun, success: false, message: unusable, nIterations: 0 };
  const convergence = new Convergence(options, levenbergMarquardtDefaults);
  const memory = new Memory(problem);
  let at = iterate(problem.x0, first, first.jac, problem.hasJac ? "analytical" : "forward");
  let progress: Progress = { radius: Number.NaN, kind: "damped", previous: Number.NaN, confident: false };
  for (let nIterations = 0; ; nIterations++) {
    const view = memory.look(at);
    const distance = measureDistance(view, problem, progress.kind);
    let end = convergence.check(view, distance);
    if (end === null && nIterations >= options.maxIterations) end = convergence.exhausted(view, distance);
    if (end === null) {
      const radius = Number.isNaN(progress.radius) ? options.initialRadius * view.size : progress.radius;
      const polishing = convergence.isPolishing(view, distance);
      const step = yield* takeStep(problem, options, view, distance, { ...progress, radius }, polishing);
      if ("failures" in step) end = convergence.stalled(view, distance, step.failures > 0);
      else {
        if (step.to.x !== at.x) memory.moved(view, step.to);
        at = step.to;
        progress = step.progress;
      }
    }
    if (end !== null) return solution(end, nIterations);
  }
}

/**
 * Tries batches of steps until one is accepted, shorter ones after each failure; ends when steps have become too short
 * to matter (then with the number of failed points of the last batch). Where steps fail with a forward-difference Jacobian, it goes on from the same x with a central one.
 */
function* takeStep(
  problem: InternalProblem,
  options: LevenbergMarquardtOptions,
  view: View,
  distance: Distance,
  progress: Progress,
  polishing: boolean,
): Generator<Request, { to: Iterate; progress: Progress } | { failures: number }, Answer> {
  const { at } = view;
  const contraction = Number.isNaN(progress.previous) ? 1 : Math.min(1, distance.params / progress.previous);
  const isNear = distance.params * contraction <= 1e-5;
  const difference = at.derivative === "central" || isNear ? "central" : "forward";
  const derivative: Derivative = problem.hasJac ? "analytical" : difference;
  let { radius, confident } = progress;
  let ceiling = Number.POSITIVE_INFINITY;
  let failures = 0;
  for (;;) {
    const proposals = proposeSteps(view, {
      radius,
      ceiling,
      trials: options.trials,
      lastKind: progress.kind,
      contraction,
      confident,
    });
    const points: Point[] = proposals.map(({ x }, i) => ({
      x,
      want: i === 0 && options.speculativeJacobian ? "funAndJac" : "fun",
      difference,
    }));
    const refine = at.derivative === "forward" && (Number.isFinite(ceiling) || proposals.length === 0);
    if (refine) points.push({ x: at.x, want: "jac", difference: "central" });
    if (points.length === 0) return { failures };
    const answers = yield { points };
    failures = proposals.filter((_, i) => !isUsable(answers[i])).length;
    const winner = chooseWinner(at, proposals, answers, polishing);
    if (winner >= 0) {
      const won = proposals[winner];
      const jac = answers[winner].jac ?? (yield { points: [{ x: won.x, want: "jac", difference }] })[0].jac;
      if (jac !== null && isFiniteVector(jac)) {
        const to = iterate(won.x, answers[winner], jac, derivative);
        const kind = bestKind(won, winner, proposals, answers);
        return { to, progress: { ...nextProgress(at, to, won, proposals, radius, distance), kind } };
      }
    }
    const refined = refine ? answers[proposals.length].jac : null;
    const shortest = Math.min(radius, ...proposals.map(({ step }) => step.length));
    if (refined !== null && isFiniteVector(refined)) {
      const to: Iterate = { ...at, jac: { ...at.jac, data: refined }, derivative: "central" };
      return { to, progress: { ...progress, radius: shortest / 4, previous: Number.NaN, confident: false } };
    }
    if (at.derivative !== "forward" && (distance.params <= 1e-7 || polishing)) return { failures };
    ceiling = shortest;
    radius = shortest / 4;
    confident = false;
    if (!(radius > 1e-13 * view.size)) return { failures };
  }
}

/**
 * The step with the lowest sum of squares among those that keep a part of their promise; -1 for none. The first, whose
 * Jacobian came with it, is preferred unless two rounds like it would gain less than the other does.
 */
function chooseWinner(at: Iterate, proposals: readonly Proposal[], answers: Answer, polishing: boolean): number {
  const noise = 1e-13 * at.fun;
  const isAccepted = proposals.map(({ step }, i) => {
    const { fun } = answers[i];
    if (!isUsable(answers[i])) return false;
    if (polishing || step.reduction <= noise) return fun <= at.fun + noise;
    return at.fun - fun >= 1e-4 * step.reduction && fun < at.fun;
  });
  let winner = -1;
  isAccepted.forEach((accepted, i) => {
    if (accepted && (winner < 0 || answers[i].fun < answers[winner].fun)) winner = i;
  });
  if (winner <= 0 || !isAccepted[0] || answers[0].jac === null) return winner;
  const isFirstGoodEnough = (answers[0].fun / at.fun) ** 2 <= answers[winner].fun / at.fun;
  return polishing || isFirstGoodEnough ? 0 : winner;
}

/** The kind with the lowest sum of squares among steps not much shorter than the one taken: it goes first next time. */
function bestKind(won: Proposal, winner: number, proposals: readonly Proposal[], answers: Answer): StepKind {
  let best = winner;
  proposals.forEach(({ step }, i) => {
    const isComparable = isUsable(answers[i]) && step.length > 0.3 * won.step.length;
    if (isComparable && answers[i].fun < answers[best].fun) best = i;
  });
  return proposals[best].kind;
}

/** Trust radius by how well the model kept its promise, capped by longer steps of the same batch that did worse. */
function nextProgress(
  from: Iterate,
  to: Iterate,
  won: Proposal,
  proposals: readonly Proposal[],
  radius: number,
  distance: Distance,
): Omit<Progress, "kind"> {
  const { length, reduction } = won.step;
  const ratio = (from.fun - to.fun) / reduction;
  const longer = Math.min(
    ...proposals.map(({ step }) => (step.length > 1.1 * length ? step.length : Number.POSITIVE_INFINITY)),
  );
  let next = length;
  if (ratio < 0.25) next = length / 2;
  else if (won.full) next = Math.max(2 * length, radius);
  else if (ratio > 0.75) next = 2 * length;
  return {
    radius: Math.min(next, Math.sqrt(longer * length)),
    previous: won.full ? distance.params : Number.NaN,
    confident: won.full && ratio > 0.5 && ratio < 1.5,
  };
}

function startProblem({ residuals, jac, fun, failed }: PointAnswer): string | null {
  if (residuals === null)
    throw new InvalidInputError(
      "levenberg-marquardt: expected a criterion that returns residuals (leastSquares), received one that returns a number",
    );
  if (failed && jac === null && !isFiniteVector(residuals)) return "Not started: the criterion failed at the start.";
  const index = residuals.findIndex((value) => !Number.isFinite(value));
  if (index >= 0) return `Not started: residual ${index} at the start is ${residuals[index]}; all must be finite.`;
  if (!Number.isFinite(fun)) return "Not started: the sum of squares at the start overflows; scale the residuals.";
  if (jac === null || !isFiniteVector(jac))
    return "Not started: the criterion failed at the start, or the derivative there is not finite; start elsewhere.";
  return null;
}

function iterate(x: Float64Array, answer: PointAnswer, jac: Float64Array | null, derivative: Derivative): Iterate {
  const residuals = answer.residuals ?? new Float64Array(0);
  const data = jac ?? new Float64Array(0);
  return { x, fun: answer.fun, residuals, jac: { rows: residuals.length, columns: x.length, data }, derivative };
}

function isUsable({ failed, fun, residuals }: PointAnswer): boolean {
  return !failed && Number.isFinite(fun) && residuals !== null && isFiniteVector(residuals);
}

function solution({ view, success, message }: End, nIterations: number): Solution {
  return { x: view.at.x, fun: view.at.fun, success, message, nIterations };
}
