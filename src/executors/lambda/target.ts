import type { InvokeCommandOutput, LambdaClient } from "@aws-sdk/client-lambda";
import { InvalidInputError } from "../../errors.ts";
import { openClient } from "./client.ts";
import { discoverFunction } from "./discover.ts";
import { type LambdaExecutorOptions, type LocalLambdaSettings, localByEnvironment } from "./options.ts";

/** Where invocations go. */
export interface Target {
  /** Sends one invocation, once. */
  invoke(payload: string, signal: AbortSignal | undefined): Promise<InvokeCommandOutput>;
  /** Whether `close` ends what is under way: a client of the user's is left open. */
  readonly closeEndsInvocations: boolean;
  readonly functionName: string;
  /** How the function was found, for messages. */
  readonly from: string;
  /** For messages. */
  region(): Promise<string>;
  readonly maxConcurrency: number;
  close(): Promise<void>;
}

const DEFAULT_CONCURRENCY = 1000;
/** Lambda's longest timeout. */
const MAX_FUNCTION_SECONDS = 900;
/** What the client waits for longer than the function may take. */
const MARGIN_SECONDS = 30;

/** Finds the function, opens the client, and starts the embedded Lambda where that is asked for. */
export async function openTarget(options: LambdaExecutorOptions): Promise<Target> {
  const local = options.local ?? localByEnvironment(options);
  if (local !== false) return openLocal(local === true ? {} : local, options);
  const { name, from } = discoverFunction(options.functionName);
  const maxConcurrency = options.maxConcurrency ?? DEFAULT_CONCURRENCY;
  const { region, endpoint, credentials, requestTimeoutSeconds = MAX_FUNCTION_SECONDS + MARGIN_SECONDS } = options;
  const client =
    options.client ?? (await openClient({ region, endpoint, credentials, maxConcurrency, requestTimeoutSeconds }));
  if (options.client !== undefined) await rejectRetries(options.client);
  return {
    invoke: await invoker(client, name, options.qualifier),
    functionName: name,
    from,
    region: () => client.config.region().catch(() => "an unknown region"),
    maxConcurrency,
    closeEndsInvocations: options.client === undefined,
    close: async () => {
      if (options.client === undefined) client.destroy();
    },
  };
}

async function invoker(
  client: LambdaClient,
  functionName: string,
  qualifier: string | undefined,
): Promise<Target["invoke"]> {
  const { InvokeCommand } = await import("@aws-sdk/client-lambda");
  const target = { FunctionName: functionName, ...(qualifier === undefined ? {} : { Qualifier: qualifier }) };
  // The log's tail comes along always: after a timeout or a crash it could not be asked for any more.
  return (payload, signal) => {
    const command = new InvokeCommand({ ...target, LogType: "Tail", Payload: payload });
    // Any options, even none in an object, make the SDK build its middleware anew for this call.
    return signal === undefined ? client.send(command) : client.send(command, { abortSignal: signal });
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
  const emulator = await startLocalLambda({ handlerFile: deployedHandlerFile(), ...settings, concurrency });
  const { endpoint, region, credentials, functionName } = emulator;
  const maxConcurrency = Math.min(concurrency, options.maxConcurrency ?? concurrency);
  const requestTimeoutSeconds =
    options.requestTimeoutSeconds ?? (settings.timeoutSeconds ?? MAX_FUNCTION_SECONDS) + MARGIN_SECONDS;
  const client = await openClient({ region, endpoint, credentials, maxConcurrency, requestTimeoutSeconds });
  return {
    invoke: await invoker(client, functionName, undefined),
    functionName,
    from: "the embedded Lambda",
    region: async () => "this machine",
    maxConcurrency,
    closeEndsInvocations: true,
    close: async () => {
      client.destroy();
      await emulator.close();
    },
  };
}
