import { randomUUID } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, rename, rm, stat } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";

/** The one bucket there is. */
export const ARTIFACT_BUCKET = "fanopt-artifacts";

const ROUTE = new RegExp(`^/${ARTIFACT_BUCKET}/artifacts/([0-9a-f]{64})(?:\\?(.*))?$`);

/**
 * As much of S3 as artifacts need: PutObject, HeadObject and GetObject, the bucket's name in the path. Objects are files that end with the
 * emulator.
 */
export class ObjectStore {
  readonly #folder: string;
  readonly #accessKeyId: string;

  constructor(folder: string, accessKeyId: string) {
    this.#folder = join(folder, "objects");
    this.#accessKeyId = accessKeyId;
  }

  /** Whether a request is for the store. */
  takes({ url }: IncomingMessage): boolean {
    return url?.startsWith(`/${ARTIFACT_BUCKET}/`) === true;
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      await this.#route(request, response);
    } catch {
      // Half a message is of no use: the other side sees a lost connection, and tries again.
      request.destroy();
    }
  }

  async #route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method, url = "", headers } = request;
    const [, hash, query] = ROUTE.exec(url) ?? [];
    // Of a URL that was signed for workers the key is in the query.
    const signedBy = new URLSearchParams(query).get("X-Amz-Credential");
    if (!`${headers.authorization} Credential=${signedBy}`.includes(`Credential=${this.#accessKeyId}/`))
      return await refuse(request, response, 403, "AccessDenied", "Access Denied");
    if (hash === undefined)
      return await refuse(request, response, 404, "NoSuchKey", "Objects are artifacts/{SHA-256}.");
    if (method === "PUT") return await this.#put(request, response, hash);
    if (method !== "GET" && method !== "HEAD")
      return await refuse(request, response, 405, "MethodNotAllowed", "There are PUT, HEAD and GET.");
    const file = join(this.#folder, hash);
    const size = await stat(file).then(
      (found) => found.size,
      () => undefined,
    );
    if (size === undefined) return await refuse(request, response, 404, "NoSuchKey", "The key does not exist.");
    response.writeHead(200, { "Content-Length": size, "Content-Type": "application/octet-stream" });
    if (method === "HEAD") response.end();
    else await pipeline(createReadStream(file), response);
  }

  /** Seen by others when it is whole. */
  async #put(request: IncomingMessage, response: ServerResponse, hash: string): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    const part = join(this.#folder, randomUUID());
    try {
      await pipeline(request, createWriteStream(part));
      await rename(part, join(this.#folder, hash));
    } finally {
      await rm(part, { force: true });
    }
    response.writeHead(200, { "Content-Length": 0, ETag: `"${hash}"` }).end();
  }
}

async function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  code: string,
  message: string,
): Promise<void> {
  // What is being sent is read to its end, so that the client gets to read the answer.
  for await (const _chunk of request);
  const body = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  const headers = { "Content-Type": "application/xml", "Content-Length": Buffer.byteLength(body) };
  response.writeHead(status, headers).end(request.method === "HEAD" ? undefined : body);
}
