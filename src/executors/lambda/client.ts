import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type { InvokeCommandOutput, LambdaClient, LambdaClientConfig } from "@aws-sdk/client-lambda";

export interface ClientSettings {
  readonly region?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly credentials?: LambdaClientConfig["credentials"];
  /** As many sockets are opened, and kept. */
  readonly maxConcurrency: number;
  readonly requestTimeoutSeconds: number;
}

/** What is read of an answer. */
export type Answer = Pick<InvokeCommandOutput, "FunctionError" | "LogResult"> & {
  readonly Payload?: Uint8Array | undefined;
};

/** The way to one function. */
export interface Connection {
  /** Sends one invocation, once. Rejects with the SDK's errors. */
  invoke(payload: string, signal: AbortSignal | undefined): Promise<Answer>;
  region(): Promise<string>;
  /** Ends what is under way. */
  close(): Promise<void>;
}

/** Idle connections are dropped by NAT after 350 s; an evaluation may be silent for 15 minutes. */
export const KEEP_ALIVE_MS = 60_000;
/** A free socket is closed after this time, before the other side does it while a request is on its way. Sockets in use are not concerned. */
export const IDLE_MS = 15_000;
export const CONNECT_TIMEOUT_MS = 10_000;

/** What the SDK is told: where to, as whom, and to try once (its own retries would invoke again while the first may still run). */
export function sdkConfig({ region, endpoint, credentials }: ClientSettings): LambdaClientConfig {
  return {
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
    maxAttempts: 1,
  };
}

/**
 * The SDK's client made for long synchronous invocations: one attempt, a socket for each invocation in flight, kept afterwards, and a timeout
 * that throws.
 */
export async function openClient(settings: ClientSettings): Promise<LambdaClient> {
  const [{ LambdaClient }, { NodeHttpHandler }] = await Promise.all([
    import("@aws-sdk/client-lambda"),
    import("@smithy/node-http-handler"),
  ]);
  const { maxConcurrency, requestTimeoutSeconds } = settings;
  const agentOptions = {
    keepAlive: true,
    keepAliveMsecs: KEEP_ALIVE_MS,
    maxSockets: maxConcurrency,
    maxFreeSockets: maxConcurrency,
    timeout: IDLE_MS,
  };
  return new LambdaClient({
    ...sdkConfig(settings),
    cacheMiddleware: true,
    requestHandler: new NodeHttpHandler({
      httpAgent: new HttpAgent(agentOptions),
      httpsAgent: new HttpsAgent(agentOptions),
      connectionTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: requestTimeoutSeconds * 1000,
      throwOnRequestTimeout: true,
      socketAcquisitionWarningTimeout: 0,
    }),
  });
}
