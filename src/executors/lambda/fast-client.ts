/**
 * Invocations by undici instead of the SDK's own handler and middleware, for less than half of the driver's CPU. What is seldom done is left to the
 * SDK: where to send, as whom, and what an error means.
 */
import type { IncomingHttpHeaders } from "node:http";
import type { InvokeCommandInput } from "@aws-sdk/client-lambda";
import type { SignatureV4 } from "@smithy/signature-v4";
import type { Pool } from "undici";
import {
  type Answer,
  type ClientSettings,
  CONNECT_TIMEOUT_MS,
  type Connection,
  IDLE_MS,
  KEEP_ALIVE_MS,
  sdkConfig,
} from "./client.ts";
import { exchange, type HttpAnswer } from "./exchange.ts";

/** A request as the SDK hands it to its handler. */
interface SdkRequest {
  readonly method: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
  readonly query: Record<string, string | string[] | null>;
  readonly headers: Record<string, string>;
}

interface SdkResponse {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: Uint8Array;
}

/** What all invocations have in common. */
interface Route {
  readonly pool: Pool;
  readonly signer: SignatureV4;
  readonly request: SdkRequest;
  readonly path: string;
}

/** Written anew by each signature or by undici, or told of one attempt alone. */
const OF_ONE_REQUEST = [
  "authorization",
  "x-amz-date",
  "x-amz-content-sha256",
  "x-amz-security-token",
  "content-length",
  "amz-sdk-invocation-id",
  "amz-sdk-request",
];

/**
 * Opens nothing before the first invocation. Rejects with the errors of the SDK's client; after one for a wrong clock the next invocation is signed
 * by the corrected one.
 */
export async function openFastClient(
  settings: ClientSettings,
  target: Pick<InvokeCommandInput, "FunctionName" | "Qualifier">,
): Promise<Connection> {
  const [{ LambdaClient, InvokeCommand }, { SignatureV4 }, { Pool }] = await Promise.all([
    import("@aws-sdk/client-lambda"),
    import("@smithy/signature-v4"),
    import("undici"),
  ]);
  // The adaptive mode would make the reading of a throttle wait.
  const client = new LambdaClient({ ...sdkConfig(settings), retryMode: "standard" });

  /** Lets the SDK prepare an invocation and read an answer, without sending. Its handler stays: providers of credentials use it, too. */
  const rehearse = (respond: (request: SdkRequest) => SdkResponse) => {
    const command = new InvokeCommand({ ...target, LogType: "Tail", Payload: "" });
    command.middlewareStack.add(
      () =>
        async ({ request }) => ({ response: respond(request as SdkRequest) }),
      {
        step: "deserialize",
        priority: "low",
      },
    );
    return client.send(command);
  };

  async function findRoute(): Promise<Route> {
    const prepared: SdkRequest[] = [];
    await rehearse((request) => {
      prepared.push(request);
      return { statusCode: 200, headers: {}, body: new Uint8Array() };
    });
    const [request] = prepared;
    const { region, service } = scopeOf(request.headers.authorization);
    const { credentials, sha256 } = client.config;
    return {
      pool: new Pool(originOf(request), poolOptions(settings)),
      signer: new SignatureV4({ credentials, region, service, sha256 }),
      request: { ...request, headers: without(request.headers, OF_ONE_REQUEST) },
      path: request.path + queryString(request.query),
    };
  }

  let route: Promise<Route> | undefined;
  const openRoute = () => {
    route ??= findRoute().catch((error: unknown) => {
      // Credentials may be mended: the next invocation looks again.
      route = undefined;
      throw error;
    });
    return route;
  };

  async function send(payload: Buffer, signal: AbortSignal | undefined): Promise<HttpAnswer> {
    const { pool, signer, request, path } = await openRoute();
    const signingDate = new Date(Date.now() + client.config.systemClockOffset);
    const { headers } = await signer.sign({ ...request, body: payload }, { signingDate });
    return exchange(pool, { method: "POST", path, headers, body: payload }, signal);
  }

  /** The error that the SDK makes of an answer. It also corrects the SDK's clock by the answer's date. */
  async function errorOf({ statusCode, headers, body }: HttpAnswer): Promise<unknown> {
    try {
      await rehearse(() => ({ statusCode, headers: joined(headers), body }));
    } catch (error) {
      return error;
    }
    return new Error(`The answer's status ${statusCode} is no error to the SDK.`);
  }

  return {
    async invoke(payload, signal) {
      const answer = await send(Buffer.from(payload), signal);
      if (answer.statusCode >= 300) throw await errorOf(answer);
      return answerOf(answer);
    },
    region: () => client.config.region(),
    async close() {
      const opened = await route?.catch(() => undefined);
      await opened?.pool.destroy();
      client.destroy();
    },
  };
}

function poolOptions({ maxConcurrency, requestTimeoutSeconds }: ClientSettings): Pool.Options {
  const timeout = Math.ceil(requestTimeoutSeconds * 1000);
  return {
    connections: maxConcurrency,
    // One request a connection at a time, and the connection kept.
    pipelining: 1,
    keepAliveTimeout: IDLE_MS,
    keepAliveMaxTimeout: IDLE_MS,
    headersTimeout: timeout,
    bodyTimeout: timeout,
    connect: { timeout: CONNECT_TIMEOUT_MS, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS },
  };
}

function answerOf({ headers, body }: HttpAnswer): Answer {
  const functionError = headers["x-amz-function-error"];
  const logResult = headers["x-amz-log-result"];
  return {
    Payload: body,
    ...(functionError === undefined ? {} : { FunctionError: String(functionError) }),
    ...(logResult === undefined ? {} : { LogResult: String(logResult) }),
  };
}

/** Region and service of a signature, which the endpoint's rules have a say in. */
function scopeOf(authorization: string | undefined): { region: string; service: string } {
  const [, region, service] =
    /Credential=[^,]*\/\d{8}\/([^/,]+)\/([^/,]+)\/aws4_request/.exec(authorization ?? "") ?? [];
  if (region === undefined)
    throw new Error("The fast client signs by AWS4-HMAC-SHA256 alone, and the SDK does not: leave fastClient out.");
  return { region, service };
}

function originOf({ protocol, hostname, port }: SdkRequest): string {
  return `${protocol}//${hostname}${port === undefined ? "" : `:${port}`}`;
}

function queryString(query: SdkRequest["query"]): string {
  const pairs = Object.entries(query).flatMap(([name, given]) =>
    [given].flat().map((value) => `${encodeURIComponent(name)}=${encodeURIComponent(value ?? "")}`),
  );
  return pairs.length === 0 ? "" : `?${pairs.join("&")}`;
}

function without(headers: Record<string, string>, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !names.includes(name.toLowerCase())));
}

/** Headers as the SDK wants them: text. */
function joined(headers: IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value].flat().join(",")]));
}
