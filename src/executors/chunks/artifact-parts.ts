/** What requests hold of an artifact. */
import type { Artifact, ArtifactPart } from "../../transport/artifact.ts";
import type { ChunkPart, ChunkRequest } from "../../worker/chunk-protocol.ts";
import type { PartName } from "../../worker/protocol.ts";
import { Pace } from "./chunk-size.ts";

/** An artifact on its way to workers of one pool, and how long its tasks take. */
export class ArtifactParts {
  readonly hash: string;
  readonly pace: Pace = new Pace();
  readonly #content: ChunkPart;
  readonly #data: ChunkPart | undefined;
  readonly #always: boolean;

  /** @param always whether each request holds all parts: where they are in shared memory. */
  constructor(content: ChunkPart, data: ChunkPart | undefined, always: boolean) {
    this.hash = content.hash;
    this.#content = content;
    this.#data = data;
    this.#always = always;
  }

  get bytes(): number {
    return (this.#content.bytes?.byteLength ?? 0) + (this.#data?.bytes?.byteLength ?? 0);
  }

  /** The parts in a request: all are named, those that the worker asked for are there. */
  request(asked: readonly PartName[]): Pick<ChunkRequest, "content" | "data"> {
    const given = (part: ChunkPart, name: PartName) =>
      this.#always || asked.includes(name) ? part : { hash: part.hash };
    const content = given(this.#content, "content");
    return this.#data === undefined ? { content } : { content, data: given(this.#data, "data") };
  }

  /** Whether all that was asked for can be sent, and was not in the request already. */
  canSend(asked: readonly PartName[], sent: readonly PartName[]): boolean {
    const isThere = (name: PartName) => name === "content" || (name === "data" && this.#data !== undefined);
    return !this.#always && asked.length > 0 && asked.every((name) => isThere(name) && !sent.includes(name));
  }
}

/** What was sent last is likely to be sent again, by the next run or the next batch. */
const MAX_KNOWN = 16;
const MAX_KNOWN_BYTES = 256_000_000;

/** The artifacts of an executor, by hash: each run describes its function anew. */
export class KnownArtifacts {
  readonly #isShared: boolean;
  /** In the order of their last use. */
  readonly #known = new Map<string, ArtifactParts>();
  /** Data parts by hash, as long as an artifact that is known has them. */
  readonly #data = new Map<string, WeakRef<ChunkPart>>();

  /** @param isShared whether parts are put into shared memory. */
  constructor(isShared: boolean) {
    this.#isShared = isShared;
  }

  of({ hash, bytes, data }: Artifact): ArtifactParts {
    const parts =
      this.#known.get(hash) ??
      new ArtifactParts(this.#part({ hash, bytes }), data === null ? undefined : this.#dataPart(data), this.#isShared);
    this.#known.delete(hash);
    this.#known.set(hash, parts);
    this.#forgetOldest();
    return parts;
  }

  /** The last one stays, whatever it takes. */
  #forgetOldest(): void {
    let count = 0;
    let bytes = 0;
    for (const [hash, parts] of [...this.#known].reverse()) {
      count += 1;
      bytes += parts.bytes;
      if (count > 1 && (count > MAX_KNOWN || bytes > MAX_KNOWN_BYTES)) this.#known.delete(hash);
    }
  }

  #dataPart(data: ArtifactPart): ChunkPart {
    const known = this.#data.get(data.hash)?.deref();
    if (known !== undefined) return known;
    const part = this.#part(data);
    for (const [hash, reference] of this.#data) if (reference.deref() === undefined) this.#data.delete(hash);
    this.#data.set(data.hash, new WeakRef(part));
    return part;
  }

  #part({ hash, bytes }: ArtifactPart): ChunkPart {
    if (!this.#isShared) return { hash, bytes };
    const shared = new Uint8Array(new SharedArrayBuffer(bytes.byteLength));
    shared.set(bytes);
    return { hash, bytes: shared };
  }
}
