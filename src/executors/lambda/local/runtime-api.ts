import { createServer, type Server, type Socket } from "node:net";
import { type HttpMessage, HttpMessageParser } from "./http-message.ts";
import { type Invocation, MAX_RESPONSE_BYTES } from "./invocation.ts";

/** What the environment's process tells. */
interface RuntimeApiEvents {
  /** It waits for an invocation: {@link RuntimeApi.send} answers. */
  next(): void;
  /** Whether `requestId` is the invocation that it works on. */
  accepts(requestId: string): boolean;
  /** `bodyBytes` may be more than what was kept of the body. */
  response(body: Buffer, bodyBytes: number, functionError: boolean): void;
  initError(body: Buffer): void;
  /** The process is gone, or as good as gone. */
  closed(): void;
}

const ROUTE =
  /^(GET|POST) \/2018-06-01\/runtime\/(?:invocation\/(?:(next)|([\w-]+)\/(response|error))|(init\/error)) HTTP\/1\.1$/;

/**
 * The Lambda Runtime API (version 2018-06-01) for one environment, on a loopback port of its own. It takes one connection, on which
 * requests may be pipelined: `GET next` is answered when there is an invocation, and the acknowledgement of the response before it goes
 * out in the same write, since a client that has asked already does not wait for it.
 */
export class RuntimeApi {
  readonly #events: RuntimeApiEvents;
  readonly #server: Server;
  #socket: Socket | undefined;
  #nextIsWaiting = false;
  #replies = "";

  /** @param listening is told the address, for `AWS_LAMBDA_RUNTIME_API`. */
  constructor(events: RuntimeApiEvents, listening: (address: string) => void) {
    this.#events = events;
    this.#server = createServer({ noDelay: true }, (socket) => this.#accept(socket));
    this.#server.listen(0, "127.0.0.1", () => {
      const address = this.#server.address();
      if (address !== null && typeof address === "object") listening(`127.0.0.1:${address.port}`);
    });
  }

  get isConnected(): boolean {
    return this.#socket !== undefined && !this.#socket.destroyed;
  }

  /** Hands the invocation to the process that waits for one. */
  send(invocation: Invocation, functionArn: string, deadline: number): void {
    const head =
      `HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: ${invocation.id}\r\nLambda-Runtime-Deadline-Ms: ${deadline}\r\n` +
      `Lambda-Runtime-Invoked-Function-Arn: ${functionArn}\r\nContent-Length: ${invocation.payload.length}\r\n\r\n`;
    this.#nextIsWaiting = false;
    this.#socket?.cork();
    this.#socket?.write(this.#replies + head, "latin1");
    this.#socket?.write(invocation.payload);
    this.#socket?.uncork();
    this.#replies = "";
  }

  close(): void {
    this.#server.close();
    this.#socket?.destroy();
  }

  #accept(socket: Socket): void {
    this.#server.close();
    this.#socket = socket;
    const parser = new HttpMessageParser((message) => this.#route(message), MAX_RESPONSE_BYTES);
    socket.on("data", (chunk) => {
      try {
        parser.push(chunk);
      } catch {
        socket.destroy();
        return;
      }
      if (!this.#nextIsWaiting && this.#replies !== "") {
        socket.write(this.#replies, "latin1");
        this.#replies = "";
      }
    });
    socket.on("error", () => socket.destroy());
    socket.on("close", () => this.#events.closed());
  }

  #route({ startLine, body, bodyBytes }: HttpMessage): void {
    const [, method, next, requestId, kind, initError] = ROUTE.exec(startLine) ?? [];
    if (method === "GET" && next !== undefined) {
      this.#nextIsWaiting = true;
      this.#events.next();
    } else if (method === "POST" && requestId !== undefined) {
      const accepted = this.#events.accepts(requestId);
      if (!accepted) this.#reply("400 Bad Request", "InvalidRequestID");
      else this.#reply(bodyBytes > MAX_RESPONSE_BYTES ? "413 Payload Too Large" : "202 Accepted");
      if (accepted) this.#events.response(body, bodyBytes, kind === "error");
    } else if (method === "POST" && initError !== undefined) {
      this.#reply("202 Accepted");
      this.#events.initError(body);
    } else {
      this.#reply("404 Not Found", "NotFound");
    }
  }

  #reply(status: string, errorType?: string): void {
    const body = errorType === undefined ? "" : JSON.stringify({ errorType, errorMessage: errorType });
    this.#replies += `HTTP/1.1 ${status}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  }
}
