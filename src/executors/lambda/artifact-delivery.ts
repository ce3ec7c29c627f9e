import type { PartName, RequestedPart, StoredPart, WorkerRequest } from "../../worker/protocol.ts";
import type { ArtifactStore } from "./artifact-store.ts";
import type { PartDelivery } from "./part-delivery.ts";
import type { OnWait, RequestRoom } from "./request-room.ts";

/** A synchronous invocation carries 6 MB of JSON; some is left for the arguments. */
const MAX_INLINE_CHARACTERS = 6_000_000;
/** A part above this size is stored where there is a bucket: a thousand workers at once would be sent gigabytes, all in the driver's memory. */
const PREFER_STORED_BYTES = 256_000;

/** What of the artifact a request holds. */
export type Carried = Pick<WorkerRequest, "content" | "data">;

/** A worker that evaluated: it has the artifact's function now. */
export interface Holder {
  readonly worker: string;
  /** Whether it has the data for other code, too. */
  readonly keepsData: boolean;
}

/** What one invocation carries. To be ended, however the invocation ends. */
export interface Load {
  readonly carried: Carried;
  /**
   * With these parts as well, for a worker that lacks them. Those known to have them may be gone, too.
   *
   * @throws AbortError when the waiting for room was given up.
   */
  complete(lacking: readonly PartName[]): Promise<Carried>;
  /**
   * For a worker that could not use where it was told to look: no URL is given again, and what an invocation can carry travels in it.
   *
   * @throws InfrastructureError when a part cannot be stored; AbortError.
   */
  elsewhere(): Promise<Carried>;
  /** `holder` is null where no worker is known to have it now. */
  end(holder: Holder | null): void;
}

/** How an invocation has the parts; one that is in neither goes by its hash alone. */
interface Ways {
  readonly stored: Map<PartDelivery, StoredPart>;
  inline: readonly PartDelivery[];
}

/**
 * Decides which invocations carry which part of an artifact: inline while more are in flight than workers hold it, or are being sent it; the hash
 * alone otherwise. A worker that misses it all the same answers "need" and gets it. What is large is stored, and each invocation says where: the
 * worker that has it already does not download it.
 */
export class ArtifactDelivery {
  readonly content: PartDelivery;
  readonly data: PartDelivery | null;
  readonly #room: RequestRoom;
  /** Invocations of this artifact that carry its data; those that carry the data of others with the same are not counted. */
  #dataCarriers = 0;

  private constructor(content: PartDelivery, data: PartDelivery | null, room: RequestRoom) {
    this.content = content;
    this.data = data;
    this.#room = room;
  }

  /**
   * @param openStore is called for large parts, and told in words why; it throws where no store is known. Up to what an invocation can carry
   *   the parts then travel in it.
   * @throws what `openStore` throws.
   */
  static async of(
    content: PartDelivery,
    data: PartDelivery | null,
    room: RequestRoom,
    openStore: (why: string) => Promise<ArtifactStore>,
  ): Promise<ArtifactDelivery> {
    const delivery = new ArtifactDelivery(content, data, room);
    const megabytes = delivery.#parts.reduce((sum, { characters }) => sum + characters, 0) / 1e6;
    const why =
      `The criterion's bundle with its data has ${megabytes.toFixed(1)} MB as it would be sent (compressed, base64), but an ` +
      `invocation carries ${(MAX_INLINE_CHARACTERS / 1e6).toFixed(1)} MB.`;
    for (const part of delivery.#parts)
      if (!delivery.#isCarriable(part)) part.store ??= await openStore(why);
      else if (part.compressed.byteLength > PREFER_STORED_BYTES)
        part.store ??= await openStore(why).catch(() => undefined);
    return delivery;
  }

  /** Of the whole artifact. */
  get hash(): string {
    return this.content.hash;
  }

  /**
   * What the next invocation carries; one that would be too much for the driver's memory waits.
   *
   * @throws InfrastructureError when a part cannot be stored; AbortError when the waiting was given up.
   */
  async begin(onWait: OnWait = () => {}): Promise<Load> {
    const ways: Ways = { stored: new Map(), inline: [] };
    const large = this.#parts.filter((part) => this.#isStored(part));
    // Without a wait for those that are not: what is begun at the same time is counted together.
    if (large.length > 0) await Promise.all(large.map((part) => this.#place(part, ways)));
    await this.#enter(ways, () => this.#wanted(ways), onWait);
    let isIn = true;
    const leave = () => {
      if (isIn) this.#leave(ways);
      isIn = false;
    };
    const carry = async (parts: readonly PartDelivery[]): Promise<Carried> => {
      const inline = this.#parts.filter((part) => parts.includes(part) || ways.inline.includes(part));
      if (inline.length > ways.inline.length) {
        // It waits for room with nothing: others may wait for what it has.
        leave();
        this.#room.onEnd();
        await this.#enter(ways, () => inline, onWait);
        isIn = true;
      }
      return this.#carried(ways);
    };
    return {
      carried: this.#carried(ways),
      complete: (lacking) => {
        const parts = this.#parts.filter((part) => lacking.includes(part === this.content ? "content" : "data"));
        for (const part of parts) part.forgetHolders();
        return carry(parts);
      },
      elsewhere: async () => {
        const refused = [...ways.stored.entries()];
        ways.stored.clear();
        const kept = refused.filter(([part]) => !this.#isCarriable(part));
        await Promise.all(kept.map(([part, { url }]) => this.#place(part, ways, url)));
        return carry(refused.map(([part]) => part).filter((part) => !ways.stored.has(part)));
      },
      end: (holder) => {
        leave();
        if (holder !== null) this.content.addHolder(holder.worker);
        if (holder?.keepsData) this.data?.addHolder(holder.worker);
        this.#room.onEnd();
      },
    };
  }

  get #parts(): readonly PartDelivery[] {
    return this.data === null ? [this.content] : [this.content, this.data];
  }

  /** Whether an invocation can carry a part: both where they fit together, else the smaller one. */
  #isCarriable(part: PartDelivery): boolean {
    const other = part === this.content ? this.data : this.content;
    const { characters } = part;
    if (other === null || characters + other.characters <= MAX_INLINE_CHARACTERS)
      return characters <= MAX_INLINE_CHARACTERS;
    const isSmaller = characters < other.characters || (characters === other.characters && part === this.content);
    return isSmaller && characters <= MAX_INLINE_CHARACTERS;
  }

  #isStored(part: PartDelivery): boolean {
    return part.store !== undefined && !(part.isStoreDenied && this.#isCarriable(part));
  }

  /** Notes where a part is; nothing when it cannot be stored and travels in invocations from now on. */
  async #place(part: PartDelivery, { stored }: Ways, refused?: string): Promise<void> {
    try {
      stored.set(part, await part.place(part.store as ArtifactStore, refused));
    } catch (error) {
      if (!this.#isCarriable(part) || isAborted(error)) throw error;
      // Others waited for the same.
      if (!this.#parts.some(({ isStoreDenied }) => isStoreDenied))
        process.emitWarning(
          `The criterion travels in each invocation instead: ${(error as Error).message}`,
          "FanoptWarning",
        );
      part.isStoreDenied = true;
    }
  }

  /** Parts that have to be in a request that is in flight now. */
  #wanted({ stored }: Ways): readonly PartDelivery[] {
    const { content, data } = this;
    const isWanted = ({ isSmall, isScarce }: PartDelivery) => isSmall || isScarce;
    const wanted = stored.has(content) || !isWanted(content) ? [] : [content];
    if (data === null || stored.has(data)) return wanted;
    // A worker that has the function needs no data, whether it has kept it or not.
    const mayLackFunction = stored.has(content) || wanted.length > 0;
    const lacksData = mayLackFunction && content.inFlight > content.holders + this.#dataCarriers;
    return data.isSmall || (lacksData && data.isScarce) ? [...wanted, data] : wanted;
  }

  /** Puts an invocation in flight, with what `wanted` then says in it, when there is room for that. */
  async #enter(ways: Ways, wanted: () => readonly PartDelivery[], onWait: OnWait): Promise<void> {
    await this.#room.enter(() => {
      for (const part of this.#parts) part.inFlight += 1;
      const inline = wanted();
      const hasRoom = this.#room.take(charactersOf(inline));
      if (hasRoom) {
        ways.inline = inline;
        this.#countCarriers(inline, 1);
      }
      // Who waits is not in flight: a worker that holds it may get free for it.
      else for (const part of this.#parts) part.inFlight -= 1;
      return hasRoom;
    }, onWait);
  }

  #leave({ inline }: Ways): void {
    for (const part of this.#parts) part.inFlight -= 1;
    this.#countCarriers(inline, -1);
    this.#room.giveBack(charactersOf(inline));
  }

  #countCarriers(inline: readonly PartDelivery[], change: 1 | -1): void {
    for (const part of inline) {
      part.carriers += change;
      if (part === this.data) this.#dataCarriers += change;
    }
  }

  #carried(ways: Ways): Carried {
    const content = requested(this.content, ways);
    return this.data === null ? { content } : { content, data: requested(this.data, ways) };
  }
}

function requested(part: PartDelivery, { stored, inline }: Ways): RequestedPart {
  const { hash } = part;
  const where = stored.get(part);
  if (where !== undefined) return { hash, stored: where };
  return inline.includes(part) ? { hash, inline: part.inline } : { hash };
}

function charactersOf(parts: readonly PartDelivery[]): number {
  return parts.reduce((sum, { characters }) => sum + characters, 0);
}

function isAborted(error: unknown): boolean {
  const { name, cause } = error as Error & { cause?: { name?: string } };
  return name === "AbortError" || cause?.name === "AbortError";
}
