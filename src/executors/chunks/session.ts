/** An executor with workers of its own, between its first task and its end: the queue of jobs, and the chunks on their way. */
import { InfrastructureError, InvalidInputError, SubmissionError, show } from "../../errors.ts";
import { buildArtifact } from "../../transport/artifact.ts";
import { asNewClosure, type Portable, portableOf } from "../../transport/portable.ts";
import type { ChunkReply } from "../../worker/chunk-protocol.ts";
import type { PartName } from "../../worker/protocol.ts";
import type { SubmitAllOptions } from "../types.ts";
import { type ArtifactParts, KnownArtifacts } from "./artifact-parts.ts";
import type { Backend, ChunkOptions } from "./backend.ts";
import { SLICE_MS } from "./chunk-size.ts";
import { settleChunk, writeArgs } from "./chunk-values.ts";
import { Deadline } from "./deadline.ts";
import { type Chunk, Job } from "./job.ts";
import { timeoutError, workerError } from "./worker-error.ts";
import { WorkerDeath, type WorkerPool } from "./worker-pool.ts";

/** A worker may be killed while it starts, by a system that is short of memory; one that cannot start does not start again and again. */
const MAX_FAILED_STARTS = 3;

function isFailedStart(error: unknown): boolean {
  return error instanceof InfrastructureError && error.code === "worker-start";
}

function placesOf({ isShort }: Chunk, { depth }: WorkerPool): number {
  return isShort ? 1 : depth;
}

interface Opened {
  readonly pool: WorkerPool;
  readonly artifacts: KnownArtifacts;
}

export class Session {
  readonly #backend: Backend;
  readonly #options: ChunkOptions;
  readonly #prepared = new WeakMap<Portable, Promise<ArtifactParts>>();
  readonly #jobs = new Set<Job>();
  /** Jobs with tasks that wait, in the order of their turns. */
  #queue: Job[] = [];
  /** Chunks under way. */
  #inFlight = 0;
  /** Places on workers that they take: a short one takes one, any other all that its worker has. */
  #taken = 0;
  #isDispatching = false;
  /** Workers in a row that did not start. */
  #failedStarts = 0;
  #opened: Promise<Opened> | undefined;
  #pool: WorkerPool | undefined;
  #closed: InfrastructureError | undefined;

  constructor(backend: Backend, options: ChunkOptions) {
    this.#backend = backend;
    this.#options = options;
  }

  /** Takes tasks of one function. Resolves when those that started have ended; rejects with what concerns all of them. */
  async run(fun: unknown, args: readonly unknown[], options: SubmitAllOptions<never>): Promise<void> {
    if (typeof fun !== "function") throw new TypeError(`submit: fun must be a function, received ${show(fun)}.`);
    // What a closure has captured may be another each time.
    const portable = portableOf(asNewClosure(fun as (arg: unknown) => unknown)) as Portable;
    if (this.#closed !== undefined) throw this.#closed;
    const parts = await this.#prepare(portable);
    const job = new Job(parts, args, options);
    this.#jobs.add(job);
    this.#queue.push(job);
    job.finishIfDone();
    this.#dispatch();
    try {
      await job.promise;
    } finally {
      this.#jobs.delete(job);
    }
  }

  /** Ends what is under way, and the workers. */
  async close(): Promise<void> {
    this.#closed ??= new InfrastructureError(
      "executor-closed",
      `The ${this.#backend.name} was closed: it takes no more tasks, and what was under way is lost. Make another one.`,
    );
    for (const job of this.#jobs) job.fail(this.#closed);
    const opened = await this.#opened?.catch(() => undefined);
    await opened?.pool.close();
  }

  async #prepare(portable: Portable): Promise<ArtifactParts> {
    try {
      const known = this.#prepared.get(portable) ?? this.#partsOf(portable);
      this.#prepared.set(portable, known);
      known.catch(() => this.#prepared.delete(portable));
      const parts = await known;
      if (this.#closed !== undefined) throw this.#closed;
      return parts;
    } catch (error) {
      if (this.#closed !== undefined) throw this.#closed;
      if (!(error instanceof InvalidInputError) || error instanceof SubmissionError) throw error;
      throw new SubmissionError(error.message, { cause: error });
    }
  }

  async #partsOf(portable: Portable): Promise<ArtifactParts> {
    const [{ artifacts }, artifact] = await Promise.all([this.#open(), buildArtifact(portable)]);
    return artifacts.of(artifact);
  }

  #open(): Promise<Opened> {
    this.#opened ??= this.#backend.open().then(
      (pool) => {
        this.#pool = pool;
        return { pool, artifacts: new KnownArtifacts(pool.sharesMemory) };
      },
      (error: unknown) => {
        // It may be mended: the next batch looks again.
        this.#opened = undefined;
        throw error;
      },
    );
    return this.#opened;
  }

  #dispatch(): void {
    // A chunk may end while it is sent: then this goes on.
    if (this.#pool === undefined || this.#isDispatching) return;
    this.#isDispatching = true;
    this.#sendChunks(this.#pool);
    this.#isDispatching = false;
  }

  /** Sends what there are workers for: a chunk of each job in turn. */
  #sendChunks(pool: WorkerPool): void {
    const places = pool.size * pool.depth;
    while (this.#taken < places) {
      const job = this.#queue.shift();
      if (job === undefined) return;
      if (job.waiting === 0) {
        job.finishIfDone();
        continue;
      }
      const isFree = this.#inFlight < pool.size;
      const size = this.#sizeOf(job, isFree ? pool.size - this.#inFlight : places - this.#taken);
      const isShort = job.isShort(size);
      if (!isShort && !isFree) {
        // The next worker that is free is for it: others do not go before it.
        this.#queue.unshift(job);
        return;
      }
      const chunk: Chunk = { job, indices: job.take(size), isShort, controller: new AbortController() };
      if (job.waiting > 0) this.#queue.push(job);
      job.chunks.add(chunk);
      this.#inFlight += 1;
      this.#taken += placesOf(chunk, pool);
      void this.#send(chunk, pool);
    }
  }

  #sizeOf({ parts, waiting }: Job, free: number): number {
    const { chunkSize = "auto" } = this.#options;
    return chunkSize === "auto" ? parts.pace.size(waiting, free) : Math.min(chunkSize, waiting);
  }

  async #send(chunk: Chunk, pool: WorkerPool): Promise<void> {
    const { job, controller } = chunk;
    const { indices, args } = writeArgs(chunk);
    const sent = { ...chunk, indices };
    const deadline = new Deadline(this.#options.timeout, indices.length, controller);
    try {
      if (indices.length > 0) settleChunk(sent, await this.#exchange(sent, args, pool, deadline));
      this.#failedStarts = 0;
    } catch (error) {
      if (deadline.isOver) this.#onLate(sent);
      else if (error instanceof WorkerDeath) this.#onDeath(sent, error);
      else if (isFailedStart(error) && this.#failedStarts < MAX_FAILED_STARTS) {
        this.#failedStarts += 1;
        job.putBack(indices);
      }
      // An abort of its own has ended the job already.
      else job.fail(error);
    } finally {
      deadline.clear();
      job.chunks.delete(chunk);
      this.#inFlight -= 1;
      this.#taken -= placesOf(chunk, pool);
      if (job.waiting > 0 && !this.#queue.includes(job)) this.#queue.push(job);
      job.finishIfDone();
      this.#dispatch();
    }
  }

  /** The worker's answer; parts of the artifact that it has not got are sent to whoever takes the chunk next. */
  async #exchange(
    { job, indices, isShort }: Chunk,
    args: () => Uint8Array<ArrayBuffer>,
    pool: WorkerPool,
    deadline: Deadline,
  ): Promise<Exclude<ChunkReply, { kind: "need" }>> {
    const { chunkSize = "auto" } = this.#options;
    const sliceMs = chunkSize === "auto" ? SLICE_MS : Number.POSITIVE_INFINITY;
    let sent: readonly PartName[] = [];
    for (;;) {
      const request = { ...job.parts.request(sent), args: args(), sliceMs };
      job.tell(indices[0], { invocations: 1 });
      const reply = await pool.run(request, deadline.signal, () => deadline.start(), isShort);
      if (reply.kind !== "need") return reply;
      if (!job.parts.canSend(reply.parts, sent))
        throw new InfrastructureError("protocol", `A ${this.#backend.worker} asked for ${show(reply.parts)} again.`);
      sent = [...sent, ...reply.parts];
    }
  }

  #onDeath({ job, indices }: Chunk, death: WorkerDeath): void {
    for (const index of indices) {
      const deaths = job.countDeath(index);
      if (deaths === 1 && job.sendAgain(index)) continue;
      job.settle(index, { ok: false, error: workerError(this.#backend.worker, job.args[index], death, deaths) });
    }
  }

  #onLate({ job, indices }: Chunk): void {
    const { timeout = 0 } = this.#options;
    for (const index of indices) {
      // Which of several it was is not known.
      if (indices.length > 1 && job.sendAgain(index)) continue;
      job.settle(index, { ok: false, error: timeoutError(this.#backend.worker, job.args[index], timeout) });
    }
  }
}
