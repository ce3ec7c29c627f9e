import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { EnvironmentPool } from "./environment-pool.ts";
import { functionArn } from "./environment-variables.ts";
import { type Invocation, type InvocationOutcome, MAX_EVENT_BYTES, MAX_REQUEST_BYTES } from "./invocation.ts";
import type { ObjectStore } from "./object-store.ts";

const ROUTE = /^\/2015-03-31\/functions\/([^/?]+)\/invocations\/?(?:\?(.*))?$/;
const TYPES = ["RequestResponse", "Event", "DryRun"];
const EMPTY_EVENT = Buffer.from("{}");

/** An answer that is not an invocation's outcome, as AWS Lambda words it. */
interface Refusal {
  readonly status: number;
  readonly type: string;
  readonly message: string;
  readonly reason?: string;
}

/** The Invoke operation of the Lambda API (version 2015-03-31), for one function and one access key; beside it, its bucket. */
export function createInvokeApi(
  functionName: string,
  accessKeyId: string,
  pool: EnvironmentPool,
  objects: ObjectStore,
): Server {
  const server = createServer((request, response) => {
    if (objects.takes(request)) {
      objects.answer(request, response);
      return;
    }
    const id = randomUUID();
    const refusal = refuseHead(request, functionName, accessKeyId);
    readBody(request, (body, bodyBytes) => {
      const refused = refusal ?? refuseBody(request, body, bodyBytes);
      if (refused !== undefined) refuse(response, id, refused);
      else invoke(request, response, id, body, pool);
    });
  });
  // A connection that we close while the client sends on it would look like an invocation that failed.
  server.keepAliveTimeout = 0;
  server.requestTimeout = 0;
  server.headersTimeout = 0;
  return server;
}

function invoke(
  request: IncomingMessage,
  response: ServerResponse,
  id: string,
  body: Buffer,
  pool: EnvironmentPool,
): void {
  const type = request.headers["x-amz-invocation-type"];
  if (type === "DryRun") {
    answer(response, 204, id);
    return;
  }
  const invocation: Invocation = {
    id,
    payload: body.length === 0 ? EMPTY_EVENT : body,
    wantsLog: type !== "Event" && request.headers["x-amz-log-type"] === "Tail",
    // When the client has gone away the answer goes nowhere: as on AWS, the invocation ran all the same.
    finish: (outcome) => type !== "Event" && answerOutcome(response, id, outcome),
  };
  if (type === "Event") {
    pool.enqueue(invocation);
    answer(response, 202, id);
  } else if (!pool.invoke(invocation)) {
    refuse(response, id, {
      status: 429,
      type: "TooManyRequestsException",
      message: "Rate Exceeded.",
      reason: "ReservedFunctionConcurrentInvocationLimitExceeded",
    });
  }
}

/** Collects the body; of one that is too large the rest is read and dropped, so that the client gets to read the answer. */
function readBody(request: IncomingMessage, done: (body: Buffer, bodyBytes: number) => void): void {
  const chunks: Buffer[] = [];
  let bodyBytes = 0;
  request.on("data", (chunk: Buffer) => {
    bodyBytes += chunk.length;
    if (bodyBytes <= MAX_REQUEST_BYTES) chunks.push(chunk);
    else chunks.length = 0;
  });
  request.on("end", () => done(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks), bodyBytes));
  request.on("error", () => {});
}

function refuseHead(request: IncomingMessage, functionName: string, accessKeyId: string): Refusal | undefined {
  const { method, url = "", headers } = request;
  // Any web page could post to a loopback port, and what is invoked runs code: only who has the key may.
  if (headers.authorization === undefined)
    return { status: 403, type: "MissingAuthenticationTokenException", message: "Missing Authentication Token" };
  if (!headers.authorization.includes(`Credential=${accessKeyId}/`)) {
    const message = "The security token included in the request is invalid: use the credentials of this local Lambda.";
    return { status: 403, type: "UnrecognizedClientException", message };
  }
  const [, name, query] = ROUTE.exec(url) ?? [];
  if (method !== "POST" || name === undefined) {
    const message = `The local Lambda has only Invoke, POST /2015-03-31/functions/{name}/invocations; received ${method} ${url}.`;
    return { status: 404, type: "UnknownOperationException", message };
  }
  const named = decodeURIComponentOrKeep(name);
  const [, plain, suffix] = /^(?:(?:arn:[^:]+:lambda:[^:]+:)?\d{12}:function:)?([^:]+)(?::([^:]+))?$/.exec(named) ?? [];
  const qualifier = new URLSearchParams(query).get("Qualifier") ?? suffix ?? "$LATEST";
  if (plain !== functionName || qualifier !== "$LATEST") {
    const arn = functionArn(plain ?? named) + (qualifier === "$LATEST" ? "" : `:${qualifier}`);
    return { status: 404, type: "ResourceNotFoundException", message: `Function not found: ${arn}` };
  }
  const type = headers["x-amz-invocation-type"];
  if (type !== undefined && !TYPES.includes(String(type))) {
    const message = `Unknown invocation type ${type}: expected ${TYPES.join(", ")}.`;
    return { status: 400, type: "InvalidParameterValueException", message };
  }
  return undefined;
}

function refuseBody(request: IncomingMessage, body: Buffer, bodyBytes: number): Refusal | undefined {
  const limit = request.headers["x-amz-invocation-type"] === "Event" ? MAX_EVENT_BYTES : MAX_REQUEST_BYTES;
  if (bodyBytes > limit) {
    const message = `Request must be smaller than ${limit} bytes for the InvokeFunction operation; received ${bodyBytes} bytes.`;
    return { status: 413, type: "RequestTooLargeException", message };
  }
  try {
    if (bodyBytes > 0) JSON.parse(body.toString());
  } catch (error) {
    const message = `Could not parse request body into json: ${(error as Error).message}`;
    return { status: 400, type: "InvalidRequestContentException", message };
  }
  return undefined;
}

function refuse(response: ServerResponse, id: string, { status, type, message, reason }: Refusal): void {
  const body = Buffer.from(JSON.stringify({ Type: "User", Reason: reason, message }));
  answer(response, status, id, { "Content-Type": "application/json", "X-Amzn-ErrorType": type }, body);
}

function answerOutcome(
  response: ServerResponse,
  id: string,
  { payload, functionError, logTail }: InvocationOutcome,
): void {
  const headers: Record<string, string> = { "Content-Type": "application/json", "X-Amz-Executed-Version": "$LATEST" };
  if (functionError) headers["X-Amz-Function-Error"] = "Unhandled";
  if (logTail !== undefined) headers["X-Amz-Log-Result"] = logTail.toString("base64");
  answer(response, 200, id, headers, payload);
}

function answer(
  response: ServerResponse,
  status: number,
  id: string,
  headers?: Record<string, string>,
  body?: Buffer,
): void {
  if (response.destroyed) return;
  const length = status === 204 ? {} : { "Content-Length": body?.length ?? 0 };
  response.writeHead(status, { ...headers, "X-Amzn-RequestId": id, ...length });
  response.end(body);
}

function decodeURIComponentOrKeep(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
