import { promisify } from "node:util";
import { brotliCompress, constants } from "node:zlib";
import { InvalidInputError } from "../../errors.ts";
import type { Artifact } from "../../transport/artifact.ts";

/** A synchronous invocation carries 6 MB of JSON; some is left for the arguments. */
const MAX_INLINE_CHARACTERS = 6_000_000;
/** Up to this size the artifact always travels along: an invocation that only answers "need" costs more. */
const ALWAYS_INLINE_CHARACTERS = 4_096;

const compress = promisify(brotliCompress);

/** What of the artifact a request holds. */
export interface Carried {
  readonly inline?: string;
}

/**
 * Decides which invocations carry the artifact: inline while more are in flight than workers hold it, or are being sent it; the hash alone
 * otherwise. A worker that misses it all the same answers "need" and gets it.
 */
export class ArtifactDelivery {
  readonly hash: string;
  readonly #inline: string;
  readonly #holders = new Set<string>();
  #inFlight = 0;
  #inlineInFlight = 0;

  private constructor(hash: string, inline: string) {
    this.hash = hash;
    this.#inline = inline;
  }

  /** Compresses an artifact. Throws InvalidInputError when it is larger than an invocation can carry. */
  static async of(artifact: Artifact): Promise<ArtifactDelivery> {
    const compressed = await compress(artifact.bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } });
    const inline = compressed.toString("base64");
    if (inline.length > MAX_INLINE_CHARACTERS)
      throw new InvalidInputError(
        `The criterion's bundle with its data has ${(inline.length / 1e6).toFixed(1)} MB as it would be sent (compressed, base64), but an ` +
          `invocation carries ${(MAX_INLINE_CHARACTERS / 1e6).toFixed(1)} MB. Give defineCriterion less data in args, or import smaller modules.`,
      );
    return new ArtifactDelivery(artifact.hash, inline);
  }

  begin(): Carried {
    const inline =
      this.#inline.length <= ALWAYS_INLINE_CHARACTERS || this.#inFlight >= this.#holders.size + this.#inlineInFlight;
    this.#inFlight += 1;
    if (inline) this.#inlineInFlight += 1;
    return inline ? this.whole() : {};
  }

  /** The artifact, for a worker that asked for it. */
  whole(): Carried {
    return { inline: this.#inline };
  }

  /** An invocation ended; `holder` is the worker that has the artifact now, null where none is known to. */
  end({ inline }: Carried, holder: string | null): void {
    this.#inFlight -= 1;
    if (inline !== undefined) this.#inlineInFlight -= 1;
    if (holder !== null) this.#holders.add(holder);
  }

  /** A worker turned out not to hold it: those known may be gone as well. */
  forgetHolders(): void {
    this.#holders.clear();
  }
}
