/** A pool of this machine's workers: each is started when it is needed, and replaced when it has ended. */
import { AbortError, InfrastructureError } from "../../errors.ts";
import type { ChunkReply, ChunkRequest } from "../../worker/chunk-protocol.ts";
import { notStarted } from "./worker-ends.ts";
import type { WorkerPool } from "./worker-pool.ts";

/** One worker, and what is known of it. */
export interface PooledWorker {
  /** In messages: "worker thread". */
  readonly name: string;
  /** It takes nothing more: it was ended, or ended by itself. */
  readonly ended: boolean;
  /** Resolves when it takes nothing of the machine any more. */
  readonly gone: Promise<void>;
  /**
   * Runs a chunk; starts the worker if that has not been done. One at a time.
   *
   * @param onStart called when it is up and has the chunk.
   * @throws WorkerDeath when it ended meanwhile; InfrastructureError when it could not be started.
   */
  run(request: ChunkRequest, onStart: () => void): Promise<ChunkReply>;
  /** Ends it, whatever it does. Resolves when it is gone, and what it printed between chunks is there. */
  end(): Promise<void>;
}

/** A start takes some tenths of a second; several at once, on a machine that is busy, take seconds. */
const START_SECONDS = 60;

/** So long a worker that is ending has its place. More than that only native code in a thread takes, which cannot be stopped. */
const LEAVING_MS = 1000;

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
  /** Those of them that still have a place: each resolves when that is free. */
  readonly #leaving = new Set<Promise<void>>();
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
    if (this.#runs.size >= this.size) throw new Error(`All ${this.size} workers have a chunk.`);
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
    let worker: PooledWorker | undefined;
    let startLimit: NodeJS.Timeout | undefined;
    try {
      worker = this.#take();
      while (worker === undefined) {
        await Promise.race([givenUp, ...this.#leaving]);
        if (!abandoned) worker = this.#take();
      }
      let isUp = false;
      const { name } = worker;
      const reply = worker.run(request, () => {
        isUp = true;
        clearTimeout(startLimit);
        if (!abandoned) onStart();
      });
      if (!isUp) startLimit = setTimeout(() => run.giveUp(tooSlow(name)), START_SECONDS * 1000);
      return await Promise.race([reply, givenUp]);
    } finally {
      clearTimeout(startLimit);
      signal.removeEventListener("abort", abort);
      this.#runs.delete(run);
      if (worker !== undefined) {
        if (abandoned || worker.ended) this.#retire(worker);
        else this.#idle.push(worker);
      }
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

  /** Undefined while all places are taken. */
  #take(): PooledWorker | undefined {
    for (;;) {
      const idle = this.#idle.pop();
      if (idle === undefined) break;
      if (!idle.ended) return idle;
      this.#retire(idle);
    }
    if (this.#workers.size + this.#leaving.size >= this.size) return undefined;
    const made = this.#make();
    this.#workers.add(made);
    return made;
  }

  #retire(worker: PooledWorker): void {
    if (!this.#workers.delete(worker)) return;
    const { promise: leaving, resolve: free } = Promise.withResolvers<void>();
    const patience = setTimeout(free, LEAVING_MS).unref();
    this.#leaving.add(leaving);
    leaving.then(() => {
      clearTimeout(patience);
      this.#leaving.delete(leaving);
    });
    const ending = worker.end().finally(() => {
      this.#ending.delete(ending);
      free();
    });
    this.#ending.add(ending);
    worker.gone.then(free);
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

function tooSlow(worker: string): InfrastructureError {
  const how = `it was not up after ${START_SECONDS} s, as on a machine that is overloaded or short of memory`;
  return notStarted(worker, how, undefined, undefined);
}

function closed(): InfrastructureError {
  return new InfrastructureError("executor-closed", "The pool of workers was closed.");
}
