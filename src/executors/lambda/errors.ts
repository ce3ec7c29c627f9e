import { isAccessDenied, isCredentialFailure } from "../../aws-errors.ts";
import { FanoptError, InfrastructureError, show } from "../../errors.ts";
import { VERSION } from "../../version.ts";
import { PROTOCOL_VERSION, type WorkerResponse } from "../../worker/protocol.ts";
import { NOT_SET_UP, type NotRun, retryAfterMs } from "./retry.ts";

/** What messages tell of where an invocation went. */
export interface TargetName {
  readonly functionName: string;
  /** How the function was found. */
  readonly from: string;
}

/**
 * The function ended without an answer at a point: it timed out, ran out of memory or was killed by the criterion. It concerns that point:
 * under `errorHandling: "continue"` the run goes on.
 */
export class FunctionError extends FanoptError {
  /** AWS's type, e.g. "Sandbox.Timedout", "Runtime.ExitError". */
  readonly errorType: string;
  /** The last 4 kB of the function's log; empty when there was none. */
  readonly logTail: string;
  /** Milliseconds between the invocation and its end, by the driver's clock. */
  readonly milliseconds: number;

  constructor(errorType: string, message: string, logTail: string, milliseconds: number) {
    super("function-error", message);
    this.errorType = errorType;
    this.logTail = logTail;
    this.milliseconds = milliseconds;
  }
}

/** What the function answered when it failed, as AWS words it. */
export interface FailurePayload {
  readonly errorType?: string;
  readonly errorMessage?: string;
  readonly trace?: readonly string[];
}

/** The error for an answer with FunctionError set. `what` names the point. */
export function functionError(
  payload: FailurePayload,
  logTail: string,
  milliseconds: number,
  functionName: string,
  what: string,
): FunctionError {
  const type = payload.errorType ?? "Unhandled";
  const message = payload.errorMessage ?? "no message";
  const seconds = (milliseconds / 1000).toFixed(1);
  const lines = [
    `The function ${functionName} failed at ${what} after ${seconds} s: ${type}: ${message}`,
    `  ${remedy(type, message, logTail)}`,
  ];
  if (payload.trace?.length) lines.push(...payload.trace.slice(0, 10).map((line) => `  ${line.trim()}`));
  if (logTail !== "")
    lines.push(
      "  Its log ended with:",
      ...logTail
        .trimEnd()
        .split("\n")
        .slice(-12)
        .map((line) => `  | ${line}`),
    );
  return new FunctionError(type, lines.join("\n"), logTail, milliseconds);
}

function remedy(type: string, message: string, logTail: string): string {
  if (/timed?out/i.test(type) || /timed out/i.test(message))
    return "It ran into the function's timeout: look for an endless loop at this point, or raise the timeout (at most 15 minutes).";
  if (
    /heap out of memory|heap limit/i.test(logTail) ||
    /signal: (killed|aborted)/.test(message) ||
    type === "Runtime.OutOfMemory"
  )
    return "It was most likely out of memory: compare Max Memory Used in the log with the function's memory, and give it more.";
  if (/ExitError|NodeJsExit/.test(type))
    return "The process ended by itself: the criterion, or a library it uses, called process.exit or crashed.";
  if (type === "Function.ResponseSizeTooLarge")
    return "What the criterion returned is larger than the 6 MB that Lambda carries back: return less info, or fewer residuals.";
  return "The failure is the function's, not the criterion's: look at its log.";
}

/** Errors of the service, by name, with what a person can do. */
export function serviceError(error: unknown, { functionName, from }: TargetName, region: string): InfrastructureError {
  const { name, message } = error as Error;
  const target = `${functionName} (from ${from}) in ${region}`;
  const fail = (code: string, text: string) => new InfrastructureError(code, text, { cause: error });
  if (NOT_SET_UP.test(name))
    return fail(
      "invocation-refused",
      `AWS cannot start ${target}: ${name}: ${message} Nothing was evaluated. Mend the function's settings, or deploy it again.`,
    );
  if (name === "ResourceNotFoundException")
    return fail(
      "function-not-found",
      `There is no Lambda function ${target}. Deploy it (npx sst deploy), or check name, region and account. AWS said: ${message}`,
    );
  if (isCredentialFailure(name) || isAccessDenied(name))
    return fail(
      "not-authorized",
      `AWS refused the credentials for invoking ${target}: ${name}: ${message} The driver needs lambda:InvokeFunction; check the profile (AWS_PROFILE), sign in again (aws sso login), or give credentials.`,
    );
  if (/region is missing/i.test(message))
    return fail(
      "region-missing",
      `No AWS region is set for invoking ${functionName}: set AWS_REGION or createLambdaExecutor({ region }).`,
    );
  if (name === "RequestTooLargeException")
    return fail(
      "request-too-large",
      `An invocation of ${target} is larger than the 6 MB that Lambda carries: the artifact or the arguments are too large. AWS said: ${message}`,
    );
  const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode ?? 0;
  if (status >= 400 && status < 500)
    return fail(
      "invocation-refused",
      `AWS refused to invoke ${target}: ${name}: ${message} Nothing was evaluated. Check the function's state and the qualifier.`,
    );
  return fail("invocation-failed", `An invocation of ${target} failed: ${name}: ${message}`);
}

/** The error for a point whose answers were lost every time. `what` names it. */
export function answersLost(
  error: unknown,
  { functionName, from }: TargetName,
  region: string,
  { attempts, seconds }: Attempts,
  what: string,
): InfrastructureError {
  const { name, message, code } = error as Error & { code?: string };
  const [firstLine] = message.split("\n", 1);
  return new InfrastructureError(
    "invocation-lost",
    `The function ${functionName} (from ${from}) in ${region} was invoked ${attempts} times in ${round(seconds)} s at ${what}, and each time its ` +
      `answer was lost; the last: ${name}: ${firstLine || code || "no message"}. It may have run each time. Check the network, and that the ` +
      "function's timeout is below requestTimeoutSeconds. Every outcome that arrived before was kept.",
    { cause: error },
  );
}

/** How often and how long something was tried. */
interface Attempts {
  readonly attempts: number;
  readonly seconds: number;
}

function round(seconds: number): number {
  return Number(seconds.toPrecision(2));
}

/** Whether a failure is the deployment's: it would be the same at every point. */
export function isBroken(errorType: string): boolean {
  return /^Runtime\.(ImportModuleError|HandlerNotFound|MalformedHandlerName|InvalidEntrypoint|InvalidWorkingDir|UserCodeSyntaxError)$/.test(
    errorType,
  );
}

/** The error for a function whose handler cannot be loaded. */
export function brokenEvaluator(payload: FailurePayload, functionName: string): InfrastructureError {
  return new InfrastructureError(
    "evaluator-broken",
    `The function ${functionName} cannot load its handler: ${payload.errorType}: ${payload.errorMessage ?? "no message"} ` +
      "Deploy the evaluator again (npx sst deploy), or look whether this is its name. Nothing was evaluated.",
  );
}

/** The error for an answer that no evaluator gives. */
export function notAnEvaluator({ functionName, from }: TargetName, text: string): InfrastructureError {
  return new InfrastructureError(
    "not-an-evaluator",
    `The function ${functionName} (from ${from}) is not fanopt's evaluator: it answered ${show(text)}. Deploy the evaluator (npx sst deploy) and name it.`,
  );
}

/** The error for an evaluator of another protocol: says who is older. */
export function versionMismatch({ functionName }: TargetName, response: WorkerResponse): InfrastructureError {
  const advice =
    response.protocol < PROTOCOL_VERSION
      ? "The function is older: deploy it again (npx sst deploy)."
      : "This driver is older: install the newer fanopt here (npm install fanopt@latest), or deploy the function again from this version.";
  return new InfrastructureError(
    "protocol-mismatch",
    `The function ${functionName} runs fanopt ${response.version} with protocol ${response.protocol}; this driver is fanopt ${VERSION} with ` +
      `protocol ${PROTOCOL_VERSION}. ${advice} Nothing was evaluated.`,
  );
}

/** The error for an invocation that was never let through. */
export function gaveUp(
  error: unknown,
  reason: NotRun,
  { functionName }: TargetName,
  { attempts, seconds }: Attempts,
): InfrastructureError {
  const { name, message, Reason } = error as { name: string; message: string; Reason?: string };
  // Node leaves the message empty where IPv6 and IPv4 failed.
  const what = message || (error as { code?: string }).code || "no message";
  const asked = retryAfterMs(error);
  const later = asked > 0 ? ` It asked to be tried again in ${round(asked / 1000)} s.` : "";
  return new InfrastructureError(
    reason,
    `The function ${functionName} could not be invoked in ${round(seconds)} s and ${attempts} ${attempts === 1 ? "attempt" : "attempts"}: ` +
      `${name}${Reason ? ` (${Reason})` : ""}: ${what}.${later} ${ADVICE[reason]}`,
    { cause: error },
  );
}

const ADVICE: Readonly<Record<NotRun, string>> = {
  throttled:
    "Others use up the account's or the function's concurrency: ask AWS for more, or lift the function's reserved concurrency.",
  "not-ready": "Look at the function's state and its last update.",
  "not-connected": "Check the network, the region and the endpoint.",
  "clock-skew": "This machine's clock is wrong: set it.",
};
