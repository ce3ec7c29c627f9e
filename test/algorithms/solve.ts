import type { Answer, InternalProblem, Point, PointAnswer, Request, Solution } from "../../src/algorithms/types.ts";
import { withNumericalDerivatives } from "../../src/differentiation/index.ts";

/** A criterion for tests: a number, residuals, or what a throw stands for. */
export type PlainFunction = (x: Float64Array) => number | Float64Array;

export interface Solved extends Solution {
  /** Requests that reached the criterion. */
  readonly rounds: number;
  readonly evaluations: number;
  readonly requests: readonly Request[];
  /** Best sum of squares or value seen after each round. */
  readonly bestAfterRound: readonly number[];
}

export function problem(
  x0: readonly number[],
  lower: readonly number[] = x0.map(() => Number.NEGATIVE_INFINITY),
  upper: readonly number[] = x0.map(() => Number.POSITIVE_INFINITY),
): InternalProblem {
  return {
    x0: Float64Array.from(x0),
    lower: Float64Array.from(lower),
    upper: Float64Array.from(upper),
    softLower: Float64Array.from(lower),
    softUpper: Float64Array.from(upper),
    names: x0.map((_, j) => `x${j}`),
    hasJac: false,
  };
}

/** Evaluates one point as the driver would; a throw becomes a failed answer with a penalty. */
function evaluate(fun: PlainFunction, { x, want }: Point, jac?: (x: Float64Array) => Float64Array): PointAnswer {
  try {
    const value = fun(x.slice());
    const derivative = want === "fun" || jac === undefined ? null : jac(x.slice());
    if (want === "jac") return { fun: Number.NaN, residuals: null, jac: derivative, failed: false };
    if (typeof value === "number") return { fun: value, residuals: null, jac: derivative, failed: false };
    return { fun: sumOfSquares(value), residuals: value, jac: derivative, failed: false };
  } catch {
    return { fun: 1e10, residuals: Float64Array.of(1e5), jac: null, failed: true };
  }
}

/** Drives a generator with a plain function, and its derivative where the generator may ask for it. */
export function drive(
  generator: Generator<Request, Solution, Answer>,
  fun: PlainFunction,
  jac?: (x: Float64Array) => Float64Array,
): Solved {
  const requests: Request[] = [];
  const bestAfterRound: number[] = [];
  let evaluations = 0;
  let best = Number.POSITIVE_INFINITY;
  let turn = generator.next();
  while (!turn.done) {
    if (requests.length >= 20_000) throw new Error("no end after 20,000 rounds");
    requests.push(turn.value);
    evaluations += turn.value.points.length;
    const answers = turn.value.points.map((point) => evaluate(fun, point, jac));
    for (const answer of answers) if (!answer.failed && answer.fun < best) best = answer.fun;
    bestAfterRound.push(best);
    turn = generator.next(answers);
  }
  return { ...turn.value, rounds: requests.length, evaluations, requests, bestAfterRound };
}

/** Drives an algorithm's generator with its derivatives approximated by finite differences. */
export function solve(
  start: (problem: InternalProblem) => Generator<Request, Solution, Answer>,
  fun: PlainFunction,
  at: InternalProblem,
): Solved {
  return drive(withNumericalDerivatives(start(at), at), fun);
}

export function sumOfSquares(residuals: Float64Array): number {
  return residuals.reduce((sum, value) => sum + value * value, 0);
}
