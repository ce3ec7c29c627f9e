/** A request or response that has arrived whole. */
export interface HttpMessage {
  /** `GET /path HTTP/1.1` or `HTTP/1.1 200 OK`. */
  readonly startLine: string;
  /** By lower-case name. */
  readonly headers: ReadonlyMap<string, string>;
  /** Cut to the parser's `maxBodyBytes`. */
  readonly body: Buffer;
  /** Bytes that were announced and sent: more than `body.length` when the body was cut. */
  readonly bodyBytes: number;
}

const HEAD_END = Buffer.from("\r\n\r\n");
const MAX_HEAD_BYTES = 65_536;
const NOTHING = Buffer.alloc(0);

/**
 * Takes HTTP/1.1 messages off a byte stream, in whatever pieces it comes and however many are pipelined. Of the two sides of the
 * Runtime API both are ours, so it knows bodies of `Content-Length` only; `node:http` costs three times the CPU.
 */
export class HttpMessageParser {
  readonly #onMessage: (message: HttpMessage) => void;
  readonly #maxBodyBytes: number;
  #unparsed: Buffer = NOTHING;
  #head: Pick<HttpMessage, "startLine" | "headers"> | undefined;
  #bodyBytes = 0;
  #received = 0;
  #body: Buffer = NOTHING;

  /** @param maxBodyBytes of a longer body the rest is read and dropped. */
  constructor(onMessage: (message: HttpMessage) => void, maxBodyBytes: number = Number.POSITIVE_INFINITY) {
    this.#onMessage = onMessage;
    this.#maxBodyBytes = maxBodyBytes;
  }

  /** Throws when the stream is not HTTP/1.1 with `Content-Length`; the parser is of no use after that. */
  push(chunk: Buffer): void {
    let rest = this.#unparsed.length === 0 ? chunk : Buffer.concat([this.#unparsed, chunk]);
    this.#unparsed = NOTHING;
    while (true) {
      if (this.#head === undefined) {
        const end = rest.indexOf(HEAD_END);
        if (end < 0) {
          if (rest.length > MAX_HEAD_BYTES) throw new Error(`HTTP head of more than ${MAX_HEAD_BYTES} bytes`);
          this.#unparsed = rest;
          return;
        }
        this.#beginMessage(rest.toString("latin1", 0, end));
        rest = rest.subarray(end + HEAD_END.length);
      }
      rest = this.#takeBody(rest);
      if (this.#received < this.#bodyBytes) return;
      this.#endMessage();
      if (rest.length === 0) return;
    }
  }

  #beginMessage(head: string): void {
    const [startLine, ...lines] = head.split("\r\n");
    const headers = new Map<string, string>();
    for (const line of lines) {
      const colon = line.indexOf(":");
      if (colon <= 0) throw new Error(`not an HTTP header: ${JSON.stringify(line.slice(0, 80))}`);
      headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
    }
    if (headers.has("transfer-encoding")) throw new Error("transfer-encoding is not supported: send content-length");
    const length = headers.get("content-length") ?? "0";
    if (!/^\d{1,15}$/.test(length))
      throw new Error(`content-length is not a number of bytes: ${JSON.stringify(length)}`);
    this.#head = { startLine, headers };
    this.#bodyBytes = Number(length);
    this.#received = 0;
    this.#body = NOTHING;
  }

  #takeBody(bytes: Buffer): Buffer {
    const piece = bytes.subarray(0, this.#bodyBytes - this.#received);
    if (piece.length > 0) {
      const kept = Math.min(this.#bodyBytes, this.#maxBodyBytes);
      if (this.#received === 0 && piece.length >= kept) {
        this.#body = piece.subarray(0, kept);
      } else {
        if (this.#body.length === 0) this.#body = Buffer.allocUnsafe(kept);
        if (this.#received < kept) piece.copy(this.#body, this.#received, 0, kept - this.#received);
      }
      this.#received += piece.length;
    }
    return bytes.subarray(piece.length);
  }

  #endMessage(): void {
    const head = this.#head;
    if (head === undefined) return;
    this.#head = undefined;
    const message = { ...head, body: this.#body, bodyBytes: this.#bodyBytes };
    this.#body = NOTHING;
    this.#onMessage(message);
  }
}
