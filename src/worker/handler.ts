import { randomUUID } from "node:crypto";
import { toWireError } from "../transport/wire-error.ts";
import { VERSION } from "../version.ts";
import { allowList } from "./allow-list.ts";
import { ArtifactCache, type LoadedFunction } from "./artifact-cache.ts";
import { evaluateTasks } from "./batch.ts";
import { checkDataHash } from "./check-artifact.ts";
import { functionFromArtifact, type WorkerFunction } from "./evaluate.ts";
import {
  type PartName,
  PROTOCOL_VERSION,
  type RequestedPart,
  type WorkerRequest,
  type WorkerResponse,
} from "./protocol.ts";
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
  let cache: ArtifactCache | undefined;
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
    const refused = refusal(request.content.hash);
    if (refused !== undefined) return unusable(refused);
    cache ??= new ArtifactCache(memoryMB);
    const remaining = () => context.getRemainingTimeInMillis();
    const loaded = cache.function(request.content.hash) ?? load(request, cache, remaining());
    if ("missing" in loaded) return { ...identity, kind: "need", parts: loaded.missing };
    let fun: WorkerFunction;
    try {
      checkDataHash(request.data?.hash ?? null, loaded.data);
      fun = await loaded.fun;
    } catch (error) {
      return unusable(error);
    }
    const outcomes = await evaluateTasks(fun, request.tasks, remaining);
    const keepsData = loaded.data !== null && cache.has(loaded.data);
    return { ...identity, kind: "outcomes", outcomes, keepsData };
  };

  function load(request: WorkerRequest, cache: ArtifactCache, milliseconds: number): LoadedFunction | Missing {
    const { content, data } = request;
    const kept = data === undefined ? undefined : cache.data(data.hash);
    const missing: PartName[] = [];
    if (!isSent(content)) missing.push("content");
    if (data !== undefined && kept === undefined && !isSent(data)) missing.push("data");
    if (missing.length > 0) return { missing };
    const bytes = sizeOf(content) + (kept?.byteLength ?? sizeOf(data));
    return cache.load(content.hash, data?.hash ?? null, bytes, async () => {
      // An answer must still go out in time.
      const parts = await receiveArtifact(request, kept, milliseconds - ANSWER_MS);
      const fun = await functionFromArtifact(parts.content, worker, parts.data);
      return { fun, bytes: parts.content.byteLength + (parts.data?.byteLength ?? 0), data: parts.data };
    });
  }
}

interface Missing {
  readonly missing: readonly PartName[];
}

function isSent({ inline, stored }: RequestedPart): boolean {
  return inline !== undefined || stored !== undefined;
}

/** Of what was sent, as far as that is known before it is here. */
function sizeOf(part: RequestedPart | undefined): number {
  return part?.stored?.bytes ?? part?.inline?.length ?? 0;
}

/** Left of the function's time for saying that an artifact did not arrive. */
const ANSWER_MS = 1_000;
