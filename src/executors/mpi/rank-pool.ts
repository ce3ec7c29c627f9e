import { AbortError } from "../../errors.ts";
import type { ChunkReply, ChunkRequest } from "../../worker/chunk-protocol.ts";
import type { WorkerPool } from "../chunks/worker-pool.ts";
import { poolClosed } from "./errors.ts";
import type { RankChunk, Ranks } from "./ranks.ts";

/** The ranks, for one executor: closing it leaves them to others. */
export class RankPool implements WorkerPool {
  readonly size: number;
  /** A rank that has done one begins the other before the driver has heard of it. */
  readonly depth: number = 2;
  readonly sharesMemory = false;
  readonly #ranks: Ranks;
  readonly #chunks = new Set<RankChunk>();
  #isClosed = false;

  constructor(ranks: Ranks) {
    this.#ranks = ranks;
    this.size = ranks.count;
  }

  async run(request: ChunkRequest, signal: AbortSignal, onStart: () => void, isShort = false): Promise<ChunkReply> {
    if (this.#isClosed) throw poolClosed();
    if (signal.aborted) throw aborted(signal);
    const chunk = this.#ranks.take(request, onStart, isShort);
    const onAbort = () => chunk.abandon(aborted(signal));
    signal.addEventListener("abort", onAbort, { once: true });
    this.#chunks.add(chunk);
    try {
      return await chunk.promise;
    } finally {
      this.#chunks.delete(chunk);
      signal.removeEventListener("abort", onAbort);
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const chunk of this.#chunks) chunk.abandon(poolClosed());
  }
}

function aborted(signal: AbortSignal): AbortError {
  return new AbortError("The chunk was aborted.", { cause: signal.reason });
}
