import { once } from "node:events";
import { constants, createBrotliCompress } from "node:zlib";

/** Of larger ones the time matters more than the last percents. */
const LARGE_BYTES = 16_000_000;
const SLICE_BYTES = 1 << 20;

/** An artifact by brotli, written where it is returned: a large one takes its compressed size of memory and no more. */
export async function compressArtifact(bytes: Uint8Array): Promise<Buffer> {
  const brotli = createBrotliCompress({
    params: {
      [constants.BROTLI_PARAM_QUALITY]: bytes.byteLength > LARGE_BYTES ? 1 : 5,
      [constants.BROTLI_PARAM_SIZE_HINT]: Math.min(bytes.byteLength, 2 ** 30),
    },
    chunkSize: SLICE_BYTES,
  });
  // What cannot be compressed grows by a few bytes in each block. Pages that are not written take no memory.
  const out = Buffer.alloc(bytes.byteLength + (bytes.byteLength >>> 10) + 1_024);
  let length = 0;
  brotli.on("data", (chunk: Buffer) => {
    length += chunk.copy(out, length);
  });
  const ended = once(brotli, "end");
  for (let at = 0; at < bytes.byteLength; at += SLICE_BYTES)
    if (!brotli.write(bytes.subarray(at, at + SLICE_BYTES))) await once(brotli, "drain");
  brotli.end();
  await ended;
  return out.subarray(0, length);
}
