/** Which failed invocations are known not to have run, and when to try them again. */
import { setTimeout as sleep } from "node:timers/promises";

/** No connection was made: the request cannot have been sent. */
const NOT_CONNECTED = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EADDRNOTAVAIL",
  "EMFILE",
]);

/** What is looked at in an SDK's error. */
interface ServiceFailure {
  readonly name?: string;
  readonly code?: string;
  readonly message?: string;
  readonly retryAfterSeconds?: string | number;
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly cause?: unknown;
}

/** "throttled", "not-connected", or null where the invocation may have run. */
export function knownNotToHaveRun(error: unknown): "throttled" | "not-connected" | null {
  const { name, code, message, $metadata, cause } = error as ServiceFailure;
  if (name === "TooManyRequestsException" || name === "ThrottlingException" || $metadata?.httpStatusCode === 429)
    return "throttled";
  if (code !== undefined && NOT_CONNECTED.has(code)) return "not-connected";
  if (
    name === "TimeoutError" &&
    /socket did not establish a connection|connection timed? ?out|within .* connection/i.test(message ?? "")
  )
    return "not-connected";
  // Node tries IPv6 and IPv4 and reports both failures together.
  if (error instanceof AggregateError && error.errors.every((one) => knownNotToHaveRun(one) === "not-connected"))
    return "not-connected";
  return cause instanceof Error ? knownNotToHaveRun(cause) : null;
}

const BASE_MS = 100;
const CAP_MS = 20_000;

/**
 * Milliseconds to wait before attempt `attempt` (1 = the first repetition): full jitter (Brooker, "Exponential backoff and jitter", AWS
 * Architecture Blog, 2015), never less than the service asked for.
 */
export function backoff(attempt: number, error: unknown, random: () => number = Math.random): number {
  const asked = Number((error as ServiceFailure).retryAfterSeconds ?? 0) * 1000;
  const jittered = random() * Math.min(CAP_MS, BASE_MS * 2 ** Math.min(attempt - 1, 20));
  return (Number.isFinite(asked) ? asked : 0) + jittered;
}

/** Waits; rejects as soon as the signal aborts. Does not keep the process alive beyond its other work. */
export async function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  await sleep(milliseconds, undefined, signal === undefined ? {} : { signal });
}
