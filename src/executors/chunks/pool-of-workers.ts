/** A pool of this machine's workers: each is started when it is needed, and replaced when it has ended. */
import { AbortError, InfrastructureError } from "../../errors.ts";
import type { ChunkReply, ChunkRequest } from "../../worker/chunk-protocol.ts";
import type { WorkerPool } from "./worker-pool.ts";

/** One worker, and what is known of it. */
export interface PooledWorker {
  /** It takes nothing more: it was ended, or ended by itself. */
  readonly ended: boolean;
  /**
   * Runs a chunk; starts the worker if that has not been done. One at a time.
   *
   * @throws WorkerDeath when it ended meanwhile; InfrastructureError when it could not be started.
   */
  run(request: ChunkRequest): Promise<ChunkReply>;
  /** Ends it, whatever it does. Resolves when it is gone. */
  end(): Promise<void>;
}

interface Run {
  giveUp(error: Error): void;
}

export class PoolOfWorkers implements WorkerPool {
  readonly size: number;
  readonly depth: number = 1;
  readonly sharesMemory: boolean;
  readonly #make: () => PooledWorker;
  readonly #workers = new Set<PooledWorker>();
  /** The last one to finish is the next one to work: it has the artifact, and others may end for being idle. */
  readonly #idle: PooledWorker[] = [];
  readonly #runs = new Set<Run>();
  readonly #ending = new Set<Promise<void>>();
  #hold: NodeJS.Timeout | undefined;
  #closing: Promise<void> | undefined;

  /** @param make a worker that is not started yet. */
  constructor(size: number, sharesMemory: boolean, make: () => PooledWorker) {
    this.size = size;
    this.sharesMemory = sharesMemory;
    this.#make = make;
  }

  async run(request: ChunkRequest, signal: AbortSignal, onStart: () => void): Promise<ChunkReply> {
    if (this.#closing !== undefined) throw closed();
    if (signal.aborted) throw aborted(signal);
    const worker = this.#take();
    const { promise: givenUp, reject } = Promise.withResolvers<never>();
    let abandoned = false;
    const run: Run = {
      giveUp(error) {
        abandoned = true;
        reject(error);
      },
    };
    const abort = () => run.giveUp(aborted(signal));
    signal.addEventListener("abort", abort, { once: true });
    this.#runs.add(run);
    this.#holdProcess();
    try {
      // No library tells when a worker begins: as there is one for each run, it is now, or as soon as it has started.
      onStart();
      return await Promise.race([worker.run(request), givenUp]);
    } finally {
      signal.removeEventListener("abort", abort);
      this.#runs.delete(run);
      if (abandoned || worker.ended) this.#retire(worker);
      else this.#idle.push(worker);
      this.#releaseProcess();
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    for (const run of this.#runs) run.giveUp(closed());
    for (const worker of this.#workers) this.#retire(worker);
    this.#holdProcess();
    while (this.#ending.size > 0) await Promise.all(this.#ending);
    this.#releaseProcess();
  }

  #take(): PooledWorker {
    for (;;) {
      const idle = this.#idle.pop();
      if (idle === undefined) break;
      if (!idle.ended) return idle;
      this.#retire(idle);
    }
    if (this.#workers.size >= this.size) throw new Error(`All ${this.size} workers have a chunk.`);
    const made = this.#make();
    this.#workers.add(made);
    return made;
  }

  #retire(worker: PooledWorker): void {
    if (!this.#workers.delete(worker)) return;
    const ending = worker.end().finally(() => this.#ending.delete(ending));
    this.#ending.add(ending);
  }

  /** The libraries' workers do not keep the process alive, and none does while the first ones start: who awaits a chunk would never get it. */
  #holdProcess(): void {
    this.#hold ??= setInterval(() => {}, 2 ** 30);
  }

  #releaseProcess(): void {
    if (this.#runs.size > 0 || (this.#closing !== undefined && this.#ending.size > 0)) return;
    clearInterval(this.#hold);
    this.#hold = undefined;
  }
}

function aborted(signal: AbortSignal): AbortError {
  return new AbortError("The chunk was aborted.", { cause: signal.reason });
}

function closed(): InfrastructureError {
  return new InfrastructureError("executor-closed", "The pool of workers was closed.");
}
