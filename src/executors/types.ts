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

/** How one task of many ended. */
export type TaskEnd<R> = { readonly ok: true; readonly value: R } | { readonly ok: false; readonly error: unknown };

export interface SubmitAllOptions<R = unknown> {
  /** Aborts all tasks, running or not: the promise rejects with an error named AbortError. */
  readonly signal?: AbortSignal | undefined;
  /** Drops the tasks that have not started: `onSettled` is not called for them. */
  readonly cancelQueued?: AbortSignal | undefined;
  /** Called once for each task that ends, with its index, in the order of completion. */
  readonly onSettled: (index: number, end: TaskEnd<R>) => void;
  /** Called with what the task took, when an executor knows. */
  readonly onUsage?: ((index: number, usage: Usage) => void) | undefined;
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
  /**
   * As `submit` for each argument, for executors that send several tasks in one message: `executorBatchEvaluator` prefers it. Resolves when
   * every task that started has ended and was told of. Arguments must not be changed before that.
   *
   * @throws what concerns all tasks: an abort, a function that cannot be sent, workers that cannot be had.
   */
  submitAll?<A, R>(
    fun: (arg: A) => R | Promise<R>,
    args: readonly A[],
    options: SubmitAllOptions<Awaited<R>>,
  ): Promise<void>;
}

/** What `executorBatchEvaluator` accepts: at least one of the methods, disposal optional. */
export type ExecutorLike =
  | Pick<Executor, "submit">
  | Pick<Required<Executor>, "submitAll">
  | Pick<Required<Executor>, "map">;
