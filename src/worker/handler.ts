import { randomUUID } from "node:crypto";
import { toWireError } from "../transport/wire-error.ts";
import { VERSION } from "../version.ts";
import { allowList } from "./allow-list.ts";
import { evaluateTasks } from "./batch.ts";
import { functionFromArtifact, type WorkerFunction } from "./evaluate.ts";
import { LoadedFunctions } from "./loaded-functions.ts";
import { PROTOCOL_VERSION, type WorkerRequest, type WorkerResponse } from "./protocol.ts";
import { receiveArtifact } from "./receive-artifact.ts";

/** What of the Lambda context is used. */
export interface WorkerContext {
  getRemainingTimeInMillis(): number;
  /** The function's memory, in MB. */
  readonly memoryLimitInMB: string;
}

export interface HandlerOptions {
  /** SHA-256 hashes, hex, with commas between, of the artifacts that may run; all others are refused unread. @default all may */
  readonly allowedArtifacts?: string | undefined;
}

/**
 * The Lambda handler of the evaluator: loads the artifact once, evaluates the tasks one after the other, answers with outcomes. It needs no
 * permission, reads no environment variable and writes nothing but the artifact's file.
 */
export function createHandler(
  options: HandlerOptions = {},
): (request: WorkerRequest, context: WorkerContext) => Promise<WorkerResponse> {
  const worker = randomUUID();
  const refusal = allowList(options.allowedArtifacts);
  const loaded = new LoadedFunctions();
  const architecture = process.arch === "arm64" ? "arm64" : "x86_64";
  let invocation = 0;

  return async (request, context) => {
    invocation += 1;
    const memoryMB = Number(context.memoryLimitInMB);
    const identity = {
      protocol: PROTOCOL_VERSION,
      version: VERSION,
      worker,
      invocation,
      memoryMB,
      architecture,
    } as const;
    if (request?.protocol !== PROTOCOL_VERSION) return { ...identity, kind: "mismatch" };
    const unusable = (error: unknown) => ({ ...identity, kind: "unusable", error: toWireError(error) }) as const;
    const refused = refusal(request.artifact);
    if (refused !== undefined) return unusable(refused);
    const remaining = () => context.getRemainingTimeInMillis();
    const loading = loaded.use(request.artifact) ?? load(request, remaining(), memoryMB);
    if (loading === undefined) return { ...identity, kind: "need" };
    let fun: WorkerFunction;
    try {
      fun = await loading;
    } catch (error) {
      return unusable(error);
    }
    return { ...identity, kind: "outcomes", outcomes: await evaluateTasks(fun, request.tasks, remaining) };
  };

  function load(request: WorkerRequest, milliseconds: number, memoryMB: number): Promise<WorkerFunction> | undefined {
    const { artifact, inline, stored } = request;
    if (inline === undefined && stored === undefined) return undefined;
    const size = stored?.bytes ?? inline?.length ?? 0;
    return loaded.load(artifact, size, memoryMB, async () => {
      // An answer must still go out in time.
      const bytes = await receiveArtifact(request, milliseconds - ANSWER_MS);
      return functionFromArtifact(bytes, worker);
    });
  }
}

/** Left of the function's time for saying that an artifact did not arrive. */
const ANSWER_MS = 1_000;
