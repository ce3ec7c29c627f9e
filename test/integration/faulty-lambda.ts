import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What happens to one invocation on its way. "pass": nothing. */
export type LambdaFault =
  | "pass"
  /** 429: it does not run. */
  | "throttle"
  /** The connection breaks: while the request is sent, after it ran, or in the middle of the answer. */
  | "reset-before"
  | "reset-after"
  | "reset-during"
  /** It runs, and the answer is not sent before the client gives up. */
  | "delay"
  /** An error of the service: before it ran, or after. */
  | "error-before"
  | "error-after"
  /** It runs, and the answer is cut off where its length says more, is cut without a trace, or is nonsense. */
  | "cut"
  | "truncated"
  | "garbage";

export interface FaultyLambda extends AsyncDisposable {
  readonly endpoint: string;
  /** What happens to the invocation with this number, from 0. */
  fault: (invocation: number) => LambdaFault;
  /** Milliseconds by which the service's clock is ahead of this machine's. */
  clockAheadMs: number;
  /** What happened, in order. */
  readonly happened: LambdaFault[];
  /** Invocations refused because of their time of signature. */
  skewed: number;
}

/** A proxy before a Lambda endpoint, for faults that no emulator has. */
export async function startFaultyLambda(target: string): Promise<FaultyLambda> {
  const server = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const proxy: FaultyLambda = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    fault: () => "pass",
    clockAheadMs: 0,
    happened: [],
    skewed: 0,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // Clients learn the time from it.
    response.setHeader("date", new Date(Date.now() + proxy.clockAheadMs).toUTCString());
    if (Math.abs(signedAt(request) - Date.now() - proxy.clockAheadMs) > 300_000) return refuseSkewed(request, response);
    const fault = proxy.fault(proxy.happened.length);
    proxy.happened.push(fault);
    if (fault === "reset-before") {
      request.socket.resetAndDestroy();
      return;
    }
    const body = await readAll(request);
    if (fault === "throttle")
      return refuse(response, 429, "TooManyRequestsException", { Reason: "ConcurrentInvocationLimitExceeded" });
    if (fault === "error-before") return refuse(response, 500, "ServiceException", {});
    const answer = await forward(request, body);
    act(fault, request, response, answer);
  }

  function act(fault: LambdaFault, request: IncomingMessage, response: ServerResponse, answer: Answer): void {
    const { status, headers, body } = answer;
    switch (fault) {
      case "reset-after":
        request.socket.resetAndDestroy();
        return;
      case "reset-during":
        response.writeHead(status, headers);
        response.write(body.subarray(0, body.length / 2), () => request.socket.resetAndDestroy());
        return;
      case "cut":
        response.writeHead(status, headers);
        response.write(body.subarray(0, body.length / 2), () => request.socket.end());
        return;
      case "truncated":
        response.writeHead(status, { ...headers, "content-length": Math.floor(body.length / 2) });
        response.end(body.subarray(0, Math.floor(body.length / 2)));
        return;
      case "garbage":
        response.writeHead(status, { ...headers, "content-length": 5 });
        response.end(Buffer.from([0xff, 0x00, 0x7b, 0x22, 0xfe]));
        return;
      case "error-after":
        refuse(response, 502, "InternalFailure", {});
        return;
      case "delay":
        return;
      default:
        response.writeHead(status, headers);
        response.end(body);
    }
  }

  /** As AWS words it. */
  async function refuseSkewed(request: IncomingMessage, response: ServerResponse): Promise<void> {
    proxy.skewed += 1;
    await readAll(request);
    const now = new Date(Date.now() + proxy.clockAheadMs);
    const message = `Signature expired: ${request.headers["x-amz-date"]} is now earlier than ${stamp(now)} (${stamp(now)} - 5 min.)`;
    refuse(response, 403, "InvalidSignatureException", { message });
  }

  function forward(request: IncomingMessage, body: Buffer): Promise<Answer> {
    const { host: _host, connection: _connection, ...headers } = request.headers;
    return new Promise((resolve, reject) => {
      const onward = httpRequest(
        `${target}${request.url}`,
        { method: request.method, headers, agent: false },
        async (answered) => {
          const {
            connection: _own,
            "keep-alive": _time,
            "transfer-encoding": _encoding,
            date: _date,
            ...kept
          } = answered.headers;
          const whole = await readAll(answered);
          resolve({
            status: answered.statusCode ?? 0,
            headers: { ...kept, "content-length": whole.length },
            body: whole,
          });
        },
      );
      onward.on("error", reject);
      onward.end(body);
    });
  }

  return proxy;
}

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | number | undefined>;
  readonly body: Buffer;
}

function refuse(response: ServerResponse, status: number, type: string, body: Record<string, unknown>): void {
  response.writeHead(status, { "content-type": "application/json", "x-amzn-errortype": type });
  response.end(JSON.stringify({ message: `${type} for a test`, ...body }));
}

/** `20260131T235959Z` */
function stamp(date: Date): string {
  return date.toISOString().replace(/[-:]|\.\d+/g, "");
}

function signedAt(request: IncomingMessage): number {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(String(request.headers["x-amz-date"])) ?? [];
  return Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
}

async function readAll(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
