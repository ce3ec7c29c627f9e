import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { isAbsolute } from "node:path";
import { InvalidInputError, show } from "../../../errors.ts";
import { rejectUnknownKeys } from "../../../suggest.ts";

export interface LocalLambdaOptions {
  /** Absolute path of the bundled ES module that exports the handler: the file that is deployed. */
  readonly handlerFile: string;
  /** @default "handler" */
  readonly handlerExport?: string | undefined;
  /** @default "fanopt-local" */
  readonly functionName?: string | undefined;
  /**
   * Most invocations in flight; more are answered by 429 TooManyRequestsException.
   * @default os.availableParallelism()
   */
  readonly concurrency?: number | undefined;
  /** Seconds an invocation may take, at most 900 as on AWS. @default 900 */
  readonly timeoutSeconds?: number | undefined;
  /** Memory of an environment, heap and typed arrays together, in MB: 128 to 10,240 as on AWS. @default 1024 */
  readonly memoryMB?: number | undefined;
  /** An environment that was not used for so many seconds is ended. @default 60 */
  readonly idleSeconds?: number | undefined;
  /** Environment variables of the function. Of the driver's own only PATH and the like are passed on. @default {} */
  readonly environment?: Readonly<Record<string, string>> | undefined;
  /** The Node.js that runs the handler. @default process.execPath */
  readonly nodePath?: string | undefined;
}

/** The options with every default in place: what the emulator's process is told. */
export type FunctionSettings = { readonly [K in keyof LocalLambdaOptions]-?: NonNullable<LocalLambdaOptions[K]> };

const WHERE = "startLocalLambda";
const KNOWN = [
  "handlerFile",
  "handlerExport",
  "functionName",
  "concurrency",
  "timeoutSeconds",
  "memoryMB",
  "idleSeconds",
  "environment",
  "nodePath",
] as const satisfies ReadonlyArray<keyof LocalLambdaOptions>;

/** Names that AWS Lambda itself sets and refuses to take from a function's configuration. */
const RESERVED =
  /^(AWS_LAMBDA_.*|_HANDLER|_X_AMZN_TRACE_ID|AWS_REGION|AWS_DEFAULT_REGION|AWS_EXECUTION_ENV|LAMBDA_TASK_ROOT|LAMBDA_RUNTIME_DIR)$/;

/** Checks the options and fills in the defaults; throws InvalidInputError. */
export function resolveSettings(options: LocalLambdaOptions): FunctionSettings {
  rejectUnknownKeys(options, KNOWN, WHERE);
  const settings: FunctionSettings = {
    handlerFile: options.handlerFile,
    handlerExport: options.handlerExport ?? "handler",
    functionName: options.functionName ?? "fanopt-local",
    concurrency: options.concurrency ?? availableParallelism(),
    timeoutSeconds: options.timeoutSeconds ?? 900,
    memoryMB: options.memoryMB ?? 1024,
    idleSeconds: options.idleSeconds ?? 60,
    environment: { ...options.environment },
    nodePath: options.nodePath ?? process.execPath,
  };
  checkFile("handlerFile", settings.handlerFile, "the bundled handler; `npm run build` writes it");
  checkFile("nodePath", settings.nodePath, "the Node.js program");
  check(
    typeof settings.functionName === "string" && /^[A-Za-z0-9_-]{1,64}$/.test(settings.functionName),
    "functionName",
    "1 to 64 letters, digits, hyphens and underscores",
    settings.functionName,
  );
  check(
    typeof settings.handlerExport === "string" && /^[A-Za-z_$][\w$]*$/.test(settings.handlerExport),
    "handlerExport",
    "the name of an export",
    settings.handlerExport,
  );
  checkNumber("concurrency", settings.concurrency, 1, 100_000, true);
  checkNumber("timeoutSeconds", settings.timeoutSeconds, 0.001, 900, false);
  checkNumber("memoryMB", settings.memoryMB, 128, 10_240, true);
  checkNumber("idleSeconds", settings.idleSeconds, 0.001, 2_000_000, false);
  for (const [name, value] of Object.entries(settings.environment)) checkVariable(name, value);
  return settings;
}

function checkFile(option: string, path: unknown, what: string): void {
  const expected = `the absolute path of ${what}`;
  check(typeof path === "string" && isAbsolute(path), option, expected, path);
  if (!existsSync(path as string))
    throw new InvalidInputError(`${WHERE}: there is no file ${path} (${option}: ${what}).`);
}

function checkNumber(option: string, value: unknown, least: number, most: number, whole: boolean): void {
  const fits = typeof value === "number" && value >= least && value <= most && (!whole || Number.isInteger(value));
  check(fits, option, `a ${whole ? "whole " : ""}number from ${least} to ${most}`, value);
}

function checkVariable(name: string, value: unknown): void {
  check(typeof value === "string" && !value.includes("\0"), `environment.${name}`, "a string", value);
  check(/^[A-Za-z_][A-Za-z0-9_]*$/.test(name), "environment", "names of letters, digits and underscores", name);
  if (RESERVED.test(name))
    throw new InvalidInputError(
      `${WHERE}: environment.${name} is set by Lambda itself and refused by AWS: use another name.`,
    );
}

function check(fits: boolean, option: string, expected: string, received: unknown): void {
  if (!fits) throw new InvalidInputError(`${WHERE}: ${option} must be ${expected}; received ${show(received)}.`);
}
