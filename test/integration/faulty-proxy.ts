import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What the proxy does to one request instead of passing it on as it is. */
export type Fault =
  /** Writes the first `taken` items of a BatchWriteItem only and returns the rest as unprocessed. */
  | { readonly kind: "unprocessed"; readonly taken: number }
  /** Answers with an error of DynamoDB. */
  | { readonly kind: "answer"; readonly status: number; readonly type: string }
  /** Breaks the connection: before the server sees the request, or after it was carried out. */
  | { readonly kind: "reset"; readonly carriedOut: boolean };

export interface FaultyProxy extends AsyncDisposable {
  readonly url: string;
  /** Decides about each request; null passes it on. */
  fault: (operation: string, request: number) => Fault | null;
  /** Operations seen, e.g. "BatchWriteItem", in order. */
  readonly operations: string[];
  /** Kinds of the faults injected. */
  readonly injected: string[];
  /** The most requests that were in flight at once. */
  peak: number;
}

interface Batch {
  RequestItems: Record<string, unknown[]>;
}

/** A real HTTP proxy in front of a server that speaks DynamoDB's protocol, for the faults that no emulator has. */
export async function startFaultyProxy(target: string): Promise<FaultyProxy> {
  const operations: string[] = [];
  const injected: string[] = [];
  let inFlight = 0;
  const server = createServer((request, response) => {
    proxy.peak = Math.max(proxy.peak, ++inFlight);
    response.on("close", () => inFlight--);
    void handle(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const proxy: FaultyProxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    fault: () => null,
    operations,
    injected,
    peak: 0,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readAll(request);
    const operation = String(request.headers["x-amz-target"]).split(".")[1];
    operations.push(operation);
    const fault = proxy.fault(operation, operations.length - 1);
    if (fault !== null) injected.push(fault.kind === "answer" ? fault.type : fault.kind);
    if (fault?.kind === "answer")
      return answer(response, fault.status, JSON.stringify({ __type: fault.type, message: "injected" }));
    if (fault?.kind === "unprocessed") {
      const { RequestItems } = JSON.parse(body) as Batch;
      const [[table, items]] = Object.entries(RequestItems);
      const taken = items.slice(0, fault.taken);
      if (taken.length > 0) await forward(request, JSON.stringify({ RequestItems: { [table]: taken } }));
      return answer(response, 200, JSON.stringify({ UnprocessedItems: { [table]: items.slice(fault.taken) } }));
    }
    if (fault?.kind === "reset") {
      if (fault.carriedOut) await forward(request, body);
      request.socket.resetAndDestroy();
      return;
    }
    const passed = await forward(request, body);
    answer(response, passed.status, passed.body);
  }

  function forward(request: IncomingMessage, body: string): Promise<{ status: number; body: string }> {
    const { "content-length": _length, host: _host, connection: _connection, ...headers } = request.headers;
    return new Promise((resolve, reject) => {
      const onward = httpRequest(target, { method: request.method, headers, agent: false }, async (answered) =>
        resolve({ status: answered.statusCode ?? 0, body: await readAll(answered) }),
      );
      onward.on("error", reject);
      onward.end(body);
    });
  }

  return proxy;
}

function answer(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { "content-type": "application/x-amz-json-1.0" });
  response.end(body);
}

async function readAll(stream: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
