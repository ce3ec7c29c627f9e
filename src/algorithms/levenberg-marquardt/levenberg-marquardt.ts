import { InvalidInputError } from "../../errors.ts";
import { isFiniteVector, norm } from "../linalg.ts";
import { resolveOptions } from "../options.ts";
import type { AlgorithmDefinition, Answer, InternalProblem, Point, PointAnswer, Request, Solution } from "../types.ts";
import { type Derivative, type Distance, measureDistance } from "./convergence.ts";
import { LinearModel, type Step } from "./linear-model.ts";
import { type LevenbergMarquardtOptions, levenbergMarquardtDefaults, levenbergMarquardtSchemas } from "./options.ts";

export const levenbergMarquardt: AlgorithmDefinition<LevenbergMarquardtOptions> = {
  info: {
    name: "levenberg-marquardt",
    needs: "least-squares",
    supportsBounds: true,
    needsDerivative: true,
    source: "Moré (1978), The Levenberg–Marquardt algorithm: implementation and theory, LNM 630:105–116",
  },
  run: minimize,
  defaults: levenbergMarquardtDefaults,
  resolveOptions: (given) =>
    resolveOptions("levenberg-marquardt", levenbergMarquardtSchemas, levenbergMarquardtDefaults, given),
};

interface State {
  x: Float64Array;
  fun: number;
  residuals: Float64Array;
  jac: Float64Array;
  derivative: Derivative;
}

const eps = 2 ** -52;

function* minimize(problem: InternalProblem, options: LevenbergMarquardtOptions): Generator<Request, Solution, Answer> {
  const { lower, upper, x0, hasJac } = problem;
  const n = x0.length;
  const central: Derivative = hasJac ? "analytical" : "central";
  const forward: Derivative = hasJac ? "analytical" : "forward";
  const [first] = yield { points: [{ x: x0, want: "funAndJac" }] };
  if (first.failed || first.residuals === null || first.jac === null || !isFiniteVector(first.residuals))
    throw new InvalidInputError(
      "levenberg-marquardt: the criterion must have finite residuals at the start and next to it, where its derivative is taken",
    );
  let state: State = { x: x0, fun: first.fun, residuals: first.residuals, jac: first.jac, derivative: forward };
  const scaling = new Float64Array(n);
  let radius = Number.NaN;
  let previous = Number.NaN; // distance at previous accepted point when its step was full GN
  let best: { state: State; distance: Distance } | null = null;
  let nIterations = 0;
  const solution = (success: boolean, message: string, s: State = state): Solution => ({
    x: s.x,
    fun: s.fun,
    success,
    message,
    nIterations,
  });
  let polishing = false;
  let confident = false;
  while (true) {
    if (state.fun === 0) return solution(true, "Converged: all residuals are zero.");
    const m = state.residuals.length;
    for (let j = 0; j < n; j++) {
      const col = Float64Array.from({ length: m }, (_, i) => state.jac[i * n + j]);
      scaling[j] = Math.max(scaling[j], norm(col));
    }
    const lo = lower.map((v, j) => v - state.x[j]);
    const hi = upper.map((v, j) => v - state.x[j]);
    const model = new LinearModel({ rows: m, columns: n, data: state.jac }, state.residuals, lo, hi, scaling);
    const distance = measureDistance(model, state.derivative, state.x, state.residuals, scaling, x0);
    const gn = model.damped(0);
    const xNorm = norm(state.x.map((v, j) => v * scaling[j])) || 1;
    const contraction = Math.min(1, distance.params / previous);
    const precise = state.derivative !== "forward";
    if (precise && distance.params <= options.relativeParamsTolerance)
      return solution(
        true,
        `Converged: the Gauss–Newton step changes no parameter by more than ${distance.params} of it.`,
      );
    if (distance.fun <= options.relativeFunTolerance && options.relativeFunTolerance > 0)
      return solution(true, "Ended by relativeFunTolerance.");
    if (distance.cosine <= options.gradientTolerance && precise) return solution(true, "Ended by gradientTolerance.");
    const unresolved = distance.fun <= 64 * eps;
    if (precise && polishing && best && distance.params > 0.5 * best.distance.params)
      return solution(
        true,
        `Stopped by rounding: parameters are likely right to ${best.distance.params} of them.`,
        best.state,
      );
    if (precise && unresolved) {
      if (best === null || distance.params < best.distance.params) best = { state, distance };
      polishing = true;
    }
    if (nIterations >= options.maxIterations) return solution(false, "Not converged: maxIterations reached.");
    nIterations++;
    if (Number.isNaN(radius)) radius = options.initialRadius * xNorm;
    let ceiling = Number.POSITIVE_INFINITY;
    for (;;) {
      const trials: { step: Step; x: Float64Array }[] = [];
      const add = (step: Step) => {
        if (trials.length >= options.trials) return;
        const x = state.x.map((v, j) =>
          step.p[j] === lo[j]
            ? lower[j]
            : step.p[j] === hi[j]
              ? upper[j]
              : Math.min(upper[j], Math.max(lower[j], v + step.p[j])),
        );
        if (x.every((v, j) => v === state.x[j])) return;
        if (trials.some((t) => t.x.every((v, j) => v === x[j]))) return;
        trials.push({ step, x });
      };
      if (gn.length <= radius) {
        add(gn);
        if (!confident)
          for (let k = 1; trials.length < options.trials && k < 10; k++) add(model.within(gn.length / 4 ** k, gn));
      } else {
        add(model.within(radius, gn));
        add(model.within(radius / 4, gn));
        if (radius * 4 < ceiling) add(model.within(radius * 4, gn));
        for (let k = 2; trials.length < options.trials && k < 10; k++) add(model.within(radius / 4 ** k, gn));
      }
      if (trials.length === 0)
        return solution(
          false,
          `Not converged: steps vanish; the Gauss–Newton step would change a parameter by ${distance.params} of it.`,
        );
      const near =
        distance.params * contraction <= 1e-5 ||
        distance.params <= 1e-5 ||
        (Number.isNaN(previous) && distance.params <= 1e-3);
      const kind = near || precise ? "central" : "forward";
      const points: Point[] = trials.map((t, i) =>
        i === 0 && options.speculativeJacobian
          ? { x: t.x, want: "funAndJac", difference: kind }
          : { x: t.x, want: "fun" },
      );
      const answers = yield { points };
      const ok = (a: PointAnswer) =>
        !a.failed && a.residuals !== null && isFiniteVector(a.residuals) && Number.isFinite(a.fun);
      const noise = 1e-13 * state.fun;
      const accept = (i: number) =>
        ok(answers[i]) &&
        (trials[i].step.reduction <= noise
          ? answers[i].fun <= state.fun + noise
          : state.fun - answers[i].fun >= 1e-4 * trials[i].step.reduction);
      let winner = -1;
      trials.forEach((_, i) => {
        if (accept(i) && (winner < 0 || answers[i].fun < answers[winner].fun)) winner = i;
      });
      if (winner > 0 && answers[0].jac !== null && accept(0)) {
        const rs = answers[0].fun / state.fun,
          rb = answers[winner].fun / state.fun;
        if (rs * rs <= rb) winner = 0;
      }
      if (winner < 0) {
        ceiling = Math.min(...trials.map((t) => t.step.length));
        if (precise && distance.params < 1e-7)
          return solution(true, `Stopped by rounding: parameters are likely right to ${distance.params} of them.`);
        radius = ceiling / 4;
        confident = false;
        if (radius < 1e-13 * xNorm)
          return solution(
            false,
            `Not converged: no step lowers the sum of squares; the Gauss–Newton step would change a parameter by ${distance.params} of it.`,
          );
        if (!precise) {
          const [a] = yield { points: [{ x: state.x, want: "jac", difference: "central" }] };
          if (a.jac) {
            state = { ...state, jac: a.jac, derivative: central };
            break;
          }
        }
        continue;
      }
      const won = trials[winner];
      let a = answers[winner];
      const derivative: Derivative = kind === "central" ? central : forward;
      if (a.jac === null) {
        const [b] = yield { points: [{ x: won.x, want: "jac", difference: kind }] };
        a = { ...a, jac: b.jac };
        if (b.jac === null) {
          radius = won.step.length / 4;
          continue;
        }
      }
      const ratio = (state.fun - a.fun) / won.step.reduction;
      const full = won.step.length >= 0.99 * gn.length;
      confident = full && ratio > 0.5 && ratio < 1.5;
      previous = full ? distance.params : Number.NaN;
      const bigger = Math.min(...trials.filter((t) => t.step.length > won.step.length * 1.1).map((t) => t.step.length));
      radius =
        ratio < 0.25
          ? won.step.length / 2
          : ratio > 0.75 || full
            ? Math.max(2 * won.step.length, full ? radius : 0)
            : won.step.length;
      if (Number.isFinite(bigger)) radius = Math.min(radius, Math.sqrt(bigger * won.step.length));
      state = { x: won.x, fun: a.fun, residuals: a.residuals as Float64Array, jac: a.jac as Float64Array, derivative };
      break;
    }
  }
}
