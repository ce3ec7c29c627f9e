/** One round: a batch to the evaluator and back, every outcome recorded once. */
import type { Point, PointAnswer, Request } from "../algorithms/types.ts";
import { FanoptError, InvalidInputError, show } from "../errors.ts";
import { isTraceback, tracebackOf, tracebackTitle } from "../evaluation/traceback.ts";
import type { BatchEvaluator, Settled, Traceback } from "../evaluation/types.ts";
import { throwIfAborted } from "../evaluation/until-settled.ts";
import { type NonlinearSpec, violationOf } from "../problem/constraints/nonlinear-values.ts";
import type { Conversion } from "../problem/conversion.ts";
import { type InternalFun, type InternalPoint, type Outcome, TASKS } from "../problem/outcome.ts";
import { type ParamsShape, valuesByName } from "../problem/tree.ts";
import { fromWireError } from "../transport/remote-error.ts";
import type { Usage } from "../usage.ts";
import { CriterionError } from "./errors.ts";
import type { Start } from "./penalty.ts";
import type { EndedRow, Tally } from "./tally.ts";

/** What the driver knows of the parameters: algorithms see internal x, people external parameters. */
export interface ParamsSetting<P> {
  readonly shape: ParamsShape<P>;
  readonly conversion: Conversion;
}

/** What does not change from round to round. */
export interface RoundSetting<P> extends ParamsSetting<P> {
  readonly internalFun: InternalFun<P>;
  readonly batchEvaluator: BatchEvaluator;
  readonly errorHandling: "raise" | "continue";
  /** Whether a derivative alone takes an evaluation of the criterion too. */
  readonly jacEvaluatesFun: boolean;
  /** What is asked of the values of nonlinear constraints. */
  readonly nonlinear: readonly NonlinearSpec[];
  readonly signal: AbortSignal | undefined;
  readonly tally: Tally;
}

/** A point's end: an outcome, or an error that no worker could turn into one. */
export type Ended<P> = Settled<Outcome<P>>;

/**
 * Evaluates a request. Each point is recorded when it ends, at its place in batch order, also when another point or the evaluator fails.
 *
 * @returns what ended at each point, in order.
 * @throws CriterionError for the first failing point under "raise"; AbortError; whatever else the evaluator throws.
 */
export async function evaluateRound<P>(setting: RoundSetting<P>, request: Request): Promise<Ended<P>[]> {
  const { internalFun, batchEvaluator, errorHandling, signal, tally } = setting;
  const { points } = request;
  throwIfAborted(signal);
  const startedAt = now();
  const round = tally.beginRound(points.length);
  const ended = new Array<Ended<P> | undefined>(points.length);
  let isOver = false;

  const settle = (index: number, settled: Ended<P>): void => {
    // An evaluator that gave up may still tell of a point: by then the run is closed.
    if (isOver || ended[index] !== undefined) return;
    ended[index] = settled;
    round.ended(index, rowOf(points[index], settled, setting, startedAt));
  };
  const onUsage = (index: number, usage: Usage): void => round.used(index, usage);

  try {
    const tasks = points.map(({ x, want }): InternalPoint => ({ x, want }));
    const results = await batchEvaluator(internalFun, tasks, { errorHandling, signal, onSettled: settle, onUsage });
    if (!Array.isArray(results) || results.length !== points.length)
      throw new FanoptError(
        "batch-evaluator",
        `The batch evaluator must resolve to an array of ${points.length} results, one for each argument, but gave ${show(results)}.`,
      );
    results.forEach((result, index) => {
      settle(index, toEnded(result));
    });
    return ended as Ended<P>[];
  } catch (error) {
    // The criterion may throw AbortErrors of its own: only the run's signal aborts the run.
    throwIfAborted(signal);
    const index = ended.findIndex((one) => one !== undefined && !one.ok && one.error === error);
    throw index < 0 ? error : criterionError(error, points[index], index, round.batch, setting);
  } finally {
    isOver = true;
    round.finish();
  }
}

/** What the algorithm sees of a point that succeeded; null for one that failed. */
export function answerOf<P>(ended: Ended<P>): PointAnswer | null {
  if (!ended.ok || ended.value.logEntry.exception !== null) return null;
  const { value, jac, historyEntry, constraints } = ended.value;
  const isVector = value instanceof Float64Array;
  return {
    fun: value === null ? Number.NaN : isVector ? (historyEntry.fun ?? Number.NaN) : value,
    residuals: isVector ? value : null,
    jac,
    ...(constraints === undefined ? {} : { constraints }),
    failed: false,
  };
}

/** The error of a point that failed, as the run's error. */
export function errorAt<P>(
  ended: Ended<P>,
  point: Point,
  index: number,
  batch: number,
  setting: ParamsSetting<P>,
): CriterionError {
  const exception = ended.ok ? ended.value.logEntry.exception : null;
  const error = ended.ok && exception !== null ? fromWireError(exception) : (ended as { error: unknown }).error;
  return criterionError(error, point, index, batch, setting);
}

function toEnded<P>(result: Outcome<P> | Traceback): Ended<P> {
  if (isTraceback(result)) return { ok: false, error: new TracebackError(result) };
  if (typeof (result as Outcome<P> | undefined)?.historyEntry?.task !== "string")
    throw new FanoptError(
      "batch-evaluator",
      `The batch evaluator gave ${show(result)} for a point, where what the function returned was expected.`,
    );
  return { ok: true, value: result };
}

/** An error of which the evaluator kept the text only. */
class TracebackError extends Error {
  constructor(traceback: Traceback) {
    super(tracebackTitle(traceback));
    this.name = "RemoteError";
    this.stack = traceback;
  }
}

function rowOf<P>(point: Point, ended: Ended<P>, setting: RoundSetting<P>, startedAt: number): EndedRow {
  const { shape, conversion, nonlinear, jacEvaluatesFun } = setting;
  const { x, want } = point;
  const task = TASKS[want === "jac" && jacEvaluatesFun ? "funAndJac" : want];
  const common = { task, x, startedAt, stoppedAt: now() };
  if (!ended.ok) {
    const error = tracebackOf(ended.error);
    return {
      ...common,
      params: conversion.toExternal(x),
      fun: Number.NaN,
      violation: Number.NaN,
      rawFun: null,
      workerDuration: Number.NaN,
      worker: "unknown",
      error,
      info: null,
    };
  }
  const { historyEntry, logEntry, constraints } = ended.value;
  const { rawFun, exception } = logEntry;
  return {
    ...common,
    params: shape.flatten(historyEntry.params, "params of an outcome"),
    fun: historyEntry.fun ?? Number.NaN,
    violation: historyEntry.fun === null ? Number.NaN : violationOf(nonlinear, constraints?.values ?? []),
    rawFun: rawFun instanceof Float64Array ? rawFun : null,
    workerDuration: historyEntry.workerDuration,
    worker: historyEntry.worker,
    error: exception === null ? null : tracebackOf(fromWireError(exception)),
    info: historyEntry.info ?? null,
  };
}

function criterionError<P>(
  error: unknown,
  point: Point,
  index: number,
  batch: number,
  setting: ParamsSetting<P>,
): CriterionError {
  const title =
    error instanceof Error ? `${error.name}: ${error.message}` : `it threw ${show(error)}, which is not an Error`;
  const message = `The criterion failed at point ${index} of round ${batch} (${namedValues(setting, point.x)}): ${title}`;
  const { shape, conversion } = setting;
  return new CriterionError(message, shape.unflatten(conversion.toExternal(point.x)), { cause: error });
}

/** A point by the names and values of its parameters, for messages. */
export function namedValues<P>({ shape, conversion }: ParamsSetting<P>, x: Float64Array): string {
  return valuesByName(shape.names, conversion.toExternal(x));
}

/** Milliseconds since the Unix epoch by the driver's clock, which does not jump. */
function now(): number {
  return performance.timeOrigin + performance.now();
}

/** Residuals, with a row of the Jacobian for each, and values of nonlinear constraints must keep their number, also under "continue". Throws a CriterionError naming both. */
export function checkCounts<P>(
  answer: PointAnswer,
  { nResiduals, nConstraintValues }: Pick<Start, "nResiduals" | "nConstraintValues">,
  point: Point,
  index: number,
  batch: number,
  setting: RoundSetting<P>,
): void {
  const changed = (who: string, length: number, expected: number) => {
    const error = new InvalidInputError(
      `${who}, but ${expected} at the start: their number must not depend on the parameters.`,
    );
    return length === expected ? null : criterionError(error, point, index, batch, setting);
  };
  const { residuals, jac, constraints } = answer;
  const nRows = jac === null ? null : jac.length / point.x.length;
  const errors = [
    residuals === null || nResiduals === null
      ? null
      : changed(`The criterion returned ${residuals.length} residuals`, residuals.length, nResiduals),
    nRows === null || nResiduals === null
      ? null
      : changed(`The criterion returned a Jacobian of ${nRows} rows`, nRows, nResiduals),
    ...(constraints?.values ?? []).map(({ length }, k) =>
      changed(`${setting.nonlinear[k].where}: fun returned ${length} values`, length, nConstraintValues[k]),
    ),
  ];
  for (const error of errors) if (error !== null) throw error;
}
