import { AbortError, FanoptError } from "../errors.ts";
import { checkBatch } from "./arguments.ts";
import { collect } from "./collect.ts";
import type { BatchEvaluator } from "./types.ts";

/** Evaluates one argument after the other in this process. */
export const serialBatchEvaluator: BatchEvaluator = async (fun, args, options) => {
  const { call, args: list, raise, signal, onSettled } = checkBatch("serial batch evaluator", fun, args, options);
  const results = collect<Awaited<ReturnType<typeof fun>>>("serial", list.length, raise, onSettled);
  for (let i = 0; i < list.length; i++) {
    throwIfAborted(signal);
    try {
      const value = await raceAbort(
        settleOrExplain(async () => call(list[i])),
        signal,
      );
      results.fulfilled(i, value);
    } catch (error) {
      throwIfAborted(signal);
      results.rejected(i, error);
      if (raise) throw error;
    }
  }
  return results.finish();
};

/** Throws an AbortError that carries the signal's reason. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new AbortError("The batch was aborted by its signal.", { cause: signal.reason });
}

/** The promise's value, unless the signal comes first. */
export async function raceAbort<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  throwIfAborted(signal);
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => {
    try {
      throwIfAborted(signal);
    } catch (error) {
      reject(error);
    }
  };
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
    promise.catch(() => {});
  }
}

/**
 * Evaluates in this process. When nothing is left in the event loop that could settle the promise, Node would end silently; an error tells
 * instead.
 */
function settleOrExplain<R>(evaluate: () => Promise<R>): Promise<R> {
  return new Promise((resolve, reject) => {
    const stranded = () =>
      reject(
        new FanoptError(
          "never-settles",
          "The criterion returned a promise that can never settle: nothing is left in the event loop (no timer, socket or file) that could " +
            "resolve or reject it. Look for a callback or a resolve() that is never called.",
        ),
      );
    process.once("beforeExit", stranded);
    const done = () => process.off("beforeExit", stranded);
    evaluate().then(
      (value) => {
        done();
        resolve(value);
      },
      (error) => {
        done();
        reject(error);
      },
    );
  });
}
