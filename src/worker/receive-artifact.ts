import { promisify } from "node:util";
import { brotliDecompress } from "node:zlib";
import { FanoptError } from "../errors.ts";
import { sha256 } from "../transport/content.ts";
import { download } from "./download.ts";
import { ARTIFACT_DAMAGED, type WorkerRequest } from "./protocol.ts";

const decompress = promisify(brotliDecompress);

/**
 * The artifact that a request holds, or points to, checked against its hash.
 *
 * @param milliseconds that a download may take.
 * @throws FanoptError with code ARTIFACT_DAMAGED or ARTIFACT_UNREACHABLE.
 */
export async function receiveArtifact(request: WorkerRequest, milliseconds: number): Promise<Uint8Array> {
  const { artifact, inline = "", stored } = request;
  if (stored === undefined) return inlined(artifact, inline);
  const { host } = new URL(stored.url);
  const bytes = await download(stored, milliseconds);
  if (bytes === null) throw damaged("is not what was stored", host);
  return checked(artifact, bytes, host);
}

async function inlined(hash: string, inline: string): Promise<Uint8Array> {
  const bytes = await decompress(Buffer.from(inline, "base64")).catch((error: unknown) => {
    throw damaged("cannot be decompressed", undefined, { cause: error });
  });
  return checked(hash, bytes);
}

function checked(hash: string, bytes: Uint8Array, host?: string): Uint8Array {
  const actual = sha256(bytes);
  if (actual !== hash) throw damaged(`has the hash ${actual}, expected ${hash}`, host);
  return bytes;
}

function damaged(why: string, host?: string, options?: ErrorOptions): FanoptError {
  const where =
    host === undefined
      ? "it was changed on its way"
      : `it was changed at ${host}, or on its way from there: delete it there`;
  return new FanoptError(ARTIFACT_DAMAGED, `The artifact ${why}: ${where}.`, options);
}
