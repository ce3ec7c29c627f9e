import type { Executor } from "../types.ts";
import type { WorkerPool } from "./worker-pool.ts";

/** Where the workers of an executor come from. */
export interface Backend {
  /** In messages: "thread executor". */
  readonly name: string;
  /** One of its workers in messages: "worker thread". */
  readonly worker: string;
  /** Starts it; called when the first task needs it, and again after it failed. */
  open(): Promise<WorkerPool>;
}

/** Options that executors with workers of their own share. */
export interface ChunkOptions {
  /**
   * Tasks in one message to a worker. "auto": one where tasks take milliseconds or more, as many as take about two milliseconds together where they
   * are shorter, by what was measured.
   * @default "auto"
   */
  readonly chunkSize?: number | "auto" | undefined;
  /**
   * Seconds that a point may take, from when a worker has it; then it fails with a WorkerError. The start of a worker is no part of it.
   * @default no limit
   */
  readonly timeout?: number | undefined;
}

/** An executor over workers of its own. */
export interface WorkerExecutor extends Executor {
  submitAll: Required<Executor>["submitAll"];
  /** Ends its workers; what is under way is lost, and nothing more is taken. */
  close(): Promise<void>;
}
