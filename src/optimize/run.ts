/** One run from its record to its result: opened, driven, closed in the store whatever happens. */
import { augmentedLagrangian } from "../algorithms/augmented-lagrangian/augmented-lagrangian.ts";
import type { Answer, InternalProblem, Request, Solution } from "../algorithms/types.ts";
import { type StepSettings, withNumericalDerivatives } from "../differentiation/index.ts";
import { InvalidInputError } from "../errors.ts";
import { limitsOf } from "../problem/constraints/nonlinear-values.ts";
import type { History } from "../recording/history.ts";
import type { RunRecord, RunStatus, RunStore, RunWriter, StepRecord } from "../recording/types.ts";
import { convergenceReport } from "../report/convergence.ts";
import { formatNumber } from "../report/format.ts";
import type { ProgressReporter } from "../report/types.ts";
import { type DriverEnd, type DriverSetting, drive } from "./driver.ts";
import { attachPartialResult, toRunError } from "./errors.ts";
import { OptimizeResult, timingsOfUsage } from "./result.ts";
import { Tally } from "./tally.ts";

/** A run with everything checked and resolved. */
export interface PreparedRun<P> extends Omit<DriverSetting<P>, "tally" | "settleRecords"> {
  readonly problem: InternalProblem;
  /** How derivatives are approximated. */
  readonly numdiff: StepSettings;
  readonly record: RunRecord;
  readonly store: RunStore;
  /** Whether the store outlives the process, so that the result names it. */
  readonly isKept: boolean;
  readonly progress: ProgressReporter;
}

/** Runs it. Throws what `minimize` throws; the run's status in the store tells the same. */
export async function executeRun<P>(prepared: PreparedRun<P>): Promise<OptimizeResult<P>> {
  const { record, progress, problem, shape } = prepared;
  const writer = await prepared.store.createRun(record).catch((error: unknown) => {
    throw toRunError(error);
  });
  const { direction, runName } = record;
  const tally = new Tally({
    paramNames: shape.names,
    direction,
    runName,
    algorithm: record.algorithm,
    step: 0,
    writer,
    progress,
  });
  const step: StepRecord = {
    step: 0,
    kind: "optimization",
    name: "optimization",
    status: "running",
    startedAt: Date.now(),
    endedAt: null,
  };
  const close = async (status: Exclude<RunStatus, "running">, result: OptimizeResult<P> | null) => {
    await writer.putStep({ ...step, status: status === "complete" ? "complete" : "failed", endedAt: Date.now() });
    await writer.finish(status, result === null ? null : result.summary());
  };
  try {
    await writer.putStep(step);
    const generator = questions(prepared);
    const setting = { ...prepared, tally, settleRecords: () => writer.flush() };
    const end = await drive(setting, problem, generator).finally(() => tally.end());
    const result = resultOf(prepared, tally, writer, end);
    await close("complete", result);
    progress.finish(tally.state(), result);
    return result;
  } catch (error) {
    const runError = toRunError(error);
    const message = runError.message.split("\n", 1)[0];
    const partial =
      tally.history.length === 0
        ? null
        : resultOf(prepared, tally, writer, { x: null, fun: Number.NaN, success: false, message, nIterations: 0 });
    // The store may be what failed: the first error is the one to tell.
    await close(runError.code === "aborted" ? "aborted" : "failed", partial).catch(() => {});
    progress.finish(tally.state(), { success: false, message });
    throw runError instanceof InvalidInputError ? runError : attachPartialResult(runError, partial);
  }
}

/** What is asked of the driver: by the algorithm, by the differences for it, and by the augmented Lagrangian around it where there are nonlinear constraints. */
function questions<P>({
  algorithm,
  problem,
  numdiff,
  nonlinear,
}: PreparedRun<P>): Generator<Request, Solution, Answer> {
  const withDerivatives = (asked: Generator<Request, Solution, Answer>) =>
    problem.hasJac ? asked : withNumericalDerivatives(asked, { ...numdiff, ...problem });
  if (nonlinear.length === 0) return withDerivatives(algorithm.start(problem));
  return augmentedLagrangian({
    algorithm,
    problem,
    limitsOf: (lengths) => limitsOf(nonlinear, lengths),
    withDerivatives,
  });
}

function resultOf<P>(prepared: PreparedRun<P>, tally: Tally, writer: RunWriter, end: DriverEnd): OptimizeResult<P> {
  const { shape, conversion, record, sign, algorithm, problem } = prepared;
  const { history, elapsedMs: total } = tally;
  const flatParams = conversion.toExternal(end.x ?? tally.best?.x ?? problem.x0);
  const fun = end.x === null ? (tally.best?.fun ?? Number.NaN) : sign * end.fun;
  const violation = end.x === null ? (tally.best?.violation ?? 0) : violationAt(end.x, history);
  return new OptimizeResult<P>({
    direction: record.direction,
    params: shape.unflatten(flatParams),
    flatParams,
    startParams: shape.unflatten(record.startParams),
    flatStartParams: record.startParams,
    paramNames: shape.names,
    nFree: problem.x0.filter((_, i) => problem.lower[i] < problem.upper[i]).length,
    fun,
    startFun: tally.startFun ?? Number.NaN,
    violation,
    startViolation: tally.startViolation,
    success: end.success && violation === 0,
    message:
      end.x === null && violation !== 0 ? `${end.message.replace(/\.$/, "")}; ${notFeasible(violation)}` : end.message,
    algorithm: algorithm.info.name,
    nFunEvals: tally.nFunEvals,
    nJacEvals: tally.nJacEvals,
    nBatches: tally.nBatches,
    nIterations: end.nIterations,
    nFailed: tally.nFailed,
    history,
    convergenceReport: convergenceReport(history, record.direction),
    timings: {
      total,
      evaluation: tally.evaluationMs,
      driver: total - tally.evaluationMs,
      workers: tally.workerMs,
      ...timingsOfUsage(tally.usage),
    },
    usage: tally.usage,
    runId: record.runId,
    location: prepared.isKept ? writer.location : null,
  });
}

function notFeasible(violation: number): string {
  return `no feasible point was found, the nonlinear constraints are violated by ${formatNumber(violation)} at least`;
}

/** By how much the nonlinear constraints are violated at a point of the history. */
function violationAt(x: Float64Array, { x: all, violation }: History): number {
  for (let i = violation.length - 1; i >= 0; i--)
    if (!Number.isNaN(violation[i]) && x.every((value, j) => Object.is(value, all[i * x.length + j])))
      return violation[i];
  return 0;
}
