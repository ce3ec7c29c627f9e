/** Which failed invocations are known not to have run, and when to try them again. */
import { setTimeout as sleep } from "node:timers/promises";

/** System calls that come before anything is sent. A lost route (EHOSTUNREACH) may also end a `read`: then the request was sent. */
const BEFORE_SENDING = new Set(["connect", "getaddrinfo"]);

/** What is looked at in an SDK's error. */
interface ServiceFailure {
  readonly name?: string;
  readonly message?: string;
  readonly syscall?: string;
  readonly retryAfterSeconds?: string | number;
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly cause?: unknown;
}

/** Why an invocation cannot have run. */
export type NotRun = "throttled" | "not-connected";

/** Why the invocation is known not to have run, or null where it may have. */
export function knownNotToHaveRun(error: unknown): NotRun | null {
  if (!(error instanceof Error)) return null;
  const { name, message, syscall, $metadata } = error as ServiceFailure;
  if (name === "TooManyRequestsException" || name === "ThrottlingException" || $metadata?.httpStatusCode === 429)
    return "throttled";
  if (syscall !== undefined) return BEFORE_SENDING.has(syscall) ? "not-connected" : null;
  // The SDK's own limit on the time to connect.
  if (name === "TimeoutError" && /did not establish a connection/.test(message ?? "")) return "not-connected";
  // Node tries IPv6 and IPv4 and reports both failures together.
  if (error instanceof AggregateError)
    return error.errors.every((one) => knownNotToHaveRun(one) === "not-connected") ? "not-connected" : null;
  return knownNotToHaveRun(error.cause);
}

const BASE_MS = 100;
const CAP_MS = 20_000;
/** A timer for longer would fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * Milliseconds to wait before attempt `attempt` (1 = the first repetition): full jitter (Brooker, "Exponential backoff and jitter", AWS
 * Architecture Blog, 2015), never less than the service asked for.
 */
export function backoff(attempt: number, error: unknown, random: () => number = Math.random): number {
  const asked = Number((error as ServiceFailure).retryAfterSeconds ?? 0) * 1000;
  const jittered = random() * Math.min(CAP_MS, BASE_MS * 2 ** Math.min(attempt - 1, 20));
  return (Number.isFinite(asked) ? asked : 0) + jittered;
}

/** Waits; rejects as soon as the signal aborts. Keeps the process alive: what is waited for is still to be done. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await sleep(Math.min(milliseconds, MAX_TIMER_MS), undefined, { signal });
}
