/** One run from its record to its result: opened, driven, closed in the store whatever happens. */
import type { InternalProblem } from "../algorithms/types.ts";
import { type StepSettings, withNumericalDerivatives } from "../differentiation/index.ts";
import { InvalidInputError } from "../errors.ts";
import type { RunRecord, RunStatus, RunStore, RunWriter, StepRecord } from "../recording/types.ts";
import { convergenceReport } from "../report/convergence.ts";
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
  const { record, progress, problem, shape, algorithm } = prepared;
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
    const asked = algorithm.start(problem);
    const generator = problem.hasJac ? asked : withNumericalDerivatives(asked, { ...prepared.numdiff, ...problem });
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

function resultOf<P>(prepared: PreparedRun<P>, tally: Tally, writer: RunWriter, end: DriverEnd): OptimizeResult<P> {
  const { shape, conversion, record, sign, algorithm, problem } = prepared;
  const { history, elapsedMs: total } = tally;
  const flatParams = conversion.toExternal(end.x ?? tally.best?.x ?? problem.x0);
  const fun = end.x === null ? (tally.best?.fun ?? Number.NaN) : sign * end.fun;
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
    success: end.success,
    message: end.message,
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
