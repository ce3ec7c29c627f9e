/** A worker of this machine, or of an MPI job: chunks of tasks in, outcomes out. */
import { ListWriter, readList } from "../transport/list-codec.ts";
import { toWireError } from "../transport/wire-error.ts";
import { ArtifactCache, type LoadedFunction } from "./artifact-cache.ts";
import { checkDataHash, checkPart, damaged, namedData } from "./check-artifact.ts";
import type { ChunkOutcomes, ChunkPart, ChunkReply, ChunkRequest, TaskError } from "./chunk-protocol.ts";
import { functionFromArtifact, type WorkerFunction } from "./evaluate.ts";
import type { PartName } from "./protocol.ts";

/**
 * What a worker does with chunks. It keeps the functions that were used last.
 *
 * @param worker its name, in the history.
 * @param memoryMB its memory: functions and data that it keeps take a quarter of it.
 */
export function createChunkWorker(worker: string, memoryMB: number): (request: ChunkRequest) => Promise<ChunkReply> {
  const cache = new ArtifactCache(memoryMB);

  return async (request) => {
    const loaded = cache.function(request.content.hash) ?? load(request);
    if ("missing" in loaded) return { kind: "need", parts: loaded.missing };
    let fun: WorkerFunction;
    let args: unknown[];
    try {
      checkDataHash(request.data?.hash ?? null, loaded.data);
      fun = await loaded.fun;
      args = readArgs(request.args);
    } catch (error) {
      return { kind: "unusable", error: toWireError(error) };
    }
    return evaluate(fun, args, request.sliceMs);
  };

  function load({ content, data }: ChunkRequest): LoadedFunction | Missing {
    const kept = data === undefined ? undefined : cache.data(data.hash);
    const dataBytes = kept ?? data?.bytes ?? null;
    const missing: PartName[] = [];
    if (content.bytes === undefined) missing.push("content");
    if (data !== undefined && dataBytes === null) missing.push("data");
    if (content.bytes === undefined || missing.length > 0) return { missing };
    const contentBytes = content.bytes;
    const bytes = contentBytes.byteLength + (dataBytes?.byteLength ?? 0);
    return cache.load(content.hash, data?.hash ?? null, bytes, async () => {
      checkPart(content.hash, contentBytes, "The artifact");
      checkDataHash(data?.hash ?? null, namedData(contentBytes));
      if (data !== undefined && dataBytes !== null && kept === undefined)
        checkPart(data.hash, dataBytes, "The artifact's data");
      const fun = await functionFromArtifact(contentBytes, worker, dataBytes);
      return { fun, bytes, data: ownOf(dataBytes) };
    });
  }
}

interface Missing {
  readonly missing: readonly PartName[];
}

/** What is worth keeping: shared memory comes with each request, and should be free when the driver needs it no more. */
function ownOf(data: ChunkPart["bytes"] | null): Uint8Array | null {
  return data === null || data === undefined || data.buffer instanceof SharedArrayBuffer ? null : data;
}

function readArgs(bytes: Uint8Array): unknown[] {
  try {
    return readList(bytes);
  } catch (error) {
    throw damaged("The list of arguments", "cannot be read", undefined, { cause: error });
  }
}

/** One after the other; the first in any case, the others while there is time. */
async function evaluate(fun: WorkerFunction, args: readonly unknown[], sliceMs: number): Promise<ChunkOutcomes> {
  const values = new ListWriter();
  const errors: TaskError[] = [];
  const started = performance.now();
  let now = started;
  let count = 0;
  while (count < args.length && (count === 0 || now - started < sliceMs)) {
    try {
      const returned = fun(args[count]);
      // Awaiting what is no promise would take longer than small functions do.
      values.add(isThenable(returned) ? await returned : returned, "what the criterion returned");
    } catch (error) {
      errors.push({ index: count, error: toWireError(error) });
    }
    now = performance.now();
    count += 1;
  }
  return { kind: "outcomes", count, values: values.finish(), errors, milliseconds: now - started };
}

function isThenable(value: unknown): boolean {
  if (value === null || (typeof value !== "object" && typeof value !== "function")) return false;
  return typeof (value as { readonly then?: unknown }).then === "function";
}
