/** What pools of threads and processes run. */
import { availableParallelism, totalmem } from "node:os";
import { getHeapStatistics } from "node:v8";
import { isMainThread, threadId } from "node:worker_threads";
import type { ChunkReply, ChunkRequest } from "./chunk-protocol.ts";
import { createChunkWorker } from "./chunk-worker.ts";
import { printedArrives } from "./printed-arrives.ts";

let worker: ReturnType<typeof createChunkWorker> | undefined;

/** Evaluates a chunk in this thread or process, which is a worker of its own. */
export async function evaluateChunk(request: ChunkRequest): Promise<ChunkReply> {
  const name = isMainThread ? `process-${process.pid}` : `thread-${process.pid}.${threadId}`;
  worker ??= createChunkWorker(name, memoryMB());
  const reply = await worker(request);
  if (!isMainThread) await printedArrives();
  return reply;
}

/**
 * Of this worker: its part of the machine where there is one for each core, and no more than its heap may grow to. Arrays are beside the heap, but a
 * criterion's data may as well be in it.
 */
function memoryMB(): number {
  // 0 where it is not known.
  const allowed = process.constrainedMemory() || Number.POSITIVE_INFINITY;
  const share = Math.min(totalmem(), allowed) / availableParallelism();
  return Math.min(share, getHeapStatistics().heap_size_limit) / 1e6;
}
