import { InvalidInputError, show } from "../../errors.ts";
import { checkLocalWorkerOptions, type LocalWorkerOptions } from "../chunks/worker-options.ts";

export interface ProcessExecutorOptions extends LocalWorkerOptions {
  /** Environment variables of the workers, beside the driver's. @default none */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Flags of Node for the workers, which have none of the driver's; what is in NODE_OPTIONS they have. @default [] */
  readonly execArgv?: readonly string[] | undefined;
}

/** Throws InvalidInputError that says what was expected, what came and where. */
export function checkProcessOptions(options: ProcessExecutorOptions): void {
  const where = "createProcessExecutor";
  checkLocalWorkerOptions(options, ["env", "execArgv"], where);
  const { env, execArgv } = options;
  if (env !== undefined && !(isRecord(env) && Object.values(env).every(isString)))
    throw new InvalidInputError(`${where}: env must be an object of strings, received ${show(env)}.`);
  if (execArgv !== undefined && !(Array.isArray(execArgv) && execArgv.every(isString)))
    throw new InvalidInputError(
      `${where}: execArgv must be an array of strings such as ["--expose-gc"], received ${show(execArgv)}.`,
    );
}

function isRecord(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isString(value: unknown): value is string {
  return typeof value === "string";
}
