import type { Artifact } from "../../transport/artifact.ts";
import type { StoredArtifact } from "../../worker/protocol.ts";
import type { ArtifactStore } from "./artifact-store.ts";
import { compressArtifact } from "./compress-artifact.ts";

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
  /** Invocations that wait until another one no longer carries it. */
  readonly #waiting: Array<() => void> = [];
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
   * What the next invocation carries; one that would be too much for the driver's memory waits. Every one that was begun must be ended; not one
   * that failed to begin.
   *
   * @throws InfrastructureError when the artifact cannot be stored.
   */
  async begin(): Promise<Carried> {
    if ("store" in this.#whole) {
      const carried = await this.whole();
      if (carried.stored !== undefined) return carried;
    }
    const { inline } = this.#whole as { readonly inline: string };
    const most = Math.max(1, Math.floor(MAX_IN_FLIGHT_CHARACTERS / inline.length));
    while (this.#mustCarry(inline) && this.#inlineInFlight >= most) {
      this.#warnOfWaiting(most);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    const carries = this.#mustCarry(inline);
    this.#inFlight += 1;
    if (carries) this.#inlineInFlight += 1;
    return carries ? { inline } : {};
  }

  #mustCarry(inline: string): boolean {
    return inline.length <= ALWAYS_INLINE_CHARACTERS || this.#inFlight >= this.#holders.size + this.#inlineInFlight;
  }

  #warnOfWaiting(most: number): void {
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    process.emitWarning(
      `The criterion is sent to ${most} workers at the same time, for the driver's memory: others wait until these have answered. With a bucket ` +
        "(fanoptArtifacts in sst.config.ts, or createLambdaExecutor({ artifacts: { bucket } })) none waits.",
      "FanoptWarning",
    );
  }

  /**
   * The artifact, for a worker that asked for it, or could not use what it was told.
   *
   * @param refused what that was: a URL in it is not given again, and what an invocation can carry then travels in it.
   */
  async whole(refused: Carried = {}): Promise<Carried> {
    if ("inline" in this.#whole) return this.#whole;
    const { compressed, store } = this.#whole;
    const isCarried = base64Length(compressed) <= MAX_INLINE_CHARACTERS;
    if (isCarried && refused.stored !== undefined) return this.#inlineOf(compressed);
    try {
      return { stored: { url: await store.url(this.hash, compressed, refused.stored?.url), bytes: this.#bytes } };
    } catch (error) {
      if (!isCarried) throw error;
      process.emitWarning(
        `The criterion travels in each invocation instead: ${(error as Error).message}`,
        "FanoptWarning",
      );
      this.#whole = this.#inlineOf(compressed);
      return this.#whole;
    }
  }

  #inlineOf(compressed: Buffer): { readonly inline: string } {
    this.#encoded ??= { inline: compressed.toString("base64") };
    return this.#encoded;
  }

  /** An invocation ended; `holder` is the worker that has the artifact now, null where none is known to. */
  end({ inline, stored }: Carried, holder: string | null): void {
    if (stored !== undefined) return;
    this.#inFlight -= 1;
    if (inline !== undefined) this.#inlineInFlight -= 1;
    if (holder !== null) this.#holders.add(holder);
    this.#waiting.shift()?.();
  }

  /** A worker turned out not to hold it: those known may be gone as well. */
  forgetHolders(): void {
    this.#holders.clear();
  }
}

function base64Length({ byteLength }: Uint8Array): number {
  return Math.ceil(byteLength / 3) * 4;
}
