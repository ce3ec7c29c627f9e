import type { TaskEnd } from "../executors/types.ts";
import type { Usage } from "../usage.ts";

/**
 * The text of an error that was put in the place of a result under `errorHandling: "continue"`: name, message and stack of the
 * error, with its causes. Use `isTraceback` to tell it from a result.
 */
export type Traceback = string & { readonly __traceback: unique symbol };

/** How one evaluation of a batch ended. */
export type Settled<R> = TaskEnd<R>;

export interface BatchEvaluatorOptions<R = unknown> {
  /**
   * Evaluations at the same time. Ignored by executor-backed evaluators: the executor's own concurrency governs; `"serial"`
   * always evaluates one at a time.
   */
  readonly nWorkers?: number | undefined;
  /**
   * `"raise"`: the first error in the order of the arguments is thrown, and what has not started is cancelled.
   * `"continue"`: the failing slot holds a `Traceback`. An abort and a failure of the infrastructure always throw.
   * @default "raise"
   */
  readonly errorHandling?: "raise" | "continue" | undefined;
  /** `"spread"`: each argument is an array whose items are passed as separate arguments. */
  readonly unpack?: "spread" | undefined;
  /** Aborts the batch: nothing more starts, what runs is abandoned, and the promise rejects with an AbortError. */
  readonly signal?: AbortSignal | undefined;
  /** Called once for each evaluation as it ends, in the order of completion. Optional for an evaluator to support. */
  readonly onSettled?: ((index: number, settled: Settled<R>) => void) | undefined;
  /**
   * Called with what an evaluation took of the executor (invocations, retries, cost), in parts that add up: mostly before it ends, for abandoned
   * invocations also later. Optional for an evaluator to support.
   */
  readonly onUsage?: ((index: number, usage: Usage) => void) | undefined;
}

/** Evaluates `fun` at every argument; resolves to the results in the order of the arguments, whatever the order of completion. */
export type BatchEvaluator = <A, R>(
  fun: (arg: A) => R | Promise<R>,
  args: readonly A[],
  options?: BatchEvaluatorOptions<Awaited<R>>,
) => Promise<Array<Awaited<R> | Traceback>>;
