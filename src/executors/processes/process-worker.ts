import type { ChildProcess } from "node:child_process";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { Tinypool } from "tinypool";
import { show } from "../../errors.ts";
import { fromWireError } from "../../transport/remote-error.ts";
import type { ChunkReply, ChunkRequest } from "../../worker/chunk-protocol.ts";
import type { PooledWorker } from "../chunks/pool-of-workers.ts";
import { exited, failed, IDLE_MS, notStarted, outOfMemory, uncaught } from "../chunks/worker-ends.ts";
import { flagsFor } from "../chunks/worker-file.ts";
import { WorkerDeath } from "../chunks/worker-pool.ts";
import { isReadyMessage, isUncaughtMessage } from "./child-messages.ts";
import { endWithDriver } from "./end-with-driver.ts";
import type { ProcessExecutorOptions } from "./options.ts";

const WORKER = "worker process";

/** So long what a process has printed may take to arrive, and an idle one to end by itself. */
const PRINTED_MS = 1000;

/** Not in tinypool's types. */
interface TinypoolProcess {
  readonly process: ChildProcess;
  /** Makes tinypool forget it, and what is still in its pipes. */
  onUnexpectedExit(): void;
}

/**
 * A process, run by a tinypool of its own: one of several processes does not tell which of them has a task, nor how it ended, and leaves tasks
 * waiting for ever when a process does not start.
 */
export class ProcessWorker implements PooledWorker {
  readonly name: string = WORKER;
  readonly #pool: Tinypool;
  readonly #memoryMB: number | undefined;
  readonly #gone = Promise.withResolvers<void>();
  #child: ChildProcess | undefined;
  #printed: Promise<unknown> = Promise.resolve();
  #forget: () => void = () => {};
  #started = false;
  #ended = false;
  #busy = false;
  #uncaught: Error | undefined;
  #onStart: () => void = () => {};
  #reject: (error: Error) => void = () => {};

  constructor(Pool: typeof Tinypool, file: string, { memoryMB, env, execArgv = [] }: ProcessExecutorOptions) {
    this.#memoryMB = memoryMB;
    const memory = memoryMB === undefined ? [] : [`--max-old-space-size=${memoryMB}`];
    this.#pool = new Pool({
      runtime: "child_process",
      serialization: "advanced",
      filename: file,
      name: "evaluateChunk",
      minThreads: 0,
      maxThreads: 1,
      idleTimeout: IDLE_MS,
      env: { ...process.env, ...env } as Record<string, string>,
      // Flags of the driver are not for workers: loaders, --inspect, --input-type.
      execArgv: [...flagsFor(file), ...memory, ...execArgv],
    });
    // Of a process without a task: its own events tell it.
    this.#pool.on("error", () => {});
  }

  get ended(): boolean {
    return this.#ended || (this.#child !== undefined && this.#pool.threads.length === 0);
  }

  get gone(): Promise<void> {
    return this.#gone.promise;
  }

  run(request: ChunkRequest, onStart: () => void): Promise<ChunkReply> {
    return new Promise<ChunkReply>((resolve, reject) => {
      this.#busy = true;
      this.#onStart = onStart;
      this.#reject = reject;
      try {
        this.#pool.run(request, { transferList: [request.args.buffer as ArrayBuffer] }).then(resolve, (error) => {
          // The end of a process is told by its exit, which says more.
          if (!this.ended) reject(failed(WORKER, error));
        });
        if (this.#child === undefined) this.#watch();
        else onStart();
      } catch (error) {
        this.#ended = true;
        reject(notStarted(WORKER, show(error), error, this.#memoryMB));
      }
    }).finally(() => {
      this.#busy = false;
    });
  }

  async end(): Promise<void> {
    this.#ended = true;
    const child = this.#child;
    if (child === undefined) return;
    // An idle one ends when it is let go; tinypool kills it, and drops what it printed last.
    if (!this.#busy && child.connected) child.disconnect();
    if (!this.#busy) {
      const left = Promise.all([this.#gone.promise, this.#printed]);
      await Promise.race([left, sleep(PRINTED_MS, undefined, { ref: false })]);
    }
    // tinypool would wait for an exit that was before.
    if (hasExited(child)) this.#forget();
    // Rejects when the process ends while it is told to.
    await Promise.all([this.#pool.destroy().catch(() => {}), this.#gone.promise]);
  }

  #watch(): void {
    // tinypool's own listeners tell neither code nor signal of an end.
    const worker = this.#pool.threads[0] as unknown as TinypoolProcess;
    const { process: child } = worker;
    this.#child = child;
    this.#forget = () => worker.onUnexpectedExit();
    child.off("exit", worker.onUnexpectedExit);
    if (child.pid !== undefined) child.once("exit", endWithDriver(child.pid));
    child.on("message", (message) => {
      if (isUncaughtMessage(message)) this.#uncaught = fromWireError(message.error);
      else if (isReadyMessage(message)) {
        this.#started = true;
        this.#onStart();
      }
    });
    // The "close" of a process does not come when it was this side that disconnected.
    this.#printed = Promise.all([child.stdout, child.stderr].map((stream) => stream && closed(stream)));
    child.once("exit", (code, signal) => {
      this.#ended = true;
      this.#gone.resolve();
      this.#reject(this.#why(code, signal));
    });
    child.on("error", (error) => {
      if (child.pid !== undefined) return;
      this.#ended = true;
      this.#gone.resolve();
      this.#reject(notStarted(WORKER, show(error), error, this.#memoryMB));
    });
  }

  #why(code: number | null, signal: NodeJS.Signals | null): Error {
    const how = signal === null ? `it ended with code ${code}` : `it was ended by ${signal}`;
    if (!this.#started) {
      const cause = this.#uncaught;
      return notStarted(WORKER, cause === undefined ? how : show(cause), cause, this.#memoryMB);
    }
    if (this.#uncaught !== undefined) return uncaught(this.#uncaught);
    // V8 aborts or traps when the heap is full.
    if (signal === "SIGABRT" || signal === "SIGTRAP" || code === 134)
      return outOfMemory(`most likely ran out of memory (${signal ?? `code ${code}`})`, this.#memoryMB);
    return signal === null ? exited(code) : new WorkerDeath("signal", `was ended by ${signal}`);
  }
}

function closed(stream: Readable): Promise<void> {
  return new Promise((resolve) => stream.once("close", resolve));
}

function hasExited({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}
