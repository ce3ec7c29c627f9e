import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { LambdaExecutorOptions } from "../../../src/executors/lambda/options.ts";
import { createHandler } from "../../../src/worker/handler.ts";
import type { WorkerRequest, WorkerResponse } from "../../../src/worker/protocol.ts";
import { tenMinutes } from "../../worker/requests.ts";

export interface Call {
  /** Number of the call, from 0. */
  readonly index: number;
  readonly path: string;
  readonly request: WorkerRequest;
  readonly response: ServerResponse;
  readonly socket: Socket;
}

type Script = (call: Call) => void | Promise<void>;

/** A server in the place of the Lambda API that answers as scripted, and real options to reach it. */
export class ScriptedLambda implements AsyncDisposable {
  readonly calls: Call[] = [];
  readonly #server: Server;
  #inFlight = 0;
  maxInFlight = 0;

  private constructor(script: Script) {
    this.#server = createServer((incoming, response) => this.#answer(incoming, response, script));
  }

  static async start(script: Script, port = 0): Promise<ScriptedLambda> {
    const lambda = new ScriptedLambda(script);
    await new Promise<void>((resolve) => lambda.#server.listen(port, "127.0.0.1", resolve));
    return lambda;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Options of an executor that invokes here. */
  options(more: LambdaExecutorOptions = {}): LambdaExecutorOptions {
    return optionsFor(this.port, more);
  }

  async #answer(incoming: IncomingMessage, response: ServerResponse, script: Script): Promise<void> {
    this.#inFlight += 1;
    this.maxInFlight = Math.max(this.maxInFlight, this.#inFlight);
    response.once("close", () => {
      this.#inFlight -= 1;
    });
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const request = JSON.parse(Buffer.concat(chunks).toString()) as WorkerRequest;
    const call = { index: this.calls.length, path: incoming.url ?? "", request, response, socket: incoming.socket };
    this.calls.push(call);
    await script(call);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

export function optionsFor(port: number, more: LambdaExecutorOptions = {}): LambdaExecutorOptions {
  return {
    functionName: "test-evaluator",
    region: "eu-central-1",
    endpoint: `http://127.0.0.1:${port}`,
    credentials: { accessKeyId: "dummy", secretAccessKey: "dummy" },
    ...more,
  };
}

/** A payload, as the function returned it. */
export function give({ response }: Call, payload: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(200, { "content-type": "application/json", ...headers });
  response.end(typeof payload === "string" ? payload : JSON.stringify(payload));
}

/** An error of the service. */
export function refuse(
  { response }: Call,
  status: number,
  type: string,
  body: Record<string, unknown> = {},
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { "content-type": "application/json", "x-amzn-errortype": type, ...headers });
  response.end(JSON.stringify({ message: `${type} for a test`, ...body }));
}

/** An evaluator: as many workers as there are invocations at the same time. */
export function evaluator(): (call: Call) => Promise<WorkerResponse> {
  const idle: ReturnType<typeof createHandler>[] = [];
  return async ({ request }) => {
    const worker = idle.pop() ?? createHandler();
    const response = await worker(request, tenMinutes);
    idle.push(worker);
    return response;
  };
}
