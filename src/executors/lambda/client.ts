import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type { LambdaClient, LambdaClientConfig } from "@aws-sdk/client-lambda";

export interface ClientSettings {
  readonly region?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly credentials?: LambdaClientConfig["credentials"];
  /** As many sockets are opened, and kept. */
  readonly maxConcurrency: number;
  readonly requestTimeoutSeconds: number;
}

/** Idle connections are dropped by NAT after 350 s; an evaluation may be silent for 15 minutes. */
const KEEP_ALIVE_MS = 60_000;
/** A free socket is closed after this time, before the other side does it while a request is on its way. Sockets in use are not concerned. */
const IDLE_MS = 15_000;

/**
 * The SDK's client made for long synchronous invocations: one attempt (its own retries would invoke again while the first may still run), a
 * socket for each invocation in flight, kept afterwards, and a timeout that throws.
 */
export async function openClient(settings: ClientSettings): Promise<LambdaClient> {
  const [{ LambdaClient }, { NodeHttpHandler }] = await Promise.all([
    import("@aws-sdk/client-lambda"),
    import("@smithy/node-http-handler"),
  ]);
  const { region, endpoint, credentials, maxConcurrency, requestTimeoutSeconds } = settings;
  const agentOptions = {
    keepAlive: true,
    keepAliveMsecs: KEEP_ALIVE_MS,
    maxSockets: maxConcurrency,
    maxFreeSockets: maxConcurrency,
    timeout: IDLE_MS,
  };
  return new LambdaClient({
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
    maxAttempts: 1,
    cacheMiddleware: true,
    requestHandler: new NodeHttpHandler({
      httpAgent: new HttpAgent(agentOptions),
      httpsAgent: new HttpsAgent(agentOptions),
      connectionTimeout: 10_000,
      requestTimeout: requestTimeoutSeconds * 1000,
      throwOnRequestTimeout: true,
      socketAcquisitionWarningTimeout: 0,
    }),
  });
}
