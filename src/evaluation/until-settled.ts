/** Waiting for what may never come: a promise that nothing can settle, or one that an abort overtakes. */
import { AbortError, FanoptError } from "../errors.ts";

/** Throws an AbortError that carries the signal's reason. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw aborted(signal);
}

function aborted(signal: AbortSignal): AbortError {
  return new AbortError("The batch was aborted by its signal.", { cause: signal.reason });
}

/**
 * What `evaluate` resolves to, unless the signal fires before. When nothing is left in the event loop that could settle its promise, Node
 * would end without a word; a FanoptError with code "never-settles" tells instead.
 */
export async function untilSettled<T>(evaluate: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  throwIfAborted(signal);
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const onAbort = () => signal !== undefined && reject(aborted(signal));
  const onEmpty = () => reject(neverSettles());
  signal?.addEventListener("abort", onAbort, { once: true });
  watch(onEmpty);
  try {
    // Both ends are taken here: what an abort overtakes must not become an unhandled rejection later.
    evaluate().then(resolve, reject);
    return await promise;
  } finally {
    signal?.removeEventListener("abort", onAbort);
    unwatch(onEmpty);
  }
}

/** All that wait share one listener: a process may have many evaluations under way. */
const waiting = new Set<() => void>();

function watch(onEmpty: () => void): void {
  if (waiting.size === 0) process.on("beforeExit", tellAll);
  waiting.add(onEmpty);
}

function unwatch(onEmpty: () => void): void {
  waiting.delete(onEmpty);
  if (waiting.size === 0) process.off("beforeExit", tellAll);
}

function tellAll(): void {
  for (const onEmpty of waiting) onEmpty();
}

function neverSettles(): FanoptError {
  return new FanoptError(
    "never-settles",
    "The criterion returned a promise that can never settle: nothing is left in the event loop (no timer, socket or file) that could " +
      "resolve or reject it. Look for a callback or a resolve() that is never called.",
  );
}
