import { randomBytes } from "node:crypto";
import { basename, dirname, extname } from "node:path";
import type { FunctionSettings } from "./options.ts";

export const REGION = "us-east-1";
const ACCOUNT = "000000000000";

/** What the operating system needs to run a program at all. */
const NECESSITIES = [
  "PATH",
  "LD_LIBRARY_PATH",
  "DYLD_LIBRARY_PATH",
  "SystemRoot",
  "SYSTEMROOT",
  "windir",
  "COMSPEC",
  "PATHEXT",
];

export function functionArn(functionName: string): string {
  return `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${functionName}`;
}

/** The part of our own environment that is passed on to other processes: no credentials, no `NODE_OPTIONS`. */
export function necessaryVariables(): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const name of NECESSITIES) {
    const value = process.env[name];
    if (value !== undefined) variables[name] = value;
  }
  return variables;
}

/**
 * The environment variables of a Lambda environment, as AWS's documentation lists them for Node.js; the function's own win over those that
 * AWS lets a function set.
 */
export function environmentVariables(
  settings: FunctionSettings,
  temporaryFolder: string,
  runtimeApi: string,
): Record<string, string> {
  const { functionName, handlerFile, handlerExport, memoryMB } = settings;
  const today = new Date().toISOString().slice(0, 10).replaceAll("-", "/");
  return {
    ...necessaryVariables(),
    LANG: "en_US.UTF-8",
    TZ: ":UTC",
    TMPDIR: temporaryFolder,
    TEMP: temporaryFolder,
    TMP: temporaryFolder,
    ...settings.environment,
    AWS_EXECUTION_ENV: "AWS_Lambda_nodejs24.x",
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
    AWS_LAMBDA_FUNCTION_NAME: functionName,
    AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMB),
    AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${functionName}`,
    AWS_LAMBDA_LOG_STREAM_NAME: `${today}/[$LATEST]${randomBytes(16).toString("hex")}`,
    AWS_LAMBDA_RUNTIME_API: runtimeApi,
    LAMBDA_TASK_ROOT: dirname(handlerFile),
    _HANDLER: `${basename(handlerFile, extname(handlerFile))}.${handlerExport}`,
  };
}
