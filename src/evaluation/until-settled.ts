/** Waiting for what may never come: a promise that nothing can settle, or one that an abort overtakes. */
import { AbortError, FanoptError } from "../errors.ts";

/** Throws an AbortError that carries the signal's reason. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw aborted(signal);
}

function aborted(signal: AbortSignal): AbortError {
  return new AbortError("The batch was aborted by its signal.", { cause: signal.reason });
}

/** After who returned it. */
const EMPTY =
  "returned a promise that can never settle: nothing is left in the event loop (no timer, socket or file) that could resolve or reject it.";
const NEVER = {
  criterion: `The criterion ${EMPTY} Look for a callback or a resolve() that is never called.`,
  executor:
    `The executor or the criterion ${EMPTY} In the criterion look for a callback or a resolve() that is never called. In the executor look at unref(): ` +
    "its workers and their channels must keep the process alive, by ref(), while a task is under way.",
} as const;

/**
 * What `evaluate` resolves to, unless the signal fires before. When nothing is left in the event loop that could settle its promise, Node
 * would end without a word; a FanoptError with code "never-settles" tells instead.
 *
 * @param origin what the promise comes from. "executor": from the criterion, or from the executor that runs it.
 */
export async function untilSettled<T>(
  evaluate: () => Promise<T>,
  signal: AbortSignal | undefined,
  origin: "criterion" | "executor",
): Promise<T> {
  throwIfAborted(signal);
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const onAbort = () => signal !== undefined && reject(aborted(signal));
  const onEmpty = () => reject(new FanoptError("never-settles", NEVER[origin]));
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
