import type { LambdaClient, LambdaClientConfig } from "@aws-sdk/client-lambda";
import { InvalidInputError, show } from "../../errors.ts";
import { rejectUnknownKeys } from "../../suggest.ts";
import { MAX_TIMER_MS } from "../../timer.ts";
import { type ArtifactsOptions, checkArtifactsOptions } from "./artifacts-options.ts";
import { checkHedge, type HedgeOptions } from "./hedge-options.ts";
import { checkPrices, type LambdaPrices } from "./prices.ts";

/** How to run the embedded Lambda: the deployed handler in processes of this machine. */
export interface LocalLambdaSettings {
  /** Processes, and so points, at the same time. @default the machine's available parallelism */
  readonly concurrency?: number;
  /** Seconds after which an evaluation is ended. @default 900 */
  readonly timeoutSeconds?: number;
  /** Memory of a process in MB; one that uses more is ended. @default 1024 */
  readonly memoryMB?: number;
}

export interface LambdaExecutorOptions {
  /**
   * Name or ARN of the deployed evaluator.
   * @default `FANOPT_FUNCTION`, else what SST's variables or `.sst/outputs.json` say
   */
  readonly functionName?: string;
  /** Version or alias of the function. @default the newest */
  readonly qualifier?: string;
  /** AWS region. @default that of the SDK: AWS_REGION, the profile */
  readonly region?: string;
  /** Endpoint of an emulator, e.g. `http://127.0.0.1:4566`. */
  readonly endpoint?: string;
  /** Credentials. @default the SDK's chain: environment, profile, SSO, role */
  readonly credentials?: LambdaClientConfig["credentials"];
  /**
   * A client of your own, used as it is and not closed; region, endpoint, credentials, sockets and timeouts are then yours. Make it with
   * `maxAttempts: 1`: the SDK's own retries would invoke again while the first invocation may still run.
   */
  readonly client?: LambdaClient;
  /**
   * Invokes by undici instead of the SDK's HTTP client, for less than half of the driver's CPU: it matters with hundreds of points in flight, or
   * points of few milliseconds. Region, endpoint, credentials, signatures and errors are the SDK's all the same.
   * @default false
   */
  readonly fastClient?: boolean;
  /**
   * Most invocations at the same time; as many sockets are opened. More than the account allows is throttled and tried again.
   * @default 1000, the quota of an established account; with `local`, its concurrency
   */
  readonly maxConcurrency?: number;
  /**
   * Points that share an invocation, evaluated there one after the other: for criteria that take less than an invocation's overhead (some 20 ms).
   * "auto": as many as end soonest by the durations measured so far, one for criteria that take long. A worker near the end of its time leaves the
   * rest to another invocation.
   * @default 1
   */
  readonly pointsPerInvocation?: number | "auto";
  /**
   * Second invocations for points that take much longer than others of their batch: the first answer counts, the other invocation is given up
   * and, as AWS lets it run on, paid for. For platforms with stragglers; not for criteria whose points differ in what they take. Tasks that are
   * submitted without a batch are not hedged.
   * @default false
   */
  readonly hedge?: boolean | HedgeOptions;
  /** What AWS charges, for `cost`. @default lambdaPrices: list prices of us-east-1; nothing with `local` */
  readonly prices?: LambdaPrices;
  /**
   * The bucket for parts of artifacts (a criterion's code, its large data) above 256 kB; needed where both together are above the 6 MB of an invocation.
   * @default found as the function is
   */
  readonly artifacts?: ArtifactsOptions;
  /**
   * Seconds after which the client gives up on an answer; must be above the function's timeout, else a function still running is taken for a
   * lost one.
   * @default 930: the 15 minutes a function may take at most, and 30 s
   */
  readonly requestTimeoutSeconds?: number;
  /**
   * Seconds for which an invocation that was refused without being run (throttled, no connection) is tried again; for a throttled one they
   * count anew whenever the function answers another. Up to a minute of them, also for how long lost answers are made up for.
   * @default 960: the 15 minutes a function may take at most, and a minute
   */
  readonly retrySeconds?: number;
  /** The embedded Lambda instead of AWS; an object sets it up. @default false, or true when FANOPT_LAMBDA=local */
  readonly local?: boolean | LocalLambdaSettings;
}

const KNOWN = [
  "functionName",
  "qualifier",
  "region",
  "endpoint",
  "credentials",
  "client",
  "fastClient",
  "maxConcurrency",
  "pointsPerInvocation",
  "hedge",
  "prices",
  "artifacts",
  "requestTimeoutSeconds",
  "retrySeconds",
  "local",
];
const KNOWN_LOCAL = ["concurrency", "timeoutSeconds", "memoryMB"];

const ELSEWHERE = ["functionName", "qualifier", "region", "endpoint", "credentials", "client"] as const;

/** Throws InvalidInputError that says what was expected, what came and where. */
export function checkLambdaOptions(options: LambdaExecutorOptions): void {
  const where = "createLambdaExecutor";
  if (options === null || typeof options !== "object")
    throw new InvalidInputError(`${where}: options must be an object, received ${show(options)}.`);
  rejectUnknownKeys(options, KNOWN, where);
  for (const name of ["functionName", "qualifier", "region", "endpoint"] as const)
    if (options[name] !== undefined && (typeof options[name] !== "string" || options[name] === ""))
      throw new InvalidInputError(`${where}: ${name} must be a non-empty string, received ${show(options[name])}.`);
  checkPositive(options.maxConcurrency, `${where}: maxConcurrency`, true);
  checkPositive(options.requestTimeoutSeconds, `${where}: requestTimeoutSeconds`, false, MAX_TIMEOUT_SECONDS);
  checkPositive(options.retrySeconds, `${where}: retrySeconds`, false);
  if (options.fastClient !== undefined && typeof options.fastClient !== "boolean")
    throw new InvalidInputError(`${where}: fastClient must be true or false, received ${show(options.fastClient)}.`);
  checkArtifactsOptions(options.artifacts, where);
  checkClient(options, where);
  if (options.pointsPerInvocation !== "auto")
    checkPositive(options.pointsPerInvocation, `${where}: pointsPerInvocation`, true, undefined, ' or "auto"');
  checkHedge(options.hedge, `${where}: hedge`);
  if (options.prices !== undefined) checkPrices(options.prices, where);
  const { local } = options;
  if (local === undefined || typeof local === "boolean") {
    if (local === true) rejectElsewhere(options, where);
    return;
  }
  if (local === null || typeof local !== "object")
    throw new InvalidInputError(`${where}: local must be true, false or an object, received ${show(local)}.`);
  rejectElsewhere(options, where);
  rejectUnknownKeys(local, KNOWN_LOCAL, `${where}: local`);
  checkPositive(local.concurrency, `${where}: local.concurrency`, true);
  checkPositive(local.timeoutSeconds, `${where}: local.timeoutSeconds`, false);
  checkPositive(local.memoryMB, `${where}: local.memoryMB`, true);
  const { requestTimeoutSeconds = Number.POSITIVE_INFINITY } = options;
  if (local.timeoutSeconds !== undefined && requestTimeoutSeconds <= local.timeoutSeconds)
    throw new InvalidInputError(
      `${where}: requestTimeoutSeconds must be above local.timeoutSeconds = ${local.timeoutSeconds}, received ${requestTimeoutSeconds}: ` +
        "an evaluation that still runs would be taken for a lost one.",
    );
}

function rejectElsewhere(options: LambdaExecutorOptions, where: string): void {
  const set = ELSEWHERE.find((name) => options[name] !== undefined);
  if (set !== undefined)
    throw new InvalidInputError(
      `${where}: local and ${set} exclude each other: the embedded Lambda brings its own function.`,
    );
}

/** Of a client that is given, these are its own. */
const OF_CLIENT = ["region", "endpoint", "credentials", "requestTimeoutSeconds"] as const;

function checkClient(options: LambdaExecutorOptions, where: string): void {
  const { client } = options;
  if (client === undefined) return;
  if (typeof (client as Partial<LambdaClient> | null)?.send !== "function" || typeof client.config !== "object")
    throw new InvalidInputError(`${where}: client must be a LambdaClient, received ${show(client)}.`);
  if (options.fastClient === true)
    throw new InvalidInputError(`${where}: client and fastClient exclude each other: leave one of them out.`);
  const set = OF_CLIENT.find((name) => options[name] !== undefined);
  if (set !== undefined)
    throw new InvalidInputError(`${where}: client and ${set} exclude each other: set it where the client is made.`);
}

/** Whether `FANOPT_LAMBDA` asks for the embedded Lambda. An option that says where the function is goes before it. */
export function localByEnvironment(
  options: LambdaExecutorOptions,
  environment: NodeJS.ProcessEnv = process.env,
): boolean {
  const value = environment.FANOPT_LAMBDA;
  if (value === undefined || value === "") return false;
  if (value !== "local")
    throw new InvalidInputError(
      `FANOPT_LAMBDA must be local, for the embedded Lambda, or absent, for AWS; received ${show(value)}.`,
    );
  return ELSEWHERE.every((name) => options[name] === undefined);
}

const MAX_TIMEOUT_SECONDS = Math.floor(MAX_TIMER_MS / 1000);

function checkPositive(
  value: number | undefined,
  name: string,
  whole: boolean,
  most: number = Number.MAX_VALUE,
  or = "",
): void {
  if (value === undefined) return;
  if (typeof value !== "number" || !(value > 0) || value > most || (whole && !Number.isInteger(value))) {
    const limit = most < Number.MAX_VALUE ? ` of at most ${most}` : "";
    throw new InvalidInputError(
      `${name} must be a positive ${whole ? "integer" : "number"}${limit}${or}, received ${show(value)}.`,
    );
  }
}
