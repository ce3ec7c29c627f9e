/** The rest of the executor tells errors apart by what the SDK makes of them: the fast client's must be the same. */
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { InvokeCommand } from "@aws-sdk/client-lambda";
import { describe, expect, it, onTestFinished } from "vitest";
import { type Answer, type ClientSettings, openClient } from "../../../src/executors/lambda/client.ts";
import { openFastClient } from "../../../src/executors/lambda/fast-client.ts";
import { knownNotToHaveRun, mayHaveRun, type NotRun } from "../../../src/executors/lambda/retry.ts";
import { type Call, give, refuse, ScriptedLambda } from "./scripted-lambda.ts";

type Invoke = (payload: string) => Promise<Answer>;

const FUNCTION = { FunctionName: "test-evaluator" };
const SETTINGS = {
  region: "eu-central-1",
  credentials: { accessKeyId: "dummy", secretAccessKey: "dummy" },
  maxConcurrency: 2,
  requestTimeoutSeconds: 5,
};

/** Both clients, for the same endpoint. */
async function bothClients(endpoint: string): Promise<[Invoke, Invoke]> {
  const settings: ClientSettings = { ...SETTINGS, endpoint };
  const [sdk, fast] = [await openClient(settings), await openFastClient(settings, FUNCTION)];
  onTestFinished(async () => {
    sdk.destroy();
    await fast.close();
  });
  return [
    (Payload) => sdk.send(new InvokeCommand({ ...FUNCTION, Payload })),
    (payload) => fast.invoke(payload, undefined),
  ];
}

/** What the rest of the executor looks at. */
async function failureOf(invoke: Invoke, payload = "{}") {
  const error = (await invoke(payload).then(
    () => new Error("it did not fail"),
    (reason: unknown) => reason,
  )) as Error & {
    readonly $metadata?: { readonly httpStatusCode?: number };
    readonly $response?: { readonly statusCode?: number };
    readonly Reason?: string;
    readonly retryAfterSeconds?: string;
    readonly code?: string;
  };
  const { name, message, Reason, retryAfterSeconds, code } = error;
  const status = error.$response?.statusCode ?? error.$metadata?.httpStatusCode;
  return {
    name,
    message,
    status,
    Reason,
    retryAfterSeconds,
    code,
    notRun: knownNotToHaveRun(error),
    mayHaveRun: mayHaveRun(error),
  };
}

describe("what the service refuses is the same error by both clients", () => {
  it.each<[string, (call: Call) => void, object]>([
    [
      "429 with Retry-After",
      (call) =>
        refuse(
          call,
          429,
          "TooManyRequestsException",
          { Reason: "ConcurrentInvocationLimitExceeded" },
          { "retry-after": "7" },
        ),
      {
        name: "TooManyRequestsException",
        status: 429,
        Reason: "ConcurrentInvocationLimitExceeded",
        retryAfterSeconds: "7",
        notRun: "throttled",
      },
    ],
    [
      "429 of a proxy",
      ({ response }) => response.writeHead(429, { "content-type": "text/html" }).end("<h1>slow down</h1>"),
      { status: 429 },
    ],
    [
      "404",
      (call) => refuse(call, 404, "ResourceNotFoundException"),
      { name: "ResourceNotFoundException", status: 404, notRun: null },
    ],
    [
      "403 with its type in the body",
      ({ response }) =>
        response.writeHead(403).end('{"__type":"com.amazonaws.lambda#AccessDeniedException","Message":"not you"}'),
      { name: "AccessDeniedException", status: 403, message: "not you", notRun: null },
    ],
    [
      "413",
      (call) => refuse(call, 413, "RequestTooLargeException"),
      { name: "RequestTooLargeException", status: 413, notRun: null },
    ],
    ["500", (call) => refuse(call, 500, "ServiceException"), { name: "ServiceException", status: 500, notRun: null }],
    ["502 without a body", ({ response }) => response.writeHead(502).end(), { status: 502, notRun: null }],
    [
      "a redirection",
      ({ response }) => response.writeHead(302, { location: "/" }).end(),
      { status: 302, notRun: null },
    ],
    [
      "500 with garbage",
      ({ response }) => response.writeHead(500, { "content-type": "text/html" }).end("<h1>oh no</h1>"),
      { status: 500, notRun: null },
    ],
  ])("%s", async (_what, script, expected) => {
    await using lambda = await ScriptedLambda.start(script);
    const [sdk, fast] = await bothClients(`http://127.0.0.1:${lambda.port}`);
    const bySdk = await failureOf(sdk);
    expect(bySdk).toMatchObject(expected);
    expect(await failureOf(fast)).toEqual(bySdk);
    expect(lambda.calls).toHaveLength(2);
  });
});

/** A server that has nothing of HTTP but what the script writes, until the test ends. */
async function startRaw(script: (socket: Socket) => void): Promise<string> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket.on("error", () => {}));
    script(socket);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Larger than a socket's buffers. */
const PAYLOAD = JSON.stringify("x".repeat(5_000_000));

/** Once the request has come whole. */
const afterRequest = (socket: Socket, then: () => void) => {
  let text = "";
  socket.on("data", (chunk: Buffer) => {
    text += chunk.toString();
    if (text.endsWith(PAYLOAD)) then();
  });
};

const HEAD = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n";

describe("connections that fail are judged alike", () => {
  it.each<[string, () => Promise<string>, NotRun | null]>([
    ["connection refused", async () => `http://127.0.0.1:${await freePort()}`, "not-connected"],
    ["by name, IPv6 and IPv4", async () => `http://localhost:${await freePort()}`, "not-connected"],
    ["a name that nobody has", async () => "http://nobody.invalid:80", "not-connected"],
    [
      "a reset while the request is read",
      () => startRaw((socket) => socket.once("data", () => socket.resetAndDestroy())),
      null,
    ],
    ["a reset after it", () => startRaw((socket) => afterRequest(socket, () => socket.resetAndDestroy())), null],
    ["an end before the answer", () => startRaw((socket) => afterRequest(socket, () => socket.end())), null],
    ["half a head", () => startRaw((socket) => afterRequest(socket, () => socket.end("HTTP/1.1 20"))), null],
    [
      "half an answer, then its end",
      () => startRaw((socket) => afterRequest(socket, () => socket.end(`${HEAD}[1, 2`))),
      null,
    ],
    [
      "half an answer, then a reset",
      () =>
        startRaw((socket) =>
          afterRequest(socket, () => socket.write(`${HEAD}[1, 2`, () => setImmediate(() => socket.resetAndDestroy()))),
        ),
      null,
    ],
  ])("%s", async (_what, start, notRun) => {
    const [sdk, fast] = await bothClients(await start());
    const [bySdk, byFast] = [await failureOf(sdk, PAYLOAD), await failureOf(fast, PAYLOAD)];
    expect(bySdk).toMatchObject({ code: expect.stringMatching(/^E/), notRun, mayHaveRun: notRun === null });
    expect(byFast).toMatchObject({
      name: bySdk.name,
      code: bySdk.code,
      status: undefined,
      notRun,
      mayHaveRun: bySdk.mayHaveRun,
    });
  });

  it("an answer that is no HTTP", async () => {
    const [sdk, fast] = await bothClients(
      await startRaw((socket) => afterRequest(socket, () => socket.end("no HTTP at all\r\n\r\n"))),
    );
    for (const invoke of [sdk, fast])
      expect(await failureOf(invoke, PAYLOAD)).toMatchObject({
        name: "Error",
        code: expect.stringMatching(/^HPE_/),
        notRun: null,
      });
  });
});

/** A port where nobody listens. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

describe("answers are read alike", () => {
  it.each<[string, string, Record<string, string>]>([
    ["a result", '{"value":1}', {}],
    ["garbage", "\u0000no JSON", {}],
    ["nothing", "", {}],
    [
      "a failure of the function with its log",
      '{"errorType":"Runtime.ExitError"}',
      { "X-Amz-Function-Error": "Unhandled", "X-Amz-Log-Result": Buffer.from("the log").toString("base64") },
    ],
  ])("%s", async (_what, body, headers) => {
    await using lambda = await ScriptedLambda.start((call) => give(call, body, headers));
    const [sdk, fast] = await bothClients(`http://127.0.0.1:${lambda.port}`);
    const answers = await Promise.all([sdk("{}"), fast("{}")]);
    const [bySdk, byFast] = answers.map(({ Payload, FunctionError, ...rest }) => ({
      text: Buffer.from(Payload ?? []).toString(),
      FunctionError,
      LogResult: "LogResult" in rest ? rest.LogResult : undefined,
    }));
    expect(byFast).toEqual(bySdk);
    expect(bySdk.text).toBe(body);
    expect(bySdk.FunctionError).toBe(headers["X-Amz-Function-Error"]);
  });
});
