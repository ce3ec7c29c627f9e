import type { Usage } from "../usage.ts";

/** The invocations of one batch, told apart from those of others by identity. */
export interface BatchOfTasks {
  /** Tasks that are submitted with it. */
  readonly size: number;
}

export interface SubmitOptions {
  /** Aborts the task, running or not: the promise rejects with an error named AbortError. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Drops the task if it has not started (the promise rejects with an error named AbortError) and leaves it alone if it has. An executor that
   * does not look at it merely evaluates more than needed after a failure.
   */
  readonly cancelQueued?: AbortSignal | undefined;
  /** The batch that the task belongs to. An executor may compare its tasks with each other. */
  readonly batch?: BatchOfTasks | undefined;
  /** Called with what the task took, when an executor knows: mostly before the task ends, for abandoned invocations also later. */
  readonly onUsage?: ((usage: Usage) => void) | undefined;
}

/**
 * Runs functions elsewhere, like Python's `concurrent.futures.Executor`. Each backend of fanopt is one; yours may be another: it needs
 * `submit` or `map`.
 */
export interface Executor extends AsyncDisposable {
  /** Runs `fun(arg)` on a worker; rejects with what the function threw. Tasks may complete in any order. */
  submit<A, R>(fun: (arg: A) => R | Promise<R>, arg: A, options?: SubmitOptions): Promise<R>;
  /** Runs `fun` at every argument; results in the order of the arguments. */
  map?<A, R>(fun: (arg: A) => R | Promise<R>, args: readonly A[], options?: SubmitOptions): Promise<R[]>;
}

/** What `executorBatchEvaluator` accepts: at least one of the two methods, disposal optional. */
export type ExecutorLike = Pick<Executor, "submit"> | Pick<Required<Executor>, "map">;
