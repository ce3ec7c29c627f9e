/** What backends with workers of their own have in common: threads, processes, MPI ranks. */
import type { ChunkReply, ChunkRequest } from "../../worker/chunk-protocol.ts";

/** Workers that take chunks of tasks. */
export interface WorkerPool {
  readonly size: number;
  /** Chunks that a worker may have at a time: it evaluates the first one. */
  readonly depth: number;
  /** Whether bytes of a request are not copied where they are in shared memory: then requests always hold the artifact. */
  readonly sharesMemory: boolean;
  /**
   * Runs a chunk on a worker that is free, or behind another one. The buffer of `args` may be taken away from the caller.
   *
   * @param signal ends the chunk: the promise rejects at once, the worker is replaced or, where that cannot be, left alone until it answers.
   * @param onStart called when a worker begins it, as far as that is known.
   * @param isShort whether it should end within milliseconds: only such chunks are behind each other on a worker. Default false.
   * @returns the worker's answer.
   * @throws WorkerDeath when the worker ended while it had the chunk; InfrastructureError when there is no worker to have.
   */
  run(request: ChunkRequest, signal: AbortSignal, onStart: () => void, isShort?: boolean): Promise<ChunkReply>;
  /** Ends all workers. What is under way rejects. */
  close(): Promise<void>;
}

/** How a worker ended. */
export type DeathKind = "exit" | "signal" | "out-of-memory" | "uncaught";

/** A worker ended while it had a chunk. What it had is lost with it; others go on. */
export class WorkerDeath extends Error {
  readonly kind: DeathKind;

  /** @param message what happened, as the end of a sentence: "called process.exit(3)", "was killed by SIGKILL". */
  constructor(kind: DeathKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "WorkerDeath";
    this.kind = kind;
  }
}
