/** A pool of workers in this process: the real worker's code, and faults by script. */
import { AbortError } from "../../../src/errors.ts";
import type { Backend } from "../../../src/executors/chunks/backend.ts";
import type { WorkerPool } from "../../../src/executors/chunks/worker-pool.ts";
import { readList } from "../../../src/transport/list-codec.ts";
import type { ChunkReply, ChunkRequest } from "../../../src/worker/chunk-protocol.ts";
import { createChunkWorker } from "../../../src/worker/chunk-worker.ts";

type Evaluate = (request: ChunkRequest) => Promise<ChunkReply>;
/** What happens to a request. */
export type Fault = (request: ChunkRequest, evaluate: Evaluate, signal: AbortSignal) => Promise<ChunkReply>;

export class ScriptedPool implements WorkerPool {
  readonly size: number;
  readonly depth: number;
  readonly sharesMemory = false;
  /** Arguments of each request, in the order of arrival. */
  readonly chunks: unknown[][] = [];
  readonly requests: ChunkRequest[] = [];
  /** Of which request what happens; absent: it is evaluated. */
  faultOf: (nth: number, args: readonly unknown[]) => Fault | undefined = () => undefined;
  underWay = 0;
  mostUnderWay = 0;
  isClosed = false;
  readonly #evaluate: Evaluate = createChunkWorker("scripted", 1_000);

  constructor(size: number, depth = 1) {
    this.size = size;
    this.depth = depth;
  }

  async run(request: ChunkRequest, signal: AbortSignal, onStart: () => void): Promise<ChunkReply> {
    const args = readList(request.args);
    const fault = this.faultOf(this.requests.length, args);
    this.chunks.push(args);
    this.requests.push(request);
    this.underWay += 1;
    this.mostUnderWay = Math.max(this.mostUnderWay, this.underWay);
    onStart();
    try {
      await new Promise(setImmediate);
      const reply = fault === undefined ? this.#evaluate(request) : fault(request, this.#evaluate, signal);
      return await Promise.race([reply, untilAborted(signal)]);
    } finally {
      this.underWay -= 1;
    }
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }
}

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const abort = () => reject(new AbortError("The chunk was aborted."));
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort, { once: true });
  });
}

export function backendOf(pool: WorkerPool): Backend {
  return { name: "scripted executor", worker: "scripted worker", open: async () => pool };
}
