/** Whether parts of an artifact are what was asked for. */
import { FanoptError } from "../errors.ts";
import { decode } from "../transport/codec.ts";
import { type ArtifactContent, sha256 } from "../transport/content.ts";
import { ARTIFACT_DAMAGED } from "./protocol.ts";

/**
 * The part, if it is what its hash says.
 *
 * @param what the part in messages.
 * @param host where it was stored.
 * @throws FanoptError with code ARTIFACT_DAMAGED.
 */
export function checkPart(hash: string, bytes: Uint8Array, what: string, host?: string): Uint8Array {
  const actual = sha256(bytes);
  if (actual !== hash) throw damaged(what, `has the hash ${actual}, expected ${hash}`, host);
  return bytes;
}

/** Throws where a request is about other data than its artifact names. */
export function checkDataHash(requested: string | null, named: string | null): void {
  const told = (hash: string | null) => (hash === null ? "no data part" : `a data part with the hash ${hash}`);
  if (requested !== named) throw damaged("The artifact", `names ${told(named)}, the request ${told(requested)}`);
}

/** Hash of the data part that an artifact's content names; null: it has none. */
export function namedData(content: Uint8Array): string | null {
  return (decode(content) as ArtifactContent).data.part;
}

/** A FanoptError with code ARTIFACT_DAMAGED. */
export function damaged(what: string, why: string, host?: string, options?: ErrorOptions): FanoptError {
  const where =
    host === undefined
      ? "it was changed on its way"
      : `it was changed at ${host}, or on its way from there: delete it there`;
  return new FanoptError(ARTIFACT_DAMAGED, `${what} ${why}: ${where}.`, options);
}
