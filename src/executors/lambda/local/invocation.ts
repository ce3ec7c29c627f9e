/** One call of the function, from the request until its outcome is known. */
export interface Invocation {
  /** What AWS calls the request id. */
  readonly id: string;
  /** The event, as JSON. */
  readonly payload: Buffer;
  /** Whether the caller asked for the log (`X-Amz-Log-Type: Tail`). */
  readonly wantsLog: boolean;
  /** Called once. */
  readonly finish: (outcome: InvocationOutcome) => void;
}

export interface InvocationOutcome {
  /** What the handler returned, as JSON; with `functionError`, a {@link FunctionError} as JSON. */
  readonly payload: Buffer;
  readonly functionError: boolean;
  /** The last 4 KB of the invocation's log, if it was asked for. */
  readonly logTail: Buffer | undefined;
}

/** What AWS Lambda answers for a handler that threw, and for an environment that ended: the payload of an `Unhandled` error. */
export interface FunctionError {
  readonly errorType: string;
  readonly errorMessage: string;
  /** The lines of the stack; absent when no JavaScript error is at hand. */
  readonly trace?: readonly string[];
}

/** Largest synchronous request, in bytes (AWS Lambda quotas). */
export const MAX_REQUEST_BYTES = 6_291_456;
/** Largest asynchronous request (`InvocationType: Event`), in bytes (AWS Lambda quotas). */
export const MAX_EVENT_BYTES = 1_048_576;
/** Largest synchronous response, in bytes: the request's limit and 100 bytes, as AWS Lambda has it. */
export const MAX_RESPONSE_BYTES = 6_291_556;
