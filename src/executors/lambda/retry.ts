/** Which failed invocations are known not to have run, and when to try them again. */
import { MAX_TIMER_MS } from "../../timer.ts";

/** System calls that come before anything is sent. A lost route (EHOSTUNREACH) may also end a `read`: then the request was sent. */
const BEFORE_SENDING = new Set(["connect", "getaddrinfo"]);

/** What is looked at in an SDK's error. */
interface ServiceFailure {
  readonly name?: string;
  readonly message?: string;
  readonly code?: string;
  readonly syscall?: string;
  readonly retryAfterSeconds?: string | number;
  readonly $metadata?: { readonly httpStatusCode?: number };
  /** What the SDK could not read. */
  readonly $response?: { readonly statusCode?: number };
  readonly cause?: unknown;
}

/**
 * Why an invocation cannot have run. "not-ready": the function is being deployed, or its network is being made. "clock-skew": it was signed by a
 * clock that is wrong; the client sets it right from the answer.
 */
export type NotRun = "throttled" | "not-ready" | "not-connected" | "clock-skew";

/** Errors of the Invoke operation that pass, whatever their status; the function was not started. Source: AWS Lambda API Reference, "Invoke". */
const NOT_READY = new Set([
  "CodeArtifactUserPendingException",
  "EC2ThrottledException",
  "EC2UnexpectedException",
  "ENILimitReachedException",
  "ENINotReadyException",
  "KMSThrottlingException",
  "ResourceConflictException",
  "ResourceNotReadyException",
  "SnapStartNotReadyException",
  "SubnetIPAddressLimitReachedException",
]);

/** Names of errors of the Invoke operation that do not pass by themselves: the function's own set-up is wrong, and it was not started. */
export const NOT_SET_UP: RegExp =
  /^(EC2AccessDenied|EFS|InvalidRuntime|InvalidSecurityGroupID|InvalidSubnetID|InvalidZipFile|KMS|SnapStart)/;

/** Why the invocation is known not to have run, or null where it may have. */
export function knownNotToHaveRun(error: unknown): NotRun | null {
  if (!(error instanceof Error)) return null;
  const { name, message, syscall, $metadata } = error as ServiceFailure;
  if (name === "TooManyRequestsException" || name === "ThrottlingException" || $metadata?.httpStatusCode === 429)
    return "throttled";
  if (NOT_READY.has(name ?? "")) return "not-ready";
  if (isClockSkew(name, message ?? "")) return "clock-skew";
  if (syscall !== undefined) return BEFORE_SENDING.has(syscall) ? "not-connected" : null;
  // The SDK's own limit on the time to connect.
  if (name === "TimeoutError" && /did not establish a connection/.test(message ?? "")) return "not-connected";
  // Node tries IPv6 and IPv4 and reports both failures together.
  if (error instanceof AggregateError)
    return error.errors.every((one) => knownNotToHaveRun(one) === "not-connected") ? "not-connected" : null;
  return knownNotToHaveRun(error.cause);
}

/** Node's and undici's codes for a connection that broke, or was silent for too long. */
const BROKEN =
  /^(ECONNRESET|EPIPE|ECONNABORTED|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENETDOWN|ERR_STREAM_PREMATURE_CLOSE|UND_ERR_.*|HPE_.*)$/;

/** Whether a failed invocation may have run: the service failed, the connection broke, or no answer came in time. */
export function mayHaveRun(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { name, code, $metadata, $response, cause } = error as ServiceFailure;
  const status = $response?.statusCode ?? $metadata?.httpStatusCode;
  if (status !== undefined) return (status >= 500 && !NOT_SET_UP.test(name ?? "")) || status < 400;
  return name === "TimeoutError" || BROKEN.test(code ?? "") || mayHaveRun(cause);
}

/** AWS words it in several ways. */
function isClockSkew(name: string | undefined, message: string): boolean {
  if (name === "RequestTimeTooSkewed" || name === "RequestExpired" || name === "RequestInTheFuture") return true;
  return name === "InvalidSignatureException" && /Signature (expired|not yet current)/i.test(message);
}

const BASE_MS = 100;
const CAP_MS = 20_000;
/** A service that failed may need seconds. */
const LOSS_BASE_MS = 1_000;

/** Milliseconds that the service asked to wait; 0 where it did not. */
export function retryAfterMs(error: unknown): number {
  const asked = Number((error as ServiceFailure).retryAfterSeconds ?? 0) * 1000;
  return Number.isFinite(asked) && asked > 0 ? Math.min(MAX_TIMER_MS, asked) : 0;
}

/**
 * Milliseconds to wait before attempt `attempt` (1 = the first repetition): full jitter (Brooker, "Exponential backoff and jitter", AWS
 * Architecture Blog, 2015), never less than the service asked for.
 */
export function backoff(attempt: number, error: unknown, random: () => number = Math.random): number {
  return Math.min(MAX_TIMER_MS, retryAfterMs(error) + jitter(attempt, BASE_MS, random));
}

/** Milliseconds to wait after the loss of so many answers: the same, in longer steps. The first is made up for at once. */
export function lossPause(losses: number, random: () => number = Math.random): number {
  return jitter(losses, losses === 1 ? BASE_MS : LOSS_BASE_MS, random);
}

function jitter(attempt: number, baseMs: number, random: () => number): number {
  return random() * Math.min(CAP_MS, baseMs * 2 ** Math.min(attempt - 1, 20));
}
