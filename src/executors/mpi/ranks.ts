import { InfrastructureError } from "../../errors.ts";
import { fromWireError } from "../../transport/remote-error.ts";
import { VERSION } from "../../version.ts";
import type { ChunkReply, ChunkRequest } from "../../worker/chunk-protocol.ts";
import { WorkerDeath } from "../chunks/worker-pool.ts";
import { type Hello, type RankReply, readReply, requestSections } from "./chunk-messages.ts";
import { allRanksHang, versionsDiffer } from "./errors.ts";
import { jsonSection, type Message, readJson, TAGS } from "./messages.ts";
import { type Expectation, Progress } from "./progress.ts";
import type { World } from "./world.ts";

/** Ranks that all hang with points that were given up are waited for: this long, and so many times what the points had been allowed. */
const HANG_SECONDS = 60;
const HANG_TIMES = 10;

/** A chunk that waits for a rank or is on one. */
export interface RankChunk {
  readonly promise: Promise<ChunkReply>;
  /** Rejects the promise. The rank stays busy until it answers. */
  abandon(error: Error): void;
}

interface Chunk {
  readonly id: number;
  readonly request: ChunkRequest;
  readonly onStart: () => void;
  readonly resolve: (reply: ChunkReply) => void;
  readonly reject: (error: unknown) => void;
  rank?: number;
  startedMs: number;
  /** When it was given up. */
  abandonedMs?: number;
}

/** The ranks that evaluate, as the driver knows them: one chunk at a time each. All executors of the process share them. */
export class Ranks {
  readonly count: number;
  readonly #world: Pick<World, "mailbox" | "size">;
  readonly #progress: Progress;
  /** The one that was freed last is first: it has what it was sent. */
  readonly #free: number[] = [];
  readonly #busy = new Map<number, Chunk>();
  readonly #waiting: Chunk[] = [];
  readonly #hosts = new Map<number, string>();
  #abandoned = 0;
  #lastId = 0;
  #failure: unknown;
  #hasWarned = false;

  constructor(world: Pick<World, "mailbox" | "size">) {
    this.#world = world;
    this.count = world.size - 1;
    this.#progress = new Progress(
      () => this.#receive(),
      () => this.#expectation(),
    );
  }

  /** @param onStart called when a rank has it. */
  take(request: ChunkRequest, onStart: () => void): RankChunk {
    const { promise, resolve, reject } = Promise.withResolvers<ChunkReply>();
    this.#lastId += 1;
    const chunk: Chunk = { id: this.#lastId, request, onStart, resolve, reject, startedMs: 0 };
    if (this.#failure !== undefined) reject(this.#failure);
    else {
      this.#waiting.push(chunk);
      this.#dispatch();
      this.#progress.wake();
    }
    return { promise, abandon: (error) => this.#abandon(chunk, error) };
  }

  /** Has the ranks forget their artifacts. */
  forget(): void {
    for (let rank = 1; rank <= this.count; rank++) this.#world.mailbox.post(rank, TAGS.forget);
    this.#progress.wake();
  }

  #dispatch(): void {
    while (this.#waiting.length > 0) {
      const rank = this.#free.pop();
      if (rank === undefined) break;
      this.#start(this.#waiting.shift() as Chunk, rank);
    }
    if (this.#isStuck() && !this.#hasWarned) {
      this.#hasWarned = true;
      process.emitWarning(
        `All ${this.count} ranks are busy with points that were given up (a timeout or an abort): what comes next waits until one of them answers. ` +
          "A rank that hangs cannot be replaced: more ranks help, and a criterion that ends.",
        "FanoptWarning",
      );
    }
  }

  #start(chunk: Chunk, rank: number): void {
    try {
      this.#world.mailbox.post(rank, TAGS.request, requestSections(chunk.id, chunk.request));
    } catch (error) {
      this.#free.push(rank);
      chunk.reject(error);
      return;
    }
    chunk.rank = rank;
    chunk.startedMs = performance.now();
    this.#busy.set(rank, chunk);
    chunk.onStart();
  }

  #abandon(chunk: Chunk, error: Error): void {
    const place = this.#waiting.indexOf(chunk);
    if (place >= 0) this.#waiting.splice(place, 1);
    else if (chunk.rank !== undefined && this.#busy.get(chunk.rank) === chunk && chunk.abandonedMs === undefined) {
      chunk.abandonedMs = performance.now();
      this.#abandoned += 1;
      this.#world.mailbox.post(chunk.rank, TAGS.drop, [jsonSection({ id: chunk.id })]);
      this.#dispatch();
    }
    chunk.reject(error);
  }

  #receive(): boolean {
    try {
      let message = this.#world.mailbox.take();
      const found = message !== undefined;
      for (; message !== undefined; message = this.#world.mailbox.take()) {
        if (message.tag === TAGS.hello) this.#greet(message);
        else if (message.tag === TAGS.reply) this.#finish(message);
      }
      if (found) this.#dispatch();
      this.#giveUp();
      return found;
    } catch (error) {
      // MPI does not work any more: nothing will come.
      this.#fail(error);
      return false;
    }
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
    for (const { reject } of [...this.#waiting.splice(0), ...this.#busy.values()]) reject(error);
    this.#busy.clear();
    this.#abandoned = 0;
  }

  #greet({ from, sections }: Message): void {
    const { host, version } = readJson(sections[0]) as Hello;
    this.#hosts.set(from, host);
    if (version === VERSION) this.#free.push(from);
    else this.#fail(versionsDiffer(this.#nameOf(from), version, VERSION));
  }

  #finish({ from, sections }: Message): void {
    const chunk = this.#busy.get(from);
    const { id, reply } = readReply(sections);
    if (chunk?.id !== id) return;
    this.#busy.delete(from);
    this.#free.push(from);
    if (chunk.abandonedMs !== undefined) this.#abandoned -= 1;
    else this.#settle(chunk, reply, from);
  }

  #settle({ resolve, reject }: Chunk, reply: RankReply, rank: number): void {
    if (reply.kind === "died") {
      const { death, message, error } = reply;
      const options = error === null ? undefined : { cause: fromWireError(error) };
      reject(new WorkerDeath(death, `${message} (${this.#nameOf(rank)})`, options));
    } else if (reply.kind === "failed")
      reject(
        new InfrastructureError("mpi-failed", `${this.#nameOf(rank)} failed: ${reply.error.message}`, {
          cause: fromWireError(reply.error),
        }),
      );
    else if (reply.kind !== "dropped") resolve(reply);
  }

  #isStuck(): boolean {
    return this.#waiting.length > 0 && this.#abandoned === this.count;
  }

  /** A run that can never go on must not wait for ever. */
  #giveUp(): void {
    if (!this.#isStuck()) return;
    const now = performance.now();
    let shortest = Number.POSITIVE_INFINITY;
    for (const { startedMs, abandonedMs = now } of this.#busy.values()) {
      const waited = (now - abandonedMs) / 1000;
      if (waited < HANG_SECONDS + (HANG_TIMES * (abandonedMs - startedMs)) / 1000) return;
      shortest = Math.min(shortest, waited);
    }
    const error = allRanksHang(shortest);
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }

  #expectation(): Expectation {
    if (this.#failure !== undefined) return "none";
    // Asked in any case: it moves what is on its way.
    const { isSending } = this.#world.mailbox;
    if (this.#waiting.length > 0 || this.#busy.size > this.#abandoned) return isSending ? "sending" : "wanted";
    return isSending || this.#abandoned > 0 ? "expected" : "none";
  }

  #nameOf(rank: number): string {
    return `rank-${rank}@${this.#hosts.get(rank) ?? "?"}`;
  }
}
