import { constants } from "node:os";
import { type FunctionError, MAX_RESPONSE_BYTES } from "./invocation.ts";

/** How AWS Lambda (written in Go) names the signals that end a process. */
const SIGNAL_NAMES: Readonly<Partial<Record<NodeJS.Signals, string>>> = {
  SIGABRT: "aborted",
  SIGALRM: "alarm clock",
  SIGBUS: "bus error",
  SIGFPE: "floating point exception",
  SIGHUP: "hangup",
  SIGILL: "illegal instruction",
  SIGINT: "interrupt",
  SIGKILL: "killed",
  SIGPIPE: "broken pipe",
  SIGQUIT: "quit",
  SIGSEGV: "segmentation fault",
  SIGTERM: "terminated",
  SIGTRAP: "trace/breakpoint trap",
};

/** How a process ended; `problem` when it could not be started. */
export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly problem?: Error;
}

/** The process ended by itself while it should have worked. */
export function exitError(requestId: string, end: ProcessEnd | undefined): FunctionError {
  if (end?.problem !== undefined)
    return {
      errorType: "Runtime.InvalidEntrypoint",
      errorMessage: `RequestId: ${requestId} Error: ${end.problem.message}`,
    };
  return { errorType: "Runtime.ExitError", errorMessage: `RequestId: ${requestId} Error: ${describeEnd(end)}` };
}

/** The kernel of an environment on AWS ends the process that takes more memory than there is. */
export function outOfMemoryError(requestId: string): FunctionError {
  return exitError(requestId, { code: null, signal: "SIGKILL" });
}

export function timedOutError(requestId: string, seconds: number): FunctionError {
  const errorMessage = `RequestId: ${requestId} Error: Task timed out after ${seconds.toFixed(2)} seconds`;
  return { errorType: "Sandbox.Timedout", errorMessage };
}

export function responseTooLarge(): FunctionError {
  const errorMessage = `Response payload size exceeded maximum allowed payload size (${MAX_RESPONSE_BYTES} bytes).`;
  return { errorType: "Function.ResponseSizeTooLarge", errorMessage };
}

function describeEnd(end: ProcessEnd | undefined): string {
  if (end?.signal)
    return `Runtime exited with error: signal: ${SIGNAL_NAMES[end.signal] ?? constants.signals[end.signal]}`;
  if (end?.code) return `Runtime exited with error: exit status ${end.code}`;
  return "Runtime exited without providing a reason";
}
