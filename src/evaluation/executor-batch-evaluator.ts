import { setMaxListeners } from "node:events";
import { InfrastructureError, show } from "../errors.ts";
import type { Executor, ExecutorLike } from "../executors/types.ts";
import { fromWireError } from "../transport/remote-error.ts";
import { toWireError, type WireError } from "../transport/wire-error.ts";
import type { Usage } from "../usage.ts";
import { type CheckedBatch, checkBatch } from "./arguments.ts";
import { type Collected, collect, settle } from "./collect.ts";
import type { BatchEvaluator, Settled } from "./types.ts";
import { throwIfAborted, untilSettled } from "./until-settled.ts";

/**
 * A batch evaluator over any executor: results in the order of the arguments whatever the order of completion. The executor governs the
 * concurrency; `nWorkers` is ignored.
 *
 * @param executor has `submit(fun, arg, { signal })` or `map(fun, args, { signal })`, each returning a promise; `submit` is preferred, and
 *   `submitAll` to both.
 * @throws TypeError when it has none of them.
 */
export function executorBatchEvaluator(executor: ExecutorLike): BatchEvaluator {
  const has = (method: "submit" | "submitAll" | "map") =>
    typeof (executor as Partial<Executor> | null)?.[method] === "function";
  if (!has("submit") && !has("submitAll") && !has("map"))
    throw new TypeError(
      `executorBatchEvaluator: expected an executor with submit(fun, arg) or map(fun, args), received ${show(executor)}.`,
    );
  const run = has("submitAll") ? submitAll : has("submit") ? submitEach : mapAll;
  return async (fun, args, options) => {
    const batch = checkBatch("executor batch evaluator", fun, args, options);
    const { args: list, raise, signal, onSettled } = batch;
    throwIfAborted(signal);
    if (list.length === 0) return [];
    const results = collect<Awaited<ReturnType<typeof fun>>>("executor", list.length, raise, onSettled);
    await untilSettled(() => run(executor as Required<Executor>, batch, results), signal, "executor");
    return results.finish();
  };
}

/** All arguments in one call: as `submitEach`, for an executor that sends several of them in a message. */
async function submitAll<A, R>(
  executor: Required<Executor>,
  { call, args, signal, onUsage }: CheckedBatch<A, R>,
  results: Collected<Awaited<R>>,
): Promise<void> {
  const drop = new AbortController();
  const settled = new Uint8Array(args.length);
  let nEnded = 0;
  const onSettled = (index: number, end: Settled<Awaited<R>>): void => {
    if (settled[index] !== 0) return;
    settled[index] = 1;
    nEnded += 1;
    if (!results.settle(index, end)) drop.abort();
  };
  try {
    await executor.submitAll(call, args, { signal, cancelQueued: drop.signal, onSettled, onUsage });
  } catch (error) {
    results.breakOff(error);
    return;
  }
  if (nEnded < args.length && !drop.signal.aborted)
    results.breakOff(
      new InfrastructureError(
        "executor",
        `The executor's submitAll() must call onSettled for each of ${args.length} arguments before it resolves, but did so for ${nEnded}.`,
      ),
    );
}

/**
 * So many tasks are submitted at the same time: enough for 1,000 invocations of 16 points, and their promises take some 80 MB. Batches may be
 * larger than a driver's memory allows for tasks.
 */
const MAX_SUBMITTED = 16_000;

/** Every argument is submitted, in order; the first failure under "raise" drops what has not started and waits for what has. */
async function submitEach<A, R>(
  executor: Executor,
  { call, args, signal, onUsage }: CheckedBatch<A, R>,
  results: Collected<Awaited<R>>,
): Promise<void> {
  const drop = new AbortController();
  // Each task that waits for its turn may listen to it.
  setMaxListeners(0, drop.signal);
  const common = { signal, cancelQueued: drop.signal, batch: { size: args.length } };
  const submit = async (index: number): Promise<void> => {
    const tell = (usage: Usage) => {
      try {
        onUsage?.(index, usage);
      } catch (error) {
        // Whoever listens cannot go on.
        results.breakOff(error);
        drop.abort();
      }
    };
    const options = onUsage === undefined ? common : { ...common, onUsage: tell };
    const settled = await settle(() => executor.submit(call, args[index], options));
    if (signal?.aborted || (drop.signal.aborted && wasDropped(settled))) return;
    if (!results.settle(index, settled as Settled<Awaited<R>>)) drop.abort();
  };
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < args.length && !drop.signal.aborted && !signal?.aborted) await submit(next++);
  };
  await Promise.all(Array.from({ length: Math.min(args.length, MAX_SUBMITTED) }, lane));
}

function wasDropped(settled: Settled<unknown>): boolean {
  return !settled.ok && settled.error instanceof Error && settled.error.name === "AbortError";
}

/** How a task of `map` ended, so that it can come from a worker. */
type MappedEnd<R> = { readonly ok: true; readonly value: R } | { readonly ok: false; readonly error: WireError };

/** For an executor without submit: errors are caught beside the function, so that one failure does not hide the other results. */
async function mapAll<A, R>(
  executor: Required<Executor>,
  { call, args, signal, raise }: CheckedBatch<A, R>,
  results: Collected<Awaited<R>>,
): Promise<void> {
  // In objects, for the task may be sent to workers: of a variable that changes they would have the first value, and be warned of.
  const state = { stopped: false };
  /** What was thrown in this process, by what the task returned for it. */
  const thrown = new Map<object, unknown>();
  const task = async (arg: A): Promise<MappedEnd<Awaited<R>> | null> => {
    // Seen by executors of this process only; the others merely evaluate more than needed.
    if (state.stopped) return null;
    const settled = await settle(() => call(arg));
    if (settled.ok) return settled;
    state.stopped ||= raise;
    const end = { ok: false, error: toWireError(settled.error) } as const;
    thrown.set(end, settled.error);
    return end;
  };
  const ends: unknown = await executor.map(task, args, { signal });
  if (signal?.aborted) return;
  if (!Array.isArray(ends) || ends.length !== args.length || !ends.every((end) => end === null || "ok" in Object(end)))
    throw new InfrastructureError(
      "executor",
      `The executor's map() must resolve to an array of ${args.length} results of the function it was given, but gave ${show(ends)}.`,
    );
  for (const [index, end] of (ends as (MappedEnd<Awaited<R>> | null)[]).entries()) {
    if (end === null) continue;
    if (end.ok) results.settle(index, end);
    else results.settle(index, { ok: false, error: thrown.has(end) ? thrown.get(end) : fromWireError(end.error) });
  }
}
