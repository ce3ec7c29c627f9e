import type { Worker } from "node:worker_threads";
import type { Piscina } from "piscina";
import { show } from "../../errors.ts";
import type { ChunkReply, ChunkRequest } from "../../worker/chunk-protocol.ts";
import type { PooledWorker } from "../chunks/pool-of-workers.ts";
import { exited, failed, IDLE_MS, notStarted, outOfMemory, uncaught } from "../chunks/worker-ends.ts";
import { flagsFor } from "../chunks/worker-file.ts";
import type { ThreadExecutorOptions } from "./options.ts";

const WORKER = "worker thread";

/**
 * A thread, run by a piscina of its own: one of several threads does not tell which of them has a task, and leaves tasks waiting for ever when a
 * thread does not start. It costs nothing: two chunks to two threads take as long.
 */
export class ThreadWorker implements PooledWorker {
  readonly name: string = WORKER;
  readonly #pool: Piscina;
  readonly #memoryMB: number | undefined;
  readonly #gone = Promise.withResolvers<void>();
  #thread: Worker | undefined;
  #started = false;
  #broken = false;
  #error: { readonly thrown: unknown } | undefined;
  #onStart: () => void = () => {};
  #reject: (error: Error) => void = () => {};

  constructor(Pool: typeof Piscina, file: string, { memoryMB }: ThreadExecutorOptions) {
    this.#memoryMB = memoryMB;
    this.#pool = new Pool({
      filename: file,
      name: "evaluateChunk",
      minThreads: 0,
      maxThreads: 1,
      idleTimeout: IDLE_MS,
      // With them a thread sleeps between chunks: what a criterion left to its timers and streams would never happen.
      atomics: "disabled",
      recordTiming: false,
      // Flags of the driver are not for workers: loaders, --inspect, --input-type.
      execArgv: flagsFor(file),
      ...(memoryMB === undefined ? {} : { resourceLimits: { maxOldGenerationSizeMb: memoryMB } }),
    });
    this.#pool.on("workerCreate", () => {
      this.#started = true;
      this.#onStart();
    });
    // Of a thread without a task: the thread's own events tell it.
    this.#pool.on("error", () => {});
  }

  get ended(): boolean {
    return this.#broken || (this.#thread !== undefined && this.#pool.threads[0] !== this.#thread);
  }

  get gone(): Promise<void> {
    return this.#gone.promise;
  }

  run(request: ChunkRequest, onStart: () => void): Promise<ChunkReply> {
    return new Promise((resolve, reject) => {
      this.#onStart = onStart;
      this.#reject = reject;
      try {
        // The arguments are moved. The reply is copied: to move it is faster above some 100 kB only.
        this.#pool.run(request, { transferList: [request.args.buffer as ArrayBuffer] }).then(resolve, (error) => {
          // The end of a thread is told by its exit, which says more.
          if (!this.ended) reject(failed(WORKER, error));
        });
        if (this.#thread === undefined) this.#watch();
        else onStart();
      } catch (error) {
        this.#broken = true;
        reject(notStarted(WORKER, show(error), error, this.#memoryMB));
      }
    });
  }

  async end(): Promise<void> {
    this.#broken = true;
    if (this.#thread === undefined) return;
    // What JavaScript does is stopped at once; a call of native code ends first.
    await Promise.all([this.#pool.destroy(), this.#gone.promise]);
  }

  #watch(): void {
    const [thread] = this.#pool.threads;
    this.#thread = thread;
    thread.on("error", (thrown) => {
      this.#error = { thrown };
    });
    thread.on("exit", (code) => {
      this.#gone.resolve();
      this.#reject(this.#why(code));
    });
  }

  #why(code: number): Error {
    const thrown = this.#error?.thrown;
    if (!this.#started)
      return notStarted(
        WORKER,
        this.#error === undefined ? `it ended with code ${code}` : show(thrown),
        thrown,
        this.#memoryMB,
      );
    if (this.#error === undefined) return exited(code);
    if ((thrown as NodeJS.ErrnoException | null)?.code === "ERR_WORKER_OUT_OF_MEMORY")
      return outOfMemory("ran out of memory", this.#memoryMB);
    return uncaught(thrown);
  }
}
