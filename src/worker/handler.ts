import { randomUUID } from "node:crypto";
import { promisify } from "node:util";
import { brotliDecompress } from "node:zlib";
import { FanoptError } from "../errors.ts";
import { sha256 } from "../transport/content.ts";
import { toWireError } from "../transport/wire-error.ts";
import { VERSION } from "../version.ts";
import { evaluateTask, functionFromArtifact, type WorkerFunction } from "./evaluate.ts";
import {
  ARTIFACT_DAMAGED,
  PROTOCOL_VERSION,
  type WorkerOutcome,
  type WorkerRequest,
  type WorkerResponse,
} from "./protocol.ts";

/** What of the Lambda context is used. */
export interface WorkerContext {
  getRemainingTimeInMillis(): number;
}

/** Artifacts kept loaded: a driver runs one problem at a time, several drivers may share a function. */
const MAX_LOADED = 16;

/** Time left to answer when the function's own timeout is near. */
const DEADLINE_MARGIN_MS = 250;
/** A timer for longer would fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

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
    const loading = use(request.artifact, request.inline);
    if (loading === undefined) return { ...identity, kind: "need" };
    let fun: WorkerFunction;
    try {
      fun = await loading;
    } catch (error) {
      if (loaded.get(request.artifact) === loading) loaded.delete(request.artifact);
      return { ...identity, kind: "unusable", error: toWireError(error) };
    }
    const outcomes: WorkerOutcome[] = [];
    for (const task of request.tasks) outcomes.push(await beforeDeadline(() => evaluateTask(fun, task), context));
    return { ...identity, kind: "outcomes", outcomes };
  };

  /** The artifact's function, last in the order of use; undefined: it is neither here nor inline. */
  function use(hash: string, inline: string | undefined): Promise<WorkerFunction> | undefined {
    const known = loaded.get(hash) ?? (inline === undefined ? undefined : load(hash, inline, worker));
    if (known === undefined) return undefined;
    loaded.delete(hash);
    loaded.set(hash, known);
    const oldest = loaded.keys().next();
    if (loaded.size > MAX_LOADED && !oldest.done) loaded.delete(oldest.value);
    return known;
  }
}

async function load(hash: string, inline: string, worker: string): Promise<WorkerFunction> {
  const damaged = (why: string, options?: ErrorOptions) =>
    new FanoptError(ARTIFACT_DAMAGED, `The artifact ${why}: it was changed on its way.`, options);
  const bytes = await decompress(Buffer.from(inline, "base64")).catch((error: unknown) => {
    throw damaged("cannot be decompressed", { cause: error });
  });
  const actual = sha256(bytes);
  if (actual !== hash) throw damaged(`has the hash ${actual}, expected ${hash}`);
  return functionFromArtifact(bytes, worker);
}

/** The outcome, or an error just before the function's timeout would end the process: that loses the worker and says less. */
async function beforeDeadline(evaluate: () => Promise<WorkerOutcome>, context: WorkerContext): Promise<WorkerOutcome> {
  const milliseconds = Math.min(context.getRemainingTimeInMillis() - DEADLINE_MARGIN_MS, MAX_TIMER_MS);
  if (milliseconds <= 0)
    return tooLate("the criterion was not started: no time was left before the function's timeout.", 0);
  const { promise, resolve } = Promise.withResolvers<WorkerOutcome>();
  const timer = setTimeout(() => {
    const message =
      `the criterion had not finished after ${(milliseconds / 1000).toFixed(1)} s, just before the function's timeout. Either it waits for ` +
      "a promise that never resolves, or the function's timeout (at most 15 minutes) must be raised.";
    resolve(tooLate(message, milliseconds));
  }, milliseconds);
  try {
    return await Promise.race([evaluate(), promise]);
  } finally {
    clearTimeout(timer);
  }
}

function tooLate(message: string, milliseconds: number): WorkerOutcome {
  return { error: { name: "EvaluationTimeout", message, stack: "" }, milliseconds };
}
