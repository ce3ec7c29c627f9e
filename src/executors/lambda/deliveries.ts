import type { Artifact } from "../../transport/artifact.ts";
import { ArtifactDelivery } from "./artifact-delivery.ts";
import type { ArtifactStore } from "./artifact-store.ts";
import { PartDelivery } from "./part-delivery.ts";
import { RequestRoom } from "./request-room.ts";

/** What was sent last is likely to be sent again: by the next run, or with other code. */
const MAX_KNOWN = 16;
const MAX_KNOWN_BYTES = 64_000_000;

interface Known {
  readonly delivery: Promise<ArtifactDelivery>;
  readonly data: { readonly hash: string; readonly part: Promise<PartDelivery> } | null;
  /** Once they are compressed. */
  parts: readonly PartDelivery[];
}

/** The deliveries of an executor, by hash: the same artifact has the same, and artifacts with the same data share that part. */
export class Deliveries {
  readonly #openStore: (why: string) => Promise<ArtifactStore>;
  readonly #room = new RequestRoom();
  /** In the order of their last use. */
  readonly #known = new Map<string, Known>();

  readonly #maxKnownBytes: number;

  /**
   * @param openStore see `ArtifactDelivery.of`.
   * @param maxKnownBytes of compressed parts that are in memory for the next time; those of the last artifact are, whatever they take.
   */
  constructor(openStore: (why: string) => Promise<ArtifactStore>, maxKnownBytes: number = MAX_KNOWN_BYTES) {
    this.#openStore = openStore;
    this.#maxKnownBytes = maxKnownBytes;
  }

  /**
   * Compresses what is not known.
   *
   * @throws what `openStore` throws.
   */
  of(artifact: Artifact): Promise<ArtifactDelivery> {
    const { hash } = artifact;
    const known = this.#known.get(hash) ?? this.#make(artifact);
    this.#known.delete(hash);
    this.#known.set(hash, known);
    return known.delivery;
  }

  #make({ hash, bytes, data }: Artifact): Known {
    const dataPart =
      data === null ? null : (this.#dataOf(data.hash) ?? { hash: data.hash, part: PartDelivery.of(data) });
    const both = Promise.all([PartDelivery.of({ hash, bytes }), dataPart?.part ?? null]);
    const delivery = both.then(([ofContent, ofData]) =>
      ArtifactDelivery.of(ofContent, ofData, this.#room, this.#openStore),
    );
    const known: Known = { delivery, data: dataPart, parts: [] };
    delivery.then(
      ({ content, data }) => {
        known.parts = data === null ? [content] : [content, data];
        this.#forgetOldest();
      },
      () => {
        if (this.#known.get(hash) === known) this.#known.delete(hash);
      },
    );
    return known;
  }

  #dataOf(hash: string): Known["data"] {
    for (const { data } of this.#known.values()) if (data?.hash === hash) return data;
    return null;
  }

  #forgetOldest(): void {
    const parts = new Set<PartDelivery>();
    let bytes = 0;
    for (const [nth, [hash, known]] of [...this.#known].reverse().entries()) {
      for (const part of known.parts) {
        if (!parts.has(part)) bytes += part.compressed.byteLength;
        parts.add(part);
      }
      if (nth > 0 && (nth >= MAX_KNOWN || bytes > this.#maxKnownBytes)) this.#known.delete(hash);
    }
  }
}
