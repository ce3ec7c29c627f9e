import { connect, type Socket } from "node:net";
import { HttpMessageParser } from "./http-message.ts";

/** What the Runtime API hands out: an event and what is known of its invocation. */
export interface RuntimeInvocation {
  readonly requestId: string;
  readonly functionArn: string;
  /** Milliseconds since 1970 at which the invocation will be ended. */
  readonly deadline: number;
  /** JSON. */
  readonly event: string;
}

const PREFIX = "/2018-06-01/runtime";

/**
 * The environment's side of the Lambda Runtime API (version 2018-06-01) on one raw socket. A response and the request for the next
 * invocation leave in one write.
 */
export class RuntimeClient {
  readonly #socket: Socket;
  readonly #host: string;

  /** @param address `AWS_LAMBDA_RUNTIME_API`: host and port. */
  constructor(address: string, onInvocation: (invocation: RuntimeInvocation) => void, onClose: () => void) {
    const [host, port] = address.split(":");
    this.#host = address;
    const parser = new HttpMessageParser(({ startLine, headers, body }) => {
      // Everything but an invocation is the acknowledgement of a response.
      const requestId = headers.get("lambda-runtime-aws-request-id");
      if (!startLine.startsWith("HTTP/1.1 200") || requestId === undefined) return;
      // While the handler runs, the socket must not keep an otherwise empty event loop alive.
      this.#socket.unref();
      onInvocation({
        requestId,
        functionArn: headers.get("lambda-runtime-invoked-function-arn") ?? "",
        deadline: Number(headers.get("lambda-runtime-deadline-ms")),
        event: body.toString(),
      });
    });
    this.#socket = connect({ host, port: Number(port), noDelay: true });
    this.#socket.unref();
    this.#socket.on("data", (chunk) => parser.push(chunk));
    this.#socket.on("error", onClose);
    this.#socket.on("close", onClose);
  }

  /** Asks for the first invocation: the environment is ready. */
  next(): void {
    this.#socket.ref();
    this.#socket.write(this.#nextRequest());
  }

  /** Answers an invocation and asks for the next one. */
  respond(requestId: string, body: string): void {
    this.#socket.ref();
    this.#socket.write(this.#post(`/invocation/${requestId}/response`, body) + this.#nextRequest());
  }

  /** Reports that an invocation failed and asks for the next one. */
  fail(requestId: string, errorType: string, body: string): void {
    this.#socket.ref();
    this.#socket.write(this.#post(`/invocation/${requestId}/error`, body, errorType) + this.#nextRequest());
  }

  /** Reports what ended the environment, while an invocation runs or while it starts; `sent` may end the process. */
  failAndEnd(requestId: string | undefined, errorType: string, body: string, sent: () => void): void {
    const path = requestId === undefined ? "/init/error" : `/invocation/${requestId}/error`;
    this.#socket.ref();
    this.#socket.write(this.#post(path, body, errorType), sent);
  }

  #nextRequest(): string {
    return `GET ${PREFIX}/invocation/next HTTP/1.1\r\nHost: ${this.#host}\r\n\r\n`;
  }

  #post(path: string, body: string, errorType?: string): string {
    const type = errorType === undefined ? "" : `Lambda-Runtime-Function-Error-Type: ${headerValue(errorType)}\r\n`;
    return `POST ${PREFIX}${path} HTTP/1.1\r\nHost: ${this.#host}\r\n${type}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
  }
}

/** An error's name is the user's: it must not end the header. */
function headerValue(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, "?").slice(0, 256);
}
