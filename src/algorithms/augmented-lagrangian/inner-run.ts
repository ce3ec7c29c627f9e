import type { Answer, ConfiguredAlgorithm, InternalProblem, Point, PointAnswer, Request, Solution } from "../types.ts";
import type { AugmentedFunction } from "./augmented-function.ts";
import type { BestPoint } from "./best-point.ts";
import type { Memory } from "./memory.ts";
import type { Multipliers } from "./multipliers.ts";

/** Rounds of little gain after which multipliers are what matters: of algorithms with derivatives, and a parameter of those without. */
const roundsWithDerivative = 2;
const roundsPerParameter = 2;
/** Gain is little below this share of what the gaps weigh. */
const littleGain = 0.1;

export interface InnerRunSetting {
  readonly algorithm: ConfiguredAlgorithm;
  /** From where it runs. */
  readonly problem: InternalProblem;
  readonly memory: Memory;
  readonly multipliers: Multipliers;
  /** Told of every point. */
  readonly best: BestPoint;
  /** Multiplies the rounds of little gain. */
  readonly patience: number;
}

/** The inner algorithm's solution, or the best point where it was stopped. */
export interface InnerEnd extends Solution {
  readonly isStopped: boolean;
}

/**
 * Runs the inner algorithm on the augmented Lagrangian. It is stopped where it gains little against what the constraints are off by: then better
 * multipliers help more than the last digits of a minimum for these. Where the constraints hold it always runs to its own end.
 */
export function* innerRun(setting: InnerRunSetting): Generator<Request, InnerEnd, Answer> {
  const { algorithm, problem, memory, multipliers, best } = setting;
  const inner = algorithm.start(problem);
  const watch = new Watch(setting);
  let turn = inner.next();
  while (!turn.done) {
    const { points } = turn.value;
    const answers = yield* memory.answers(points);
    const augmented = multipliers.augmented(points, answers);
    const shown = points.map((point, i) => augmented.answer(point, answers[i]));
    points.forEach((point, i) => {
      best.see(point, answers[i]);
      watch.see(point, shown[i], answers[i]);
    });
    // Where it began and where it may end are asked for again.
    memory.forgetAllBut([problem.x0, watch.best?.x ?? problem.x0]);
    const stopped = watch.endOfRound(augmented);
    if (stopped !== null) {
      inner.return(stopped);
      return { ...stopped, isStopped: true };
    }
    turn = inner.next(shown);
  }
  return { ...turn.value, isStopped: false };
}

/** What the run gained from round to round. */
class Watch {
  /** The best point so far. */
  best: { readonly x: Float64Array; readonly fun: number; readonly stacked: PointAnswer } | null = null;
  readonly #multipliers: Multipliers;
  readonly #window: number;
  readonly #bestAfterRound: number[] = [];

  constructor({ algorithm, problem, multipliers, patience }: InnerRunSetting) {
    this.#multipliers = multipliers;
    const window = algorithm.info.needsDerivative ? roundsWithDerivative : roundsPerParameter * problem.x0.length;
    this.#window = window * patience;
  }

  see({ x, want }: Point, { fun, failed }: PointAnswer, stacked: PointAnswer): void {
    if (want === "jac" || failed || Number.isNaN(fun)) return;
    if (this.best === null || fun < this.best.fun) this.best = { x, fun, stacked };
  }

  /** The best point, where it is time to stop; null to go on. */
  endOfRound(augmented: AugmentedFunction): Solution | null {
    if (this.best === null) return null;
    const { x, fun, stacked } = this.best;
    this.#bestAfterRound.push(fun);
    const gaps = augmented.gaps(augmented.valuesOf(stacked));
    if (this.#multipliers.isClosed(gaps)) return null;
    // Multipliers that bring the constraints no nearer are to be those of a better minimum.
    const rounds = this.#window * (this.#multipliers.isNearer(gaps) ? 1 : 2);
    const gain = (this.#bestAfterRound.at(-1 - rounds) ?? Number.POSITIVE_INFINITY) - fun;
    if (gain > littleGain * augmented.weightOf(gaps)) return null;
    return { x, fun, success: false, message: "", nIterations: this.#bestAfterRound.length };
  }
}
