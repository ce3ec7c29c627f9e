/** A stored part of an artifact, over HTTP. */
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { createBrotliDecompress } from "node:zlib";
import { FanoptError, show } from "../errors.ts";
import { MAX_TIMER_MS } from "../timer.ts";
import { ARTIFACT_UNREACHABLE, type StoredPart } from "./protocol.ts";

const TRIES = 3;
const PAUSE_MS = 200;
/** A connection on which nothing arrives for so long is given up. */
const STALL_MS = 20_000;

/** What may pass by itself: no connection, or an error of the server. */
class Passing extends Error {}

/**
 * Downloads and decompresses; tries again after connection errors and statuses of 500 and above.
 *
 * @param milliseconds for everything.
 * @returns the part, or null when what is stored is no brotli or longer than announced. Whether it is the right one is the caller's to check.
 * @throws FanoptError with code ARTIFACT_UNREACHABLE, which tells the host and never the query: that is a credential.
 */
export async function download(stored: StoredPart, milliseconds: number): Promise<Uint8Array | null> {
  const deadline = AbortSignal.timeout(Math.ceil(Math.max(1, Math.min(milliseconds, MAX_TIMER_MS))));
  for (let attempt = 1; ; attempt++) {
    try {
      return await downloadOnce(stored, deadline);
    } catch (error) {
      if (!(error instanceof Passing)) throw error;
      if (deadline.aborted || attempt === TRIES) {
        const seconds = (milliseconds / 1000).toFixed(1);
        throw unreachable(stored, deadline.aborted ? `it did not arrive within ${seconds} s` : error.message, error);
      }
      await sleep(PAUSE_MS * attempt * (0.5 + Math.random()));
    }
  }
}

async function downloadOnce(stored: StoredPart, deadline: AbortSignal): Promise<Uint8Array | null> {
  const stalled = new AbortController();
  const timer = setTimeout(() => stalled.abort(new Error("nothing arrived for 20 s")), STALL_MS);
  try {
    const response = await fetch(stored.url, { signal: AbortSignal.any([deadline, stalled.signal]) });
    if (response.status !== 200) {
      const answer = `the answer was ${response.status} ${(await response.text()).slice(0, 200)}`;
      throw response.status >= 500 ? new Passing(answer) : unreachable(stored, answer);
    }
    if (response.body === null) return null;
    return await decompressed(response.body, stored.bytes, () => timer.refresh());
  } catch (error) {
    if (error instanceof Passing || error instanceof FanoptError) throw error;
    throw new Passing(reasonOf(error), { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

/** Into one buffer: a part may be a good part of the memory. */
async function decompressed(
  body: AsyncIterable<Uint8Array>,
  size: number,
  arrived: () => void,
): Promise<Uint8Array | null> {
  const bytes = new Uint8Array(size);
  let length = 0;
  const received = async function* () {
    try {
      for await (const chunk of body) {
        arrived();
        yield chunk;
      }
    } catch (error) {
      throw new Passing(reasonOf(error), { cause: error });
    }
  };
  try {
    await pipeline(received, createBrotliDecompress(), async (chunks: AsyncIterable<Uint8Array>) => {
      for await (const chunk of chunks) {
        if (length + chunk.length > size) throw new Error("more than was announced");
        bytes.set(chunk, length);
        length += chunk.length;
      }
    });
  } catch (error) {
    if (error instanceof Passing) throw error;
    return null;
  }
  return bytes;
}

/** fetch itself says "fetch failed": why is in its cause. */
function reasonOf(error: unknown): string {
  const { cause } = error as Error;
  return cause instanceof Error ? cause.message || (cause as { code?: string }).code || cause.name : show(error);
}

function unreachable({ url }: StoredPart, why: string, cause?: unknown): FanoptError {
  return new FanoptError(
    ARTIFACT_UNREACHABLE,
    `The worker could not download the artifact from ${new URL(url).host}: ${why}. A 403 means that the URL has expired or that its signer may not ` +
      "read the object; no connection, that the function is in a VPC without a way out (a NAT, or a gateway endpoint for S3), or that the store has another address for workers (artifacts.workerEndpoint).",
    { cause },
  );
}
