import { InfrastructureError } from "../../errors.ts";
import { fromWireError } from "../../transport/remote-error.ts";
import { VERSION } from "../../version.ts";
import type { ChunkReply, ChunkRequest } from "../../worker/chunk-protocol.ts";
import { WorkerDeath } from "../chunks/worker-pool.ts";
import { type Hello, type RankReply, readReply, requestSections } from "./chunk-messages.ts";
import { allRanksHang, allRanksLost, versionsDiffer } from "./errors.ts";
import { jsonSection, type Message, readJson, TAGS } from "./messages.ts";
import { type Expectation, Progress } from "./progress.ts";
import { type Chunk, type Place, RankLine } from "./rank-line.ts";
import type { World } from "./world.ts";

/** Most ranks answer soon after a point was given up: after so long they seem to hang. */
const WARN_SECONDS = 1;
/** Ranks that all hang with points that were given up are waited for: this long, and so many times what the points had been allowed. */
const HANG_SECONDS = 60;
const HANG_TIMES = 10;
/** Arguments of a chunk that may be behind another one: more take a while to get there, and memory until then. */
const MAX_LIGHT_BYTES = 1_000_000;

/** A chunk that waits for a rank or is on one. */
export interface RankChunk {
  readonly promise: Promise<ChunkReply>;
  /** Rejects the promise. The rank stays busy until it answers. */
  abandon(error: Error): void;
}

/** The ranks that evaluate, as the driver knows them. All executors of the process share them. */
export class Ranks {
  readonly count: number;
  readonly #world: Pick<World, "mailbox" | "size">;
  readonly #progress: Progress;
  /** The one that was freed last is first: it has what it was sent. */
  readonly #free: RankLine[] = [];
  readonly #busy = new Map<number, RankLine>();
  /** Those with a short chunk and nothing behind it, in the order in which it began. */
  readonly #soonFree = new Set<RankLine>();
  readonly #waiting: Chunk[] = [];
  readonly #hosts = new Map<number, string>();
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

  /**
   * @param onStart called when a rank begins it.
   * @param isShort whether it may be behind another short one on a rank.
   */
  take(request: ChunkRequest, onStart: () => void, isShort: boolean): RankChunk {
    const { promise, resolve, reject } = Promise.withResolvers<ChunkReply>();
    const chunk: Chunk = { request, isShort: isShort && isLight(request), onStart, resolve, reject, place: undefined };
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
    // In their order: a long one at the head gets the next rank that is free.
    while (this.#waiting.length > 0) {
      const line = this.#free.pop() ?? (this.#waiting[0].isShort ? this.#nextFree() : undefined);
      if (line === undefined) return;
      this.#send(this.#waiting.shift() as Chunk, line);
    }
  }

  /** The one that should be free first. */
  #nextFree(): RankLine | undefined {
    for (const line of this.#soonFree) {
      if (!line.isSlow) return line;
      this.#soonFree.delete(line);
    }
    return undefined;
  }

  #send(chunk: Chunk, line: RankLine): void {
    this.#lastId += 1;
    try {
      this.#world.mailbox.post(line.rank, TAGS.request, requestSections(this.#lastId, chunk.request));
    } catch (error) {
      if (line.length === 0) this.#free.push(line);
      chunk.reject(error);
      return;
    }
    this.#busy.set(line.rank, line);
    line.add(this.#lastId, chunk);
    this.#update(line);
  }

  /** After a change at its first chunk, or behind it. */
  #update(line: RankLine): void {
    if (line.length === 1 && line.first?.chunk.isShort && !line.isLost) this.#soonFree.add(line);
    else this.#soonFree.delete(line);
  }

  #abandon(chunk: Chunk, error: Error): void {
    const { place } = chunk;
    if (place === undefined) {
      const index = this.#waiting.indexOf(chunk);
      if (index >= 0) this.#waiting.splice(index, 1);
    } else {
      this.#drop(place);
      if (place.line.isLost) this.#takeBack(place.line);
      this.#dispatch();
    }
    chunk.reject(error);
  }

  #drop(place: Place): void {
    const { line, id } = place;
    line.drop(place);
    this.#update(line);
    this.#world.mailbox.post(line.rank, TAGS.drop, [jsonSection({ id })]);
  }

  /** What is behind a chunk that does not end goes to another rank. */
  #takeBack({ second }: RankLine): void {
    if (second === undefined) return;
    this.#drop(second);
    this.#waiting.unshift(second.chunk);
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
      this.#relieveSlow();
      this.#tellStuck();
      return found;
    } catch (error) {
      // MPI does not work any more: nothing will come.
      this.#fail(error);
      return false;
    }
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
    const placed = [...this.#busy.values()].flatMap((line) => line.clear());
    for (const { reject } of [...this.#waiting.splice(0), ...placed]) reject(error);
    this.#busy.clear();
    this.#soonFree.clear();
  }

  #greet({ from, sections }: Message): void {
    const { host, version } = readJson(sections[0]) as Hello;
    this.#hosts.set(from, host);
    if (version === VERSION) this.#free.push(new RankLine(from));
    else this.#fail(versionsDiffer(this.#nameOf(from), version, VERSION));
  }

  #finish({ from, sections }: Message): void {
    const { id, reply } = readReply(sections);
    const line = this.#busy.get(from);
    if (line === undefined) return;
    const chunk = line.remove(id);
    if (line.length === 0) {
      this.#busy.delete(from);
      this.#free.push(line);
    }
    this.#update(line);
    if (chunk !== undefined) this.#settle(chunk, reply, from);
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

  /** What was expected to be short may be slow: then nothing stays behind it while a rank is free. */
  #relieveSlow(): void {
    if (this.#free.length === 0 || this.#busy.size === 0) return;
    for (const line of this.#busy.values()) if (line.second !== undefined && line.isSlow) this.#takeBack(line);
    this.#dispatch();
  }

  /** Whether a rank evaluates what somebody waits for. */
  get #isEvaluating(): boolean {
    for (const { isLost } of this.#busy.values()) if (!isLost) return true;
    return false;
  }

  /** A run that can never go on must not wait for ever. */
  #tellStuck(): void {
    if (this.#waiting.length === 0 || this.#busy.size < this.count || this.#isEvaluating) return;
    const now = performance.now();
    let shortest = Number.POSITIVE_INFINITY;
    let isHopeless = true;
    for (const { first } of this.#busy.values()) {
      const { begunMs = now, droppedMs = now } = first ?? {};
      const waited = (now - droppedMs) / 1000;
      shortest = Math.min(shortest, waited);
      isHopeless &&= waited >= HANG_SECONDS + (HANG_TIMES * (droppedMs - begunMs)) / 1000;
    }
    if (shortest >= WARN_SECONDS && !this.#hasWarned) {
      this.#hasWarned = true;
      process.emitWarning(allRanksLost(this.count), "FanoptWarning");
    }
    if (!isHopeless) return;
    const error = allRanksHang(shortest);
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }

  #expectation(): Expectation {
    if (this.#failure !== undefined) return "none";
    // Asked in any case: it moves what is on its way.
    const { destinations } = this.#world.mailbox;
    if (this.#waiting.length > 0 || this.#isEvaluating) {
      // A rank with two chunks takes the second one when it has done the first: there is time.
      const isAwaited = (rank: number) => (this.#busy.get(rank)?.length ?? 0) < 2;
      return destinations.some(isAwaited) ? "sending" : "wanted";
    }
    return destinations.length > 0 || this.#busy.size > 0 ? "expected" : "none";
  }

  #nameOf(rank: number): string {
    return `rank-${rank}@${this.#hosts.get(rank) ?? "?"}`;
  }
}

/** A request that is large is on its way while its rank takes it. */
function isLight({ content, data, args }: ChunkRequest): boolean {
  return content.bytes === undefined && data?.bytes === undefined && args.byteLength <= MAX_LIGHT_BYTES;
}
