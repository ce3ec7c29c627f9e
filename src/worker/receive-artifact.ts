import { promisify } from "node:util";
import { brotliDecompress } from "node:zlib";
import { checkDataHash, checkPart, damaged, namedData } from "./check-artifact.ts";
import { download } from "./download.ts";
import type { RequestedPart, WorkerRequest } from "./protocol.ts";

const decompress = promisify(brotliDecompress);

/** An artifact's parts as they came. */
export interface ReceivedArtifact {
  readonly content: Uint8Array;
  /** null where the data is in the content. */
  readonly data: Uint8Array | null;
}

/**
 * The artifact whose parts a request holds, or points to, checked against their hashes: what is not the data that the content names is not even
 * looked at.
 *
 * @param keptData the data part where it is here already.
 * @param milliseconds that downloads may take.
 * @throws FanoptError with code ARTIFACT_DAMAGED or ARTIFACT_UNREACHABLE.
 */
export async function receiveArtifact(
  { content: requested, data }: WorkerRequest,
  keptData: Uint8Array | undefined,
  milliseconds: number,
): Promise<ReceivedArtifact> {
  const started = performance.now();
  const content = await receivePart(requested, "The artifact", milliseconds);
  checkDataHash(data?.hash ?? null, namedData(content));
  if (data === undefined) return { content, data: null };
  const left = milliseconds - (performance.now() - started);
  return { content, data: keptData ?? (await receivePart(data, "The artifact's data", left)) };
}

async function receivePart(
  { hash, inline = "", stored }: RequestedPart,
  what: string,
  milliseconds: number,
): Promise<Uint8Array> {
  if (stored === undefined) return checkPart(hash, await inlined(inline, what), what);
  const { host } = new URL(stored.url);
  const bytes = await download(stored, milliseconds);
  if (bytes === null) throw damaged(what, "is not what was stored", host);
  return checkPart(hash, bytes, what, host);
}

async function inlined(inline: string, what: string): Promise<Uint8Array> {
  return await decompress(Buffer.from(inline, "base64")).catch((error: unknown) => {
    throw damaged(what, "cannot be decompressed", undefined, { cause: error });
  });
}
