import type { LambdaClient } from "@aws-sdk/client-lambda";
import { InvalidInputError } from "../../errors.ts";
import { LazyArtifactStore } from "./artifact-store.ts";
import { bucketAddress } from "./artifacts-options.ts";
import { type ClientSettings, type Connection, openClient } from "./client.ts";
import { discoverFunction } from "./discover.ts";
import { openFastClient } from "./fast-client.ts";
import { type LambdaExecutorOptions, type LocalLambdaSettings, localByEnvironment } from "./options.ts";

/** Where invocations go. */
export interface Target extends Connection {
  /** Whether `close` ends what is under way: a client of the user's is left open. */
  readonly closeEndsInvocations: boolean;
  readonly functionName: string;
  /** How the function was found, for messages. */
  readonly from: string;
  readonly maxConcurrency: number;
  /** For artifacts that are larger than an invocation. */
  readonly artifacts: LazyArtifactStore;
  /** Whether it is the embedded one, which costs nothing. */
  readonly isLocal: boolean;
}

/** Invocations at the same time, unless the options say otherwise. */
export const DEFAULT_CONCURRENCY = 1000;
/** Lambda's longest timeout. */
export const MAX_FUNCTION_SECONDS = 900;
/** What the client waits for longer than the function may take. */
const MARGIN_SECONDS = 30;

/** Finds the function, opens the client, and starts the embedded Lambda where that is asked for. */
export async function openTarget(options: LambdaExecutorOptions): Promise<Target> {
  const local = options.local ?? localByEnvironment(options);
  if (local !== false) return openLocal(local === true ? {} : local, options);
  const { name, from } = discoverFunction(options.functionName);
  const maxConcurrency = options.maxConcurrency ?? DEFAULT_CONCURRENCY;
  const { region, endpoint, credentials, requestTimeoutSeconds = MAX_FUNCTION_SECONDS + MARGIN_SECONDS } = options;
  const { client, fastClient = false } = options;
  const settings = { region, endpoint, credentials, maxConcurrency, requestTimeoutSeconds };
  if (client !== undefined) await rejectRetries(client);
  const connection = await connect(settings, { name, qualifier: options.qualifier, fastClient, client });
  const artifacts = new LazyArtifactStore((why) => bucketAddress(options, why));
  return {
    ...connection,
    functionName: name,
    from,
    region: () => connection.region().catch(() => "an unknown region"),
    maxConcurrency,
    closeEndsInvocations: client === undefined,
    artifacts,
    isLocal: false,
    async close() {
      await Promise.all([connection.close(), artifacts.close()]);
    },
  };
}

interface Way {
  readonly name: string;
  readonly qualifier?: string | undefined;
  readonly fastClient: boolean;
  /** The user's own. */
  readonly client?: LambdaClient | undefined;
}

async function connect(settings: ClientSettings, { name, qualifier, fastClient, client }: Way): Promise<Connection> {
  const target = { FunctionName: name, ...(qualifier === undefined ? {} : { Qualifier: qualifier }) };
  if (fastClient) return await openFastClient(settings, target);
  const { InvokeCommand } = await import("@aws-sdk/client-lambda");
  const sdk = client ?? (await openClient(settings));
  return {
    // The log's tail comes along always: after a timeout or a crash it could not be asked for any more.
    invoke(payload, signal) {
      const command = new InvokeCommand({ ...target, LogType: "Tail", Payload: payload });
      // Any options, even none in an object, make the SDK build its middleware anew for this call.
      return signal === undefined ? sdk.send(command) : sdk.send(command, { abortSignal: signal });
    },
    region: () => sdk.config.region(),
    async close() {
      if (client === undefined) sdk.destroy();
    },
  };
}

async function rejectRetries(client: LambdaClient): Promise<void> {
  const attempts = await client.config.maxAttempts();
  if (attempts > 1)
    throw new InvalidInputError(
      `createLambdaExecutor: the client tries each invocation up to ${attempts} times, also while the first may still run. Make it with ` +
        "new LambdaClient({ maxAttempts: 1, … }): the executor repeats what is known not to have run.",
    );
}

async function openLocal(settings: LocalLambdaSettings, options: LambdaExecutorOptions): Promise<Target> {
  const [{ startLocalLambda }, { deployedHandlerFile }] = await Promise.all([
    import("./local/local-lambda.ts"),
    import("./handler-file.ts"),
  ]);
  const { availableParallelism } = await import("node:os");
  const concurrency = settings.concurrency ?? options.maxConcurrency ?? availableParallelism();
  // As deployed: errors of the bundled handler lead to its sources.
  const environment = { NODE_OPTIONS: "--enable-source-maps" };
  const emulator = await startLocalLambda({
    handlerFile: deployedHandlerFile(),
    environment,
    ...settings,
    concurrency,
  });
  const { endpoint, region, credentials, functionName, artifactBucket: bucket } = emulator;
  const from = "the embedded Lambda";
  const maxConcurrency = Math.min(concurrency, options.maxConcurrency ?? concurrency);
  const requestTimeoutSeconds =
    options.requestTimeoutSeconds ?? (settings.timeoutSeconds ?? MAX_FUNCTION_SECONDS) + MARGIN_SECONDS;
  const connection = await connect(
    { region, endpoint, credentials, maxConcurrency, requestTimeoutSeconds },
    { name: functionName, fastClient: options.fastClient ?? false },
  );
  const artifacts = new LazyArtifactStore(() => ({ bucket, from, region, credentials, endpoint }));
  return {
    ...connection,
    functionName,
    from,
    region: async () => "this machine",
    maxConcurrency,
    closeEndsInvocations: true,
    artifacts,
    isLocal: true,
    async close() {
      await Promise.all([connection.close(), artifacts.close()]);
      await emulator.close();
    },
  };
}
