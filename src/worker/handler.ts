import { randomUUID } from "node:crypto";
import { promisify } from "node:util";
import { brotliDecompress } from "node:zlib";
import { FanoptError } from "../errors.ts";
import { sha256 } from "../transport/content.ts";
import { toWireError } from "../transport/wire-error.ts";
import { VERSION } from "../version.ts";
import { evaluateTask, functionFromArtifact, type WorkerFunction } from "./evaluate.ts";
import { PROTOCOL_VERSION, type WorkerOutcome, type WorkerRequest, type WorkerResponse } from "./protocol.ts";

/** What of the Lambda context is used. */
export interface WorkerContext {
  getRemainingTimeInMillis(): number;
}

/** Artifacts kept loaded: a driver runs one problem at a time, several drivers may share a function. */
const MAX_LOADED = 16;

/** Time left to answer when the function's own timeout is near. */
const DEADLINE_MARGIN_MS = 250;

const decompress = promisify(brotliDecompress);

/**
 * The Lambda handler of the evaluator: loads the artifact once, evaluates the tasks one after the other, answers with outcomes. It needs no
 * permission, reads no environment variable and writes nothing but the artifact's file.
 */
export function createHandler(): (request: WorkerRequest, context: WorkerContext) => Promise<WorkerResponse> {
  const worker = randomUUID();
  const loaded = new Map<string, Promise<WorkerFunction>>();
  let invocation = 0;

  return async (request, context) => {
    invocation += 1;
    const identity = { protocol: PROTOCOL_VERSION, version: VERSION, worker, invocation };
    if (request?.protocol !== PROTOCOL_VERSION) return { ...identity, kind: "mismatch" };
    const known = loaded.get(request.artifact);
    if (known === undefined && request.inline === undefined) return { ...identity, kind: "need" };
    const loading = known ?? load(request.artifact, request.inline ?? "", worker);
    if (known === undefined) remember(request.artifact, loading);
    let fun: WorkerFunction;
    try {
      fun = await loading;
    } catch (error) {
      loaded.delete(request.artifact);
      return { ...identity, kind: "unusable", error: toWireError(error) };
    }
    const outcomes: WorkerOutcome[] = [];
    for (const task of request.tasks) outcomes.push(await beforeDeadline(evaluateTask(fun, task), context));
    return { ...identity, kind: "outcomes", outcomes };
  };

  function remember(hash: string, loading: Promise<WorkerFunction>): void {
    loaded.set(hash, loading);
    const oldest = loaded.keys().next();
    if (loaded.size > MAX_LOADED && !oldest.done) loaded.delete(oldest.value);
  }
}

async function load(hash: string, inline: string, worker: string): Promise<WorkerFunction> {
  const bytes = await decompress(Buffer.from(inline, "base64"));
  const actual = sha256(bytes);
  if (actual !== hash)
    throw new FanoptError(
      "artifact-damaged",
      `The artifact's hash is ${actual}, expected ${hash}: it was changed on its way.`,
    );
  return functionFromArtifact(bytes, worker);
}

/** The outcome, or an error just before the function's timeout would end the process: that loses the worker and says less. */
async function beforeDeadline(outcome: Promise<WorkerOutcome>, context: WorkerContext): Promise<WorkerOutcome> {
  const milliseconds = Math.max(context.getRemainingTimeInMillis() - DEADLINE_MARGIN_MS, 0);
  const { promise, resolve } = Promise.withResolvers<WorkerOutcome>();
  const timer = setTimeout(() => {
    const message =
      `the criterion had not finished after ${(milliseconds / 1000).toFixed(1)} s, just before the function's timeout. Either it waits for ` +
      "a promise that never resolves, or the function's timeout (at most 15 minutes) must be raised.";
    resolve({ error: { name: "EvaluationTimeout", message, stack: "" }, milliseconds });
  }, milliseconds);
  try {
    return await Promise.race([outcome, promise]);
  } finally {
    clearTimeout(timer);
  }
}
