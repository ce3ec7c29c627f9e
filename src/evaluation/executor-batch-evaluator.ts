import { InfrastructureError, show } from "../errors.ts";
import type { Executor, ExecutorLike, SubmitOptions } from "../executors/types.ts";
import { carryPortable } from "../transport/portable.ts";
import { checkBatch } from "./arguments.ts";
import { type Collected, collect } from "./collect.ts";
import { raceAbort, throwIfAborted } from "./serial.ts";
import type { BatchEvaluator, Settled } from "./types.ts";

/**
 * A batch evaluator over any executor: results in the order of the arguments whatever the order of completion. The executor governs the
 * concurrency; `nWorkers` is ignored.
 *
 * @param executor has `submit(fun, arg, { signal })` or `map(fun, args, { signal })`, each returning a promise; `submit` is preferred.
 * @throws TypeError when it has neither.
 */
export function executorBatchEvaluator(executor: ExecutorLike): BatchEvaluator {
  const has = (method: "submit" | "map") => typeof (executor as Partial<Executor> | null)?.[method] === "function";
  if (!has("submit") && !has("map"))
    throw new TypeError(
      `executorBatchEvaluator: expected an executor with submit(fun, arg) or map(fun, args), received ${show(executor)}.`,
    );
  return async (fun, args, options) => {
    const { call, args: list, raise, signal, onSettled } = checkBatch("executor batch evaluator", fun, args, options);
    throwIfAborted(signal);
    if (list.length === 0) return [];
    const results = collect<Awaited<ReturnType<typeof fun>>>("executor", list.length, raise, onSettled);
    const task = options?.unpack === "spread" ? carryPortable(fun, call, { unpack: "spread" }) : fun;
    const run = has("submit") ? submitEach : mapAll;
    await raceAbort(run(executor as Required<Executor>, task, list, raise, results, signal), signal);
    return results.finish();
  };
}

/** Every argument is submitted; the first failure under "raise" drops what has not started and waits for what has. */
async function submitEach<A, R>(
  executor: Executor,
  fun: (arg: A) => R | Promise<R>,
  args: readonly A[],
  raise: boolean,
  results: Collected<Awaited<R>>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const drop = new AbortController();
  const options: SubmitOptions = { signal, cancelQueued: drop.signal };
  let firstFailed = Number.POSITIVE_INFINITY;
  let firstError: unknown;
  let broken: InfrastructureError | undefined;
  await Promise.all(
    args.map(async (arg, index) => {
      try {
        const value = await executor.submit(fun, arg, options);
        if (!signal?.aborted) results.fulfilled(index, value as Awaited<R>);
      } catch (error) {
        if (signal?.aborted) return;
        if (error instanceof InfrastructureError) broken ??= error;
        else if (drop.signal.aborted && isDropped(error)) return;
        else results.rejected(index, error);
        if (raise && index < firstFailed && !(error instanceof InfrastructureError)) {
          firstFailed = index;
          firstError = error;
        }
        if (raise || broken !== undefined) drop.abort();
      }
    }),
  );
  throwIfAborted(signal);
  if (firstFailed < Number.POSITIVE_INFINITY) throw firstError;
  if (broken !== undefined) throw broken;
}

function isDropped(error: unknown): boolean {
  return error instanceof Error && error.name === "AbortError";
}

/** For an executor without submit: errors are caught beside the function, so that one failure does not hide the other results. */
async function mapAll<A, R>(
  executor: Required<Executor>,
  fun: (arg: A) => R | Promise<R>,
  args: readonly A[],
  raise: boolean,
  results: Collected<Awaited<R>>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const settled = await executor.map(capture(fun), args, { signal });
  throwIfAborted(signal);
  let failure: { readonly error: unknown } | undefined;
  settled.forEach((one, index) => {
    if (one.ok) results.fulfilled(index, one.value);
    else {
      results.rejected(index, one.error);
      failure ??= { error: one.error };
    }
  });
  if (raise && failure !== undefined) throw failure.error;
}

/** `fun` with its error as a value. */
function capture<A, R>(fun: (arg: A) => R | Promise<R>): (arg: A) => Promise<Settled<Awaited<R>>> {
  return async (arg: A): Promise<Settled<Awaited<R>>> => {
    try {
      return { ok: true, value: await fun(arg) };
    } catch (error) {
      return { ok: false, error };
    }
  };
}
