import { AbortError } from "../../errors.ts";
import type { Artifact } from "../../transport/artifact.ts";
import type { StoredArtifact } from "../../worker/protocol.ts";
import type { ArtifactStore } from "./artifact-store.ts";
import { compressArtifact } from "../../transport/compress-artifact.ts";

/** A synchronous invocation carries 6 MB of JSON; some is left for the arguments. */
const MAX_INLINE_CHARACTERS = 6_000_000;
/** Above this size it is stored where there is a bucket: a thousand workers at once would be sent gigabytes, all in the driver's memory. */
const PREFER_STORED_BYTES = 256_000;
/** So much of it is in the driver's memory at the same time: each invocation keeps its request until it is answered. */
const MAX_IN_FLIGHT_CHARACTERS = 256_000_000;
/** Up to this size the artifact always travels along: an invocation that only answers "need" costs more. A URL is always smaller. */
const ALWAYS_INLINE_CHARACTERS = 4_096;

/** What of the artifact a request holds. */
export interface Carried {
  readonly inline?: string;
  readonly stored?: StoredArtifact;
}

/** The whole artifact, in a request or where a request points to. */
type Whole = { readonly inline: string } | { readonly compressed: Buffer; readonly store: ArtifactStore };

/** What one invocation carries. To be ended, however the invocation ends. */
export interface Load {
  readonly carried: Carried;
  /**
   * The whole artifact, for a worker that asked for it or could not use what it was told: a URL that was carried is not given again, and what an
   * invocation can carry then travels in it.
   *
   * @throws InfrastructureError when the artifact cannot be stored.
   */
  whole(): Promise<Carried>;
  /** `holder` is the worker that has the artifact now, null where none is known to. */
  end(holder: string | null): void;
}

/** Whether an invocation is one of those that carry the artifact. */
class InlineSlot {
  isTaken = false;
}

/** Told what gives the waiting up: then it rejects with an AbortError. */
type OnWait = (giveUp: () => void) => void;

/**
 * Decides which invocations carry the artifact: inline while more are in flight than workers hold it, or are being sent it; the hash alone
 * otherwise. A worker that misses it all the same answers "need" and gets it. What is large is stored, and each invocation says where: the worker
 * that has it already does not download it.
 */
export class ArtifactDelivery {
  readonly hash: string;
  readonly #bytes: number;
  #whole: Whole;
  readonly #holders = new Set<string>();
  #inFlight = 0;
  #inlineInFlight = 0;
  /** Looks again whether there is room for another invocation that carries it. */
  readonly #waiting = new Set<() => void>();
  #hasWarned = false;
  #encoded: { readonly inline: string } | undefined;

  private constructor({ hash, bytes }: Artifact, whole: Whole) {
    this.hash = hash;
    this.#bytes = bytes.byteLength;
    this.#whole = whole;
  }

  /**
   * Compresses an artifact.
   *
   * @param openStore is called for a large one, and told in words why; it throws where no store is known. Up to what an invocation can carry
   *   the artifact then travels in it.
   * @throws what `openStore` throws.
   */
  static async of(artifact: Artifact, openStore: (why: string) => Promise<ArtifactStore>): Promise<ArtifactDelivery> {
    const compressed = await compressArtifact(artifact.bytes);
    const length = base64Length(compressed);
    const why =
      `The criterion's bundle with its data has ${(length / 1e6).toFixed(1)} MB as it would be sent (compressed, base64), but an ` +
      `invocation carries ${(MAX_INLINE_CHARACTERS / 1e6).toFixed(1)} MB.`;
    if (length > MAX_INLINE_CHARACTERS)
      return new ArtifactDelivery(artifact, { compressed, store: await openStore(why) });
    const store = compressed.byteLength > PREFER_STORED_BYTES ? await openStore(why).catch(() => undefined) : undefined;
    const whole = store === undefined ? { inline: compressed.toString("base64") } : { compressed, store };
    return new ArtifactDelivery(artifact, whole);
  }

  /**
   * What the next invocation carries; one that would be too much for the driver's memory waits.
   *
   * @throws InfrastructureError when the artifact cannot be stored; AbortError when the waiting was given up.
   */
  async begin(onWait: OnWait = () => {}): Promise<Load> {
    const slot = new InlineSlot();
    let carried: Carried = "store" in this.#whole ? await this.#stored() : {};
    this.#inFlight += 1;
    try {
      if (carried.stored === undefined) carried = await this.#takeSlot(slot, () => this.#mustCarry(), onWait);
    } catch (error) {
      this.#inFlight -= 1;
      throw error;
    }
    return {
      get carried() {
        return carried;
      },
      whole: async () => {
        const isStored = "store" in this.#whole && !(this.#isCarriable() && carried.stored !== undefined);
        carried = isStored ? await this.#stored(carried.stored?.url) : {};
        if (carried.stored === undefined) carried = await this.#takeSlot(slot, () => true, onWait);
        return carried;
      },
      end: (holder) => {
        this.#inFlight -= 1;
        if (slot.isTaken) this.#inlineInFlight -= 1;
        if (holder !== null) this.#holders.add(holder);
        for (const look of this.#waiting) look();
      },
    };
  }

  /** Room for an invocation that carries the artifact, if it is still wanted when there is. */
  async #takeSlot(slot: InlineSlot, isWanted: () => boolean, onWait: OnWait): Promise<Carried> {
    const { inline } = this.#inline();
    while (!slot.isTaken && isWanted() && this.#isFull(inline)) {
      // Who waits is not in flight: a worker that holds it may get free for it.
      this.#inFlight -= 1;
      try {
        await this.#room(onWait);
      } finally {
        this.#inFlight += 1;
      }
    }
    if (slot.isTaken) return { inline };
    if (!isWanted()) return {};
    this.#inlineInFlight += 1;
    slot.isTaken = true;
    return { inline };
  }

  /** A worker turned out not to hold it: those known may be gone as well. */
  forgetHolders(): void {
    this.#holders.clear();
  }

  /** Where it is; nothing when it cannot be stored and travels in invocations from now on. */
  async #stored(refusedUrl?: string): Promise<Carried> {
    const { compressed, store } = this.#whole as Extract<Whole, { store: ArtifactStore }>;
    try {
      return { stored: { url: await store.url(this.hash, compressed, refusedUrl), bytes: this.#bytes } };
    } catch (error) {
      if (!this.#isCarriable() || isAborted(error)) throw error;
      // Others waited for the same.
      if ("store" in this.#whole)
        process.emitWarning(
          `The criterion travels in each invocation instead: ${(error as Error).message}`,
          "FanoptWarning",
        );
      this.#whole = this.#inline();
      return {};
    }
  }

  #isCarriable(): boolean {
    return "inline" in this.#whole || base64Length(this.#whole.compressed) <= MAX_INLINE_CHARACTERS;
  }

  #inline(): { readonly inline: string } {
    if ("inline" in this.#whole) return this.#whole;
    this.#encoded ??= { inline: this.#whole.compressed.toString("base64") };
    return this.#encoded;
  }

  #mustCarry(): boolean {
    return (
      this.#inline().inline.length <= ALWAYS_INLINE_CHARACTERS ||
      this.#inFlight > this.#holders.size + this.#inlineInFlight
    );
  }

  #isFull({ length }: string): boolean {
    return this.#inlineInFlight >= Math.max(1, Math.floor(MAX_IN_FLIGHT_CHARACTERS / length));
  }

  async #room(onWait: OnWait): Promise<void> {
    if (!this.#hasWarned)
      process.emitWarning(
        `The criterion is sent to ${this.#inlineInFlight} workers at the same time, for the driver's memory: others wait until these have ` +
          "answered. With a bucket (fanoptArtifacts in sst.config.ts, or createLambdaExecutor({ artifacts: { bucket } })) none waits.",
        "FanoptWarning",
      );
    this.#hasWarned = true;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#waiting.add(resolve);
    onWait(() => reject(new AbortError("The invocation was dropped before it was sent.")));
    try {
      await promise;
    } finally {
      this.#waiting.delete(resolve);
    }
  }
}

function isAborted(error: unknown): boolean {
  const { name, cause } = error as Error & { cause?: { name?: string } };
  return name === "AbortError" || cause?.name === "AbortError";
}

function base64Length({ byteLength }: Uint8Array): number {
  return Math.ceil(byteLength / 3) * 4;
}
