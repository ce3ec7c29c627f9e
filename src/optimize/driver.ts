/** The loop over rounds: the only place that awaits between an algorithm's question and its answer. */
import type { Answer, ConfiguredAlgorithm, InternalProblem, Request, Solution } from "../algorithms/types.ts";
import { InvalidInputError, show } from "../errors.ts";
import { violationOf } from "../problem/constraints/nonlinear-values.ts";
import type { FunctionKind } from "../problem/function-kinds.ts";
import { formatCount, formatDollars } from "../report/format.ts";
import { penaltyAnswer, type Start } from "./penalty.ts";
import { answerOf, checkCounts, type Ended, errorAt, evaluateRound, namedValues, type RoundSetting } from "./round.ts";
import { rejectUnfitKind } from "./unfit.ts";

export interface DriverSetting<P> extends RoundSetting<P> {
  readonly algorithm: ConfiguredAlgorithm;
  /** 1, or −1 under maximize. */
  readonly sign: 1 | -1;
  readonly maxFunEvals: number;
  /** Milliseconds. */
  readonly maxTimeMs: number;
  /** US dollars. */
  readonly maxCost: number;
  /** Resolves when what was recorded so far is durable. */
  readonly settleRecords: () => Promise<void>;
}

/** How a run ended by itself; `x` is null where a limit ended it before the algorithm: the best recorded point counts then. */
export interface DriverEnd {
  readonly x: Float64Array | null;
  /** Value at x, to be minimised. */
  readonly fun: number;
  readonly success: boolean;
  readonly message: string;
  readonly nIterations: number;
}

/**
 * Runs an algorithm: asks it for a batch, evaluates and records it, answers, until it returns or a limit ends it. The next round starts when
 * what came before is recorded.
 *
 * @throws CriterionError, AbortError, or what the evaluator or the store throws.
 */
export async function drive<P>(
  setting: DriverSetting<P>,
  problem: InternalProblem,
  generator: Generator<Request, Solution, Answer>,
): Promise<DriverEnd> {
  let start: Start | null = null;
  let nAnswered = 0;
  let turn = generator.next();
  while (!turn.done) {
    if (nAnswered === 0) rejectTooFewEvals(setting, turn.value);
    const limit = nAnswered === 0 ? null : limitReached(setting, turn.value);
    if (limit !== null) {
      generator.return({ x: problem.x0, fun: Number.NaN, success: false, message: limit, nIterations: 0 });
      return { x: null, fun: Number.NaN, success: false, message: limit, nIterations: nAnswered };
    }
    const ended = await evaluateRound(setting, turn.value);
    await setting.settleRecords();
    if (nAnswered === 0) noteUnknownCost(setting);
    start ??= startOf(setting, problem, turn.value, ended);
    const answers = answerAll(setting, turn.value, ended, start, nAnswered);
    nAnswered += 1;
    turn = generator.next(answers);
  }
  return turn.value;
}

/** A run that ends before its first round would have nothing to give. */
function rejectTooFewEvals<P>(setting: DriverSetting<P>, request: Request): void {
  const { algorithm, maxFunEvals } = setting;
  const needed = funEvalsOf(setting, request);
  if (needed > maxFunEvals)
    throw new InvalidInputError(
      `maxFunEvals = ${maxFunEvals} is too few: the first round of ${algorithm.info.name} evaluates the criterion at ${formatCount(needed, "point")}. ` +
        `Allow several such rounds.`,
    );
}

function funEvalsOf<P>({ jacEvaluatesFun }: DriverSetting<P>, { points }: Request): number {
  return points.filter(({ want }) => want !== "jac" || jacEvaluatesFun).length;
}

function limitReached<P>(setting: DriverSetting<P>, request: Request): string | null {
  const { points } = request;
  const { tally, maxFunEvals, maxTimeMs } = setting;
  const more = funEvalsOf(setting, request);
  if (tally.nFunEvals + more > maxFunEvals)
    return `stopped by maxFunEvals = ${maxFunEvals}: ${tally.nFunEvals} points were evaluated and the next round needs ${more} more`;
  const dear = costLimitReached(setting, points.length);
  if (dear !== null) return dear;
  if (tally.elapsedMs >= maxTimeMs) return `stopped by maxTime = ${maxTimeMs / 1000} s`;
  return null;
}

/** The next round is taken to cost as much a point as those before. */
function costLimitReached<P>({ tally, maxCost }: DriverSetting<P>, nMore: number): string | null {
  if (tally.usage === null || tally.nPoints === 0) return null;
  const { cost } = tally.usage;
  const more = (nMore * cost) / tally.nPoints;
  // Sums of cents are not exact: what comes to the limit to the last cent does not pass it.
  if (cost + more <= maxCost * (1 + 1e-9)) return null;
  return (
    `stopped by maxCost = ${maxCost}: ${formatDollars(cost)} were spent and the next round of ${formatCount(nMore, "point")} ` +
    `needs about ${formatDollars(more)}`
  );
}

function noteUnknownCost<P>({ tally, maxCost }: DriverSetting<P>): void {
  if (maxCost === Number.POSITIVE_INFINITY || (tally.usage?.cost ?? 0) > 0) return;
  const why =
    tally.usage === null
      ? "the batch evaluator does not tell what an evaluation costs. That of Lambda does; one of your own tells it by onUsage."
      : "by what the batch evaluator tells, an evaluation costs nothing.";
  tally.note(`maxCost = ${maxCost} has no effect: ${why}`);
}

/** The start's value, from the first round, which holds it. An error there always ends the run. */
function startOf<P>(
  setting: DriverSetting<P>,
  problem: InternalProblem,
  { points }: Request,
  ended: readonly Ended<P>[],
): Start {
  const index = points.findIndex(
    ({ x, want }) => want !== "jac" && x.every((value, i) => Object.is(value, problem.x0[i])),
  );
  if (index < 0) throw new Error(`${setting.algorithm.info.name} did not ask for its start in its first round`);
  const answer = answerOf(ended[index]);
  if (answer === null) throw errorAt(ended[index], points[index], index, 0, setting);
  if (!Number.isFinite(answer.fun))
    throw new InvalidInputError(
      `The criterion must be finite at the start, but is ${answer.fun} at ${namedValues(setting, problem.x0)}. Start elsewhere, or mend the criterion.`,
    );
  rejectUnfitKind(setting.algorithm.info, kindAt(ended[index]), problem, setting.sign < 0 ? "maximize" : "minimize");
  setting.tally.startFun = setting.sign * answer.fun;
  const values = answer.constraints?.values ?? [];
  values.forEach((value, k) => {
    if (!value.every(Number.isFinite))
      throw new InvalidInputError(
        `${setting.nonlinear[k].where}: fun must be finite at the start, but is ${show(value)} at ${namedValues(setting, problem.x0)}. Start elsewhere, or mend it.`,
      );
  });
  setting.tally.startViolation = violationOf(setting.nonlinear, values);
  return {
    x: problem.x0,
    fun: answer.fun,
    nResiduals: answer.residuals?.length ?? null,
    nConstraintValues: values.map(({ length }) => length),
  };
}

/** The kind of a criterion by what came from it: its module may have said it there. */
function kindAt<P>(ended: Ended<P>): FunctionKind {
  if (!ended.ok) return "scalar";
  if (ended.value.value instanceof Float64Array) return "least-squares";
  return ended.value.logEntry.rawFun instanceof Float64Array ? "likelihood" : "scalar";
}

function answerAll<P>(
  setting: DriverSetting<P>,
  { points }: Request,
  ended: readonly Ended<P>[],
  start: Start,
  batch: number,
): Answer {
  return points.map((point, i) => {
    const answer = answerOf(ended[i]);
    // Where constraints have no values there is nothing that an algorithm could be led by: as where the criterion failed.
    if (answer === null || !(answer.constraints?.values ?? []).every((values) => values.every(Number.isFinite)))
      return penaltyAnswer(point.x, point.want, start);
    checkCounts(answer, start, point, i, batch, setting);
    return answer;
  });
}
