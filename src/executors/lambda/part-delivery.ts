import type { ArtifactPart } from "../../transport/artifact.ts";
import { compressArtifact } from "../../transport/compress-artifact.ts";
import type { StoredPart } from "../../worker/protocol.ts";
import type { ArtifactStore } from "./artifact-store.ts";

/** Up to this size a part always travels along: an invocation that only answers "need" costs more. A URL is always smaller. */
const ALWAYS_INLINE_CHARACTERS = 4_096;

/** A part of artifacts, compressed: where it is stored, and who has it. Artifacts with the same data share that part. */
export class PartDelivery {
  readonly hash: string;
  /** Brotli. */
  readonly compressed: Buffer;
  /** Where it is stored, or will be. */
  store: ArtifactStore | undefined;
  /** Whether it travels in invocations where it can, though there is a store: that failed. */
  isStoreDenied = false;
  /** Invocations of artifacts with this part. */
  inFlight = 0;
  /** Those of them that carry it. */
  carriers = 0;
  readonly #size: number;
  readonly #holders = new Set<string>();
  #inline: string | undefined;

  private constructor({ hash, bytes }: ArtifactPart, compressed: Buffer) {
    this.hash = hash;
    this.compressed = compressed;
    this.#size = bytes.byteLength;
  }

  static async of(part: ArtifactPart): Promise<PartDelivery> {
    return new PartDelivery(part, await compressArtifact(part.bytes));
  }

  /** Its length in a request. */
  get characters(): number {
    return Math.ceil(this.compressed.byteLength / 3) * 4;
  }

  /** Base64. */
  get inline(): string {
    this.#inline ??= this.compressed.toString("base64");
    return this.#inline;
  }

  get isSmall(): boolean {
    return this.characters <= ALWAYS_INLINE_CHARACTERS;
  }

  /** Workers that are known to have it. */
  get holders(): number {
    return this.#holders.size;
  }

  /** Whether more are in flight than workers have it, or are being sent it. */
  get isScarce(): boolean {
    return this.inFlight > this.#holders.size + this.carriers;
  }

  addHolder(worker: string): void {
    this.#holders.add(worker);
  }

  /** A worker turned out not to have it: those known may be gone as well. */
  forgetHolders(): void {
    this.#holders.clear();
  }

  /**
   * Stores it where it is not stored yet, and tells where it is.
   *
   * @param refused a URL that is not to be given again.
   */
  async place(store: ArtifactStore, refused: string | undefined): Promise<StoredPart> {
    return { url: await store.url(this.hash, this.compressed, refused), bytes: this.#size };
  }
}
