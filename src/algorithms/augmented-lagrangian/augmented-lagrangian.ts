import type { Answer, ConfiguredAlgorithm, ConstraintLimits, InternalProblem, Request, Solution } from "../types.ts";
import { outside } from "./augmented-function.ts";
import { BestPoint } from "./best-point.ts";
import { innerRun } from "./inner-run.ts";
import { Memory } from "./memory.ts";
import { Multipliers } from "./multipliers.ts";
import { Stack } from "./stack.ts";

type Asking = Generator<Request, Solution, Answer>;

export interface AugmentedLagrangianSetting {
  /** Any algorithm: it is run again and again. */
  readonly algorithm: ConfiguredAlgorithm;
  readonly problem: InternalProblem;
  /** What is asked of the constraints' values, from how many there are of each. */
  readonly limitsOf: (lengths: readonly number[]) => ConstraintLimits;
  /** Answers wishes for derivatives where the user gave none; else returns what it is given. */
  readonly withDerivatives: (asked: Asking) => Asking;
}

const maxRuns = 50;
/** Runs in a row that bring the constraints no nearer, after which they are taken to hold nowhere near. */
const maxVain = 5;

/**
 * Minimises under nonlinear constraints by any algorithm that knows of none: runs it on the augmented Lagrangian (`AugmentedFunction`), updates the
 * multipliers where it ends, and runs it again from there, until the constraints hold within their tolerances and the multipliers agree. A penalty
 * grows where its constraint does not come nearer fast enough. What was evaluated at the next start is not asked for again.
 *
 * It asks and is answered as an algorithm is, but that answers must have `constraints`. The value of the solution is the criterion's own.
 *
 * Nocedal and Wright (2006), Numerical Optimization, framework 17.3 and algorithm 17.4; Birgin and Martínez (2014), Practical Augmented Lagrangian
 * Methods for Constrained Optimization, algorithm 4.1.
 */
export function* augmentedLagrangian(setting: AugmentedLagrangianSetting): Asking {
  const stack = new Stack(setting.limitsOf);
  const generator = setting.withDerivatives(outerIterations(setting, stack));
  let turn = generator.next();
  while (!turn.done) {
    const { points } = turn.value;
    turn = generator.next(stack.stacked(points, yield turn.value));
  }
  return turn.value;
}

function* outerIterations({ algorithm, problem }: AugmentedLagrangianSetting, stack: Stack): Asking {
  const memory = new Memory(problem.hasJac);
  const multipliers = new Multipliers(problem.x0, stack);
  const best = new BestPoint(stack);
  let x = problem.x0;
  let patience = 1;
  let nVain = 0;
  let nIterations = 0;
  for (let nRuns = 1; ; nRuns++) {
    const run = { algorithm, problem: { ...problem, x0: x }, memory, multipliers, best, patience };
    const end = yield* innerRun(run);
    nIterations += end.nIterations;
    const points = [{ x: end.x, want: "fun" }] as const;
    const [stacked] = yield* memory.answers(points);
    const augmented = multipliers.augmented(points, [stacked]);
    const values = augmented.valuesOf(stacked);
    const gaps = augmented.gaps(values);
    if (multipliers.isClosed(gaps)) {
      const last = nRuns === 1 ? "The only run" : `The last of ${nRuns} runs`;
      const message = `${holding(values, stack)} ${last} on the augmented Lagrangian said: ${end.message}`;
      return { x: end.x, fun: stacked.fun, success: end.success, message, nIterations };
    }
    if (end.isStopped && !multipliers.isNearer(gaps)) patience *= 2;
    if (multipliers.isAstray(gaps, stacked)) {
      multipliers.strengthen(augmented, gaps);
      nVain += 1;
    } else {
      nVain = multipliers.update(augmented, end.x, stacked) ? nVain + 1 : 0;
      ({ x } = end);
    }
    if (nVain < maxVain && nRuns < maxRuns) continue;
    const runs = `${nRuns} runs of ${algorithm.info.name} on the augmented Lagrangian`;
    const solution = best.solution(end.x, stacked.fun, runs);
    const message = end.isStopped ? solution.message : `${solution.message} The last run said: ${end.message}`;
    return { ...solution, message, success: false, nIterations };
  }
}

function holding(values: Float64Array, { layout: { limits } }: Stack): string {
  const largest = values.reduce(
    (most, value, i) => Math.max(most, Math.abs(outside(value, limits.lower[i], limits.upper[i]))),
    0,
  );
  return largest === 0
    ? "The nonlinear constraints hold."
    : `The nonlinear constraints hold within their tolerances; the largest violation is ${largest.toExponential(1)}.`;
}
