/** One invocation: sent until it has run, and its answer read. */
import type { InvokeCommandOutput } from "@aws-sdk/client-lambda";
import { AbortError } from "../../errors.ts";
import { PROTOCOL_VERSION, type WorkerRequest, type WorkerResponse } from "../../worker/protocol.ts";
import { type FailurePayload, functionError, gaveUp, notAnEvaluator, serviceError, versionMismatch } from "./errors.ts";
import { backoff, knownNotToHaveRun, pause } from "./retry.ts";
import type { Target } from "./target.ts";

/** What is counted while invoking. */
export interface InvokeCounts {
  invocations: number;
  throttles: number;
  reconnects: number;
  coldStarts: number;
}

/** Seconds for which a service that never answered yet is tried: more likely its name or address is wrong. */
const FIRST_CONTACT_SECONDS = 15;

export class Invoker {
  readonly target: Target;
  readonly #retrySeconds: number;
  readonly #counts: InvokeCounts;
  /** Fires before the target is closed. */
  readonly #closing: AbortSignal;
  #reached = false;
  /** When the function last answered. */
  #answeredAt = Number.NEGATIVE_INFINITY;

  constructor(target: Target, retrySeconds: number, counts: InvokeCounts, closing: AbortSignal) {
    this.target = target;
    this.#closing = closing;
    this.#retrySeconds = retrySeconds;
    this.#counts = counts;
  }

  /**
   * Invokes the function once; again only while it is known not to have run.
   *
   * @param what names the point, for messages.
   * @throws FunctionError when the function ended without an answer; InfrastructureError; AbortError.
   */
  async invoke(request: WorkerRequest, what: () => string, signal: AbortSignal): Promise<WorkerResponse> {
    const started = performance.now();
    const output = await this.#sendUntilRun(JSON.stringify(request), signal);
    this.#counts.invocations += 1;
    const text = textOf(output.Payload);
    if (output.FunctionError !== undefined) {
      const logTail = Buffer.from(output.LogResult ?? "", "base64").toString("utf8");
      const payload = parse<FailurePayload>(text) ?? {};
      throw functionError(payload, logTail, performance.now() - started, this.target.functionName, what());
    }
    const response = parse<WorkerResponse>(text);
    if (typeof response?.protocol !== "number") throw notAnEvaluator(this.target, text);
    if (response.kind === "mismatch" || response.protocol !== PROTOCOL_VERSION)
      throw versionMismatch(this.target, response);
    if (response.invocation === 1) this.#counts.coldStarts += 1;
    return response;
  }

  async #sendUntilRun(payload: string, signal: AbortSignal): Promise<InvokeCommandOutput> {
    const started = performance.now();
    // A signal costs the SDK a tenth of an invocation's CPU: it gets none where closing the client does the same.
    const needsNone = signal === this.#closing && this.target.closeEndsInvocations;
    const forClient = needsNone ? undefined : signal;
    for (let attempt = 1; ; attempt++) {
      throwIfAborted(signal);
      try {
        const output = await this.target.invoke(payload, forClient);
        this.#reached = true;
        this.#answeredAt = performance.now();
        return output;
      } catch (error) {
        throwIfAborted(signal);
        await this.#waitOrGiveUp(error, attempt, started, signal);
      }
    }
  }

  async #waitOrGiveUp(error: unknown, attempt: number, started: number, signal: AbortSignal): Promise<void> {
    const reason = knownNotToHaveRun(error);
    if (reason === null) throw serviceError(error, this.target, await this.target.region());
    if (reason === "throttled") this.#reached = true;
    const seconds = this.#reached ? this.#retrySeconds : Math.min(this.#retrySeconds, FIRST_CONTACT_SECONDS);
    const wait = backoff(attempt, error);
    // Behind others of the same batch an invocation may wait for longer than any of them takes: it is given up when none gets through.
    const since = reason === "throttled" ? Math.max(started, this.#answeredAt) : started;
    if (performance.now() + wait > since + seconds * 1000) throw gaveUp(error, reason, this.target, attempt, seconds);
    this.#counts[reason === "throttled" ? "throttles" : "reconnects"] += 1;
    await pause(wait, signal).catch(() => throwIfAborted(signal));
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
