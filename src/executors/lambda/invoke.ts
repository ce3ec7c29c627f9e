/** One invocation: sent once, and what came of it told apart. */
import { AbortError } from "../../errors.ts";
import { PROTOCOL_VERSION, type WorkerResponse } from "../../worker/protocol.ts";
import type { Answer } from "./client.ts";
import { type FailurePayload, notAnEvaluator, serviceError, versionMismatch } from "./errors.ts";
import { knownNotToHaveRun, mayHaveRun, type NotRun } from "./retry.ts";
import type { Target } from "./target.ts";

/** What came of an invocation. */
export type Reply =
  /** A worker answered. */
  | {
      readonly kind: "answer";
      readonly response: WorkerResponse;
      readonly logTail: string;
      readonly milliseconds: number;
    }
  /** The function ended without an answer of the worker. */
  | {
      readonly kind: "failure";
      readonly payload: FailurePayload;
      readonly logTail: string;
      readonly milliseconds: number;
    }
  /** It is known not to have run. */
  | { readonly kind: "not-run"; readonly reason: NotRun; readonly error: unknown }
  /** It ran or may have run, but its answer is lost. */
  | { readonly kind: "lost"; readonly error: unknown; readonly milliseconds: number };

export class Invoker {
  readonly target: Target;
  /** Fires before the target is closed. */
  readonly #closing: AbortSignal;
  /** Whether the service has ever answered. */
  reached = false;
  /** When the function last answered. */
  answeredAt: number = Number.NEGATIVE_INFINITY;

  constructor(target: Target, closing: AbortSignal) {
    this.target = target;
    this.#closing = closing;
  }

  /**
   * Sends one invocation, once.
   *
   * @param payload a WorkerRequest as JSON.
   * @throws InfrastructureError for what would be the same the next time: no such function, no permission, another protocol; AbortError.
   */
  async invoke(payload: string, signal: AbortSignal | undefined): Promise<Reply> {
    const started = performance.now();
    let output: Answer;
    try {
      output = await this.target.invoke(payload, this.#signalFor(signal));
    } catch (error) {
      throwIfAborted(signal ?? this.#closing);
      throwIfAborted(this.#closing);
      return await this.#failed(error, performance.now() - started);
    }
    this.reached = true;
    this.answeredAt = performance.now();
    const milliseconds = this.answeredAt - started;
    const text = textOf(output.Payload);
    const logTail = Buffer.from(output.LogResult ?? "", "base64").toString("utf8");
    if (output.FunctionError !== undefined)
      return { kind: "failure", payload: parse<FailurePayload>(text) ?? {}, logTail, milliseconds };
    const response = parse<WorkerResponse>(text);
    // Lambda's answers are JSON: this one was cut or changed on its way.
    if (response === undefined) return { kind: "lost", error: notAnEvaluator(this.target, text), milliseconds };
    if (typeof response?.protocol !== "number") throw notAnEvaluator(this.target, text);
    if (response.kind === "mismatch" || response.protocol !== PROTOCOL_VERSION)
      throw versionMismatch(this.target, response);
    return { kind: "answer", response, logTail, milliseconds };
  }

  /** A signal costs the SDK a tenth of an invocation's CPU: it gets none for closing where closing the client does the same. */
  #signalFor(signal: AbortSignal | undefined): AbortSignal | undefined {
    if (this.target.closeEndsInvocations) return signal;
    return signal === undefined ? this.#closing : AbortSignal.any([signal, this.#closing]);
  }

  async #failed(error: unknown, milliseconds: number): Promise<Reply> {
    const reason = knownNotToHaveRun(error);
    if (reason !== null) {
      if (reason !== "not-connected") this.reached = true;
      return { kind: "not-run", reason, error };
    }
    if (mayHaveRun(error)) return { kind: "lost", error, milliseconds };
    throw serviceError(error, this.target, await this.target.region());
  }
}

function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted)
    throw new AbortError("The invocation was aborted; the function may run on until it ends.", {
      cause: signal.reason,
    });
}

function textOf(payload: Uint8Array | null | undefined): string {
  if (!payload) return "";
  return Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString("utf8");
}

function parse<T>(text: string): T | undefined {
  try {
    return JSON.parse(text) as T;
  } catch {
    return undefined;
  }
}
