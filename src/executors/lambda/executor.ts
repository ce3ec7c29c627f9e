import type { InvokeCommandOutput } from "@aws-sdk/client-lambda";
import { AbortError, FanoptError, InfrastructureError, InvalidInputError, show } from "../../errors.ts";
import { buildArtifact } from "../../transport/artifact.ts";
import { decode, encode } from "../../transport/codec.ts";
import { type Portable, portableOf } from "../../transport/portable.ts";
import { fromWireError } from "../../transport/remote-error.ts";
import { VERSION } from "../../version.ts";
import { PROTOCOL_VERSION, type WorkerRequest, type WorkerResponse } from "../../worker/protocol.ts";
import type { Executor, SubmitOptions } from "../types.ts";
import { ArtifactDelivery } from "./artifact-delivery.ts";
import { type FailurePayload, functionError, serviceError } from "./errors.ts";
import { Limiter } from "./limiter.ts";
import { checkLambdaOptions, type LambdaExecutorOptions } from "./options.ts";
import { backoff, knownNotToHaveRun, pause } from "./retry.ts";
import { openTarget, type Target } from "./target.ts";

/** What an executor did since it was made. */
export interface LambdaExecutorCounts {
  /** Invocations that were answered, by whatever. */
  readonly invocations: number;
  /** Invocations refused because of too many at the same time, and tried again. */
  readonly throttles: number;
  /** Invocations for which no connection was made, and tried again. */
  readonly reconnects: number;
  /** Answers of workers that had just been started. */
  readonly coldStarts: number;
  /** Invocations that only found out that a worker had not got the artifact. */
  readonly artifactMisses: number;
}

/** Runs functions as invocations of a Lambda function: one invocation a task. */
export interface LambdaExecutor extends Executor {
  readonly counts: LambdaExecutorCounts;
  /** Ends what is under way, closes sockets and the embedded Lambda. The executor cannot be used afterwards. */
  close(): Promise<void>;
}

const DEFAULT_RETRY_SECONDS = 900;

/**
 * An executor that invokes a deployed evaluator function once for each task, at the same time. Lazy: nothing is read, found or opened before
 * the first task. No invocation is repeated unless it is known not to have run.
 *
 * @throws InvalidInputError for a wrong option.
 * @example
 * await using executor = createLambdaExecutor({ functionName: "fanopt-evaluator", maxConcurrency: 200 });
 */
export function createLambdaExecutor(options: LambdaExecutorOptions = {}): LambdaExecutor {
  checkLambdaOptions(options);
  const counts = { invocations: 0, throttles: 0, reconnects: 0, coldStarts: 0, artifactMisses: 0 };
  const retryMs = (options.retrySeconds ?? DEFAULT_RETRY_SECONDS) * 1000;
  const deliveries = new WeakMap<Portable, Promise<ArtifactDelivery>>();
  const closing = new AbortController();
  let opened: Promise<{ readonly target: Target; readonly limiter: Limiter }> | undefined;

  const open = () => {
    opened ??= openTarget(options).then((target) => ({ target, limiter: new Limiter(target.maxConcurrency) }));
    // A failure to open may be mended (credentials, deployment): the next batch looks again.
    opened.catch(() => {
      opened = undefined;
    });
    return opened;
  };

  const deliveryOf = (portable: Portable) => {
    const known = deliveries.get(portable) ?? buildArtifact(portable).then(ArtifactDelivery.of);
    deliveries.set(portable, known);
    return known;
  };

  const submit = async <A, R>(fun: (arg: A) => R | Promise<R>, arg: A, given: SubmitOptions = {}): Promise<R> => {
    throwIfClosed(closing.signal);
    const portable = portableOf(fun);
    if (portable === undefined) throw notPortable(fun);
    const signal = given.signal === undefined ? closing.signal : AbortSignal.any([given.signal, closing.signal]);
    const [{ target, limiter }, delivery] = await Promise.all([open(), deliveryOf(portable)]);
    const task = Buffer.from(encode(arg, "the argument").buffer).toString("base64");
    const response = await limiter.run(() => deliver(target, delivery, task, () => nameOf(arg), signal), {
      ...given,
      signal,
    });
    return resultOf<R>(response);
  };

  /** One task: an invocation, and another where the worker lacked the artifact. */
  const deliver = async (
    target: Target,
    delivery: ArtifactDelivery,
    task: string,
    what: () => string,
    signal: AbortSignal,
  ) => {
    const request = { protocol: PROTOCOL_VERSION, version: VERSION, artifact: delivery.hash, tasks: [task] };
    let holder: string | null = null;
    const carried = delivery.begin();
    try {
      let response = await invoke(target, { ...request, ...carried }, what, signal);
      if (response.kind === "need") {
        counts.artifactMisses += 1;
        delivery.forgetHolders();
        response = await invoke(target, { ...request, ...delivery.whole() }, what, signal);
      }
      if (response.kind === "outcomes") holder = response.worker;
      if (response.invocation === 1) counts.coldStarts += 1;
      return response;
    } finally {
      delivery.end(holder);
    }
  };

  const invoke = async (
    target: Target,
    request: WorkerRequest,
    what: () => string,
    signal: AbortSignal,
  ): Promise<WorkerResponse> => {
    const payload = JSON.stringify(request);
    const started = performance.now();
    const output = await sendUntilRun(target, payload, signal);
    counts.invocations += 1;
    const text = Buffer.from(output.Payload ?? []).toString("utf8");
    if (output.FunctionError !== undefined) {
      const logTail = Buffer.from(output.LogResult ?? "", "base64").toString("utf8");
      throw functionError(
        parse<FailurePayload>(text) ?? {},
        logTail,
        performance.now() - started,
        target.functionName,
        what(),
      );
    }
    const response = parse<WorkerResponse>(text);
    if (typeof response?.protocol !== "number") throw notAnEvaluator(target, text);
    if (response.kind === "mismatch" || response.protocol !== PROTOCOL_VERSION) throw versionMismatch(target, response);
    return response;
  };

  /** Sends; again, with growing pauses, only while the invocation is known not to have run. */
  const sendUntilRun = async (target: Target, payload: string, signal: AbortSignal): Promise<InvokeCommandOutput> => {
    const deadline = performance.now() + retryMs;
    for (let attempt = 1; ; attempt++) {
      try {
        return await target.invoke(payload, signal);
      } catch (error) {
        throwIfAborted(signal);
        const reason = knownNotToHaveRun(error);
        const wait = backoff(attempt, error);
        if (reason === null) throw serviceError(error, target.functionName, target.from, await target.region());
        if (performance.now() + wait > deadline) throw gaveUp(error, reason, target, attempt, retryMs);
        counts[reason === "throttled" ? "throttles" : "reconnects"] += 1;
        await pause(wait, signal).catch(() => throwIfAborted(signal));
      }
    }
  };

  const close = async () => {
    closing.abort(new FanoptError("executor-closed", "The executor was closed."));
    const running = await opened?.catch(() => undefined);
    await running?.target.close();
  };

  return { submit, close, counts, [Symbol.asyncDispose]: close };
}

/** The executor that needs no set-up: finds the deployed function when it is first used (or the embedded Lambda under FANOPT_LAMBDA=local). */
export const lambdaExecutor: LambdaExecutor = /* @__PURE__ */ createLambdaExecutor();

function resultOf<R>(response: WorkerResponse): R {
  if (response.kind === "unusable") throw fromWireError(response.error);
  if (response.kind !== "outcomes" || response.outcomes.length !== 1)
    throw new InfrastructureError(
      "protocol",
      `The function answered ${show(response)} where one outcome was expected.`,
    );
  const [outcome] = response.outcomes;
  if ("error" in outcome) throw fromWireError(outcome.error);
  return decode(Buffer.from(outcome.value, "base64")) as R;
}

function parse<T>(text: string): T | undefined {
  try {
    return JSON.parse(text) as T;
  } catch {
    return undefined;
  }
}

/** A point for messages: internal x where there is one. */
function nameOf(arg: unknown): string {
  const x = (arg as { x?: unknown } | null)?.x;
  return x instanceof Float64Array ? `the point x = ${show(x)}` : `the argument ${show(arg)}`;
}

function throwIfClosed(signal: AbortSignal): void {
  if (signal.aborted) throw signal.reason;
}

function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted)
    throw new AbortError("The invocation was aborted; the function may run on until it ends.", {
      cause: signal.reason,
    });
}

function notPortable(fun: unknown): InvalidInputError {
  return new InvalidInputError(
    `${show(fun)} works in this process only: its code cannot be sent to Lambda. Put the criterion in a module of its own and give it by ` +
      `defineCriterion(new URL("./model.ts", import.meta.url), { export: "${(fun as { name?: string }).name || "criterion"}", args: [data] }); the same for jac.`,
  );
}

function notAnEvaluator(target: Target, text: string): InfrastructureError {
  return new InfrastructureError(
    "not-an-evaluator",
    `The function ${target.functionName} (from ${target.from}) is not fanopt's evaluator: it answered ${show(text)}. Deploy the evaluator (npx sst deploy) and name it.`,
  );
}

function versionMismatch(target: Target, response: WorkerResponse): InfrastructureError {
  const older = response.protocol < PROTOCOL_VERSION;
  const advice = older
    ? "The function is older: deploy it again (npx sst deploy)."
    : "This driver is older: install the newer fanopt here (npm install fanopt@latest), or deploy the function again from this version.";
  return new InfrastructureError(
    "protocol-mismatch",
    `The function ${target.functionName} runs fanopt ${response.version} with protocol ${response.protocol}; this driver is fanopt ${VERSION} with ` +
      `protocol ${PROTOCOL_VERSION}. ${advice} Nothing was evaluated.`,
  );
}

function gaveUp(
  error: unknown,
  reason: "throttled" | "not-connected",
  target: Target,
  attempts: number,
  retryMs: number,
): InfrastructureError {
  const { name, message, Reason } = error as { name: string; message: string; Reason?: string };
  const advice =
    reason === "throttled"
      ? "Lower maxConcurrency, or ask AWS for more concurrency."
      : "Check the network, the region and the endpoint.";
  return new InfrastructureError(
    reason,
    `The function ${target.functionName} could not be invoked in ${retryMs / 1000} s and ${attempts} attempts: ${name}${Reason ? ` (${Reason})` : ""}: ${message}. ${advice}`,
    { cause: error },
  );
}
