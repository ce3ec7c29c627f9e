/** An executor between its first task and its end: the function found, the client open, artifacts on their way. */
import { setMaxListeners } from "node:events";
import { AbortError, InfrastructureError, InvalidInputError, SubmissionError, show } from "../../errors.ts";
import { buildArtifact } from "../../transport/artifact.ts";
import { type Packed, pack, unpack } from "../../transport/codec.ts";
import { type Portable, portableOf } from "../../transport/portable.ts";
import { fromWireError } from "../../transport/remote-error.ts";
import { VERSION } from "../../version.ts";
import { ARTIFACT_DAMAGED, PROTOCOL_VERSION, type WorkerResponse } from "../../worker/protocol.ts";
import type { SubmitOptions } from "../types.ts";
import { ArtifactDelivery } from "./artifact-delivery.ts";
import { notPortable } from "./errors.ts";
import { type InvokeCounts, Invoker } from "./invoke.ts";
import { Limiter } from "./limiter.ts";
import type { LambdaExecutorOptions } from "./options.ts";
import { openTarget } from "./target.ts";

const DEFAULT_RETRY_SECONDS = 960;

/** What is counted in all sessions of an executor. */
export interface SessionCounts extends InvokeCounts {
  artifactMisses: number;
}

interface Opened {
  readonly invoker: Invoker;
  readonly limiter: Limiter;
}

export class Session {
  readonly #options: LambdaExecutorOptions;
  readonly #counts: SessionCounts;
  readonly #closing = new AbortController();
  readonly #deliveries = new WeakMap<Portable, Promise<ArtifactDelivery>>();
  #opened: Promise<Opened> | undefined;

  constructor(options: LambdaExecutorOptions, counts: SessionCounts) {
    this.#options = options;
    this.#counts = counts;
    // Each invocation in flight listens to it.
    setMaxListeners(0, this.#closing.signal);
  }

  async submit<A, R>(fun: (arg: A) => R | Promise<R>, arg: A, given: SubmitOptions): Promise<R> {
    const closing = this.#closing.signal;
    if (closing.aborted) throw closing.reason;
    const portable = portableOf(fun);
    if (portable === undefined) throw notPortable(fun);
    const signal = given.signal === undefined ? closing : AbortSignal.any([given.signal, closing]);
    try {
      const [{ invoker, limiter }, delivery] = await this.#prepare(portable);
      const task = pack(arg, "the argument");
      const deliver = () => this.#deliver(invoker, delivery, task, () => nameOf(arg), signal);
      return resultOf<R>(await limiter.run(deliver, { signal, cancelQueued: given.cancelQueued }));
    } catch (error) {
      // Whoever closes an executor in use is no abort of the batch.
      throw closing.aborted && error instanceof AbortError && !given.signal?.aborted ? closing.reason : error;
    }
  }

  /** Ends what is under way, and closes what was opened. */
  async close(): Promise<void> {
    this.#closing.abort(
      new InfrastructureError(
        "executor-closed",
        "The Lambda executor was closed: it takes no more tasks, and what was under way is lost.",
      ),
    );
    const opened = await this.#opened?.catch(() => undefined);
    await opened?.invoker.target.close();
  }

  /** What a task needs before it can be sent. That this fails is not the task's fault. */
  async #prepare(portable: Portable): Promise<[Opened, ArtifactDelivery]> {
    try {
      return await Promise.all([this.#open(), this.#deliveryOf(portable)]);
    } catch (error) {
      if (!(error instanceof InvalidInputError) || error instanceof SubmissionError) throw error;
      throw new SubmissionError(error.message, { cause: error });
    }
  }

  #open(): Promise<Opened> {
    const { retrySeconds = DEFAULT_RETRY_SECONDS } = this.#options;
    this.#opened ??= openTarget(this.#options).then(
      (target) => ({
        invoker: new Invoker(target, retrySeconds, this.#counts, this.#closing.signal),
        limiter: new Limiter(target.maxConcurrency),
      }),
      (error: unknown) => {
        // It may be mended (credentials, deployment): the next batch looks again.
        this.#opened = undefined;
        throw error;
      },
    );
    return this.#opened;
  }

  #deliveryOf(portable: Portable): Promise<ArtifactDelivery> {
    const known = this.#deliveries.get(portable);
    if (known !== undefined) return known;
    const made = buildArtifact(portable).then(ArtifactDelivery.of);
    this.#deliveries.set(portable, made);
    made.catch(() => this.#deliveries.delete(portable));
    return made;
  }

  /** One task: an invocation, and another where the worker lacked the artifact. */
  async #deliver(
    invoker: Invoker,
    delivery: ArtifactDelivery,
    task: Packed,
    what: () => string,
    signal: AbortSignal,
  ): Promise<WorkerResponse> {
    const request = { protocol: PROTOCOL_VERSION, version: VERSION, artifact: delivery.hash, tasks: [task] };
    let holder: string | null = null;
    const carried = delivery.begin();
    try {
      let response = await invoker.invoke({ ...request, ...carried }, what, signal);
      if (response.kind === "need") {
        this.#counts.artifactMisses += 1;
        delivery.forgetHolders();
        response = await invoker.invoke({ ...request, ...delivery.whole() }, what, signal);
      }
      if (response.kind === "outcomes") holder = response.worker;
      return response;
    } finally {
      delivery.end(carried, holder);
    }
  }
}

function resultOf<R>(response: WorkerResponse): R {
  if (response.kind === "unusable") {
    const error = fromWireError(response.error);
    if (response.error.code !== ARTIFACT_DAMAGED) throw error;
    throw new InfrastructureError(ARTIFACT_DAMAGED, `A worker refused the artifact. ${error.message}`, {
      cause: error,
    });
  }
  if (response.kind !== "outcomes" || response.outcomes?.length !== 1)
    throw new InfrastructureError(
      "protocol",
      `The function answered ${show(response)} where one outcome was expected.`,
    );
  const [outcome] = response.outcomes;
  if ("error" in outcome) throw fromWireError(outcome.error);
  return unpack(outcome.value) as R;
}

/** A point for messages: internal x where there is one. */
function nameOf(arg: unknown): string {
  const x = (arg as { x?: unknown } | null | undefined)?.x;
  return x instanceof Float64Array ? `the point x = ${show(x)}` : `the argument ${show(arg)}`;
}
