import { AbortError, FanoptError, InfrastructureError, InvalidInputError } from "../errors.ts";
import { formatCount, formatNumber } from "../report/format.ts";
import type { OptimizeResult } from "./result.ts";

/**
 * The criterion failed at a point and the run ended. `cause` is the criterion's own error, with its name, message and stack, also when it
 * was thrown on a worker.
 */
export class CriterionError extends FanoptError {
  /** External parameters of the point, in the user's shape. */
  readonly params: unknown;
  /** Best point and history up to the failure, which is in it. */
  partialResult: OptimizeResult<unknown> | null = null;

  constructor(message: string, params: unknown, options: ErrorOptions) {
    super("criterion-error", message, options);
    this.params = params;
  }
}

/** The run was aborted by its signal; `cause` is the signal's reason. */
export class RunAbortedError extends AbortError {
  /** Best point and history up to the abort; null when none was evaluated. */
  partialResult: OptimizeResult<unknown> | null = null;
}

/** Workers, network or store failed and the run ended; `cause` is what failed. */
export class RunFailedError extends InfrastructureError {
  /** Best point and history up to the failure; null when none was evaluated. */
  partialResult: OptimizeResult<unknown> | null = null;
}

/** The errors with which a run ends. */
export type RunError = CriterionError | RunAbortedError | RunFailedError;

/** Any error as one that a run ends with: wrong input is told as it is, all else can carry the partial result. */
export function toRunError(error: unknown): RunError | InvalidInputError {
  if (error instanceof CriterionError || error instanceof InvalidInputError) return error;
  if (error instanceof AbortError)
    return new RunAbortedError("The run was aborted by its signal.", { cause: error.cause });
  const code = error instanceof FanoptError ? error.code : "batch-evaluator";
  return new RunFailedError(code, error instanceof Error ? error.message : String(error), { cause: error });
}

/** Puts the partial result on the error and says in its message what there is. */
export function attachPartialResult<E extends RunError>(error: E, result: OptimizeResult<unknown> | null): E {
  error.partialResult = result;
  if (result === null || result.history.length === 0) return error;
  const where = result.location === null ? "" : `, and the run is kept: ${result.location}`;
  const violation =
    result.violation === 0 ? "" : `, where nonlinear constraints are violated by ${formatNumber(result.violation)}`;
  const best = Number.isNaN(result.fun) ? "" : `, the best with value ${formatNumber(result.fun)}${violation}`;
  error.message += `\n${formatCount(result.history.length, "point")} had been evaluated${best}: see the error's partialResult${where}.`;
  return error;
}
