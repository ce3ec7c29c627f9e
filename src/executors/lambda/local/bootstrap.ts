/**
 * The process of one environment: loads the handler, takes invocations from the Runtime API one at a time, ends when the API is gone.
 * Called with the handler's file and export; all else is in the environment variables that AWS sets too.
 *
 * Follows AWS's runtime client for Node.js (aws-lambda-ric). Where its versions differ, the one that says more is followed: an unhandled
 * rejection, an uncaught exception and a promise that can never settle are told by name, as on nodejs22.x (on nodejs24.x the process ends and
 * the caller sees `Runtime.ExitError`). A handler is called with event and context, without the callback that nodejs24.x no longer has.
 */
import { pathToFileURL } from "node:url";
import { format } from "node:util";
import { describeError, describeImportError, describeRejection, RuntimeError } from "./function-error.ts";
import type { FunctionError } from "./invocation.ts";
import { RuntimeClient, type RuntimeInvocation } from "./runtime-client.ts";

type Handler = (event: unknown, context: unknown) => unknown;

const [, , handlerFile, handlerExport] = process.argv;
const { env } = process;

const NEVER_SETTLES =
  "the promise can never settle: it waits for something that is never resolved nor rejected, and the event loop is empty";

let running: RuntimeInvocation | undefined;
let ending = false;
let handler: Handler | undefined;

const client = new RuntimeClient(env.AWS_LAMBDA_RUNTIME_API ?? "", start, endWithGroup);

for (const [name, level] of Object.entries({
  trace: "TRACE",
  debug: "DEBUG",
  info: "INFO",
  log: "INFO",
  warn: "WARN",
  error: "ERROR",
}))
  Object.assign(console, { [name]: (...values: unknown[]) => print(level, format(...values)) });

process.on("uncaughtException", (error) => end("Uncaught Exception", describeError(error), 129));
process.on("unhandledRejection", (reason) => end("Unhandled Promise Rejection", describeRejection(reason), 128));
process.on("beforeExit", () => {
  const error = new RuntimeError("NodeJsExit", NEVER_SETTLES);
  if (running !== undefined) fail(running, error);
  else if (handler === undefined) end("Init Error", describeError(error), 1);
});

load().then(
  (loaded) => {
    handler = loaded;
    client.next();
  },
  (error) => end("Init Error", describeError(error), 1),
);

async function load(): Promise<Handler> {
  let module: Record<string, unknown>;
  try {
    module = await import(pathToFileURL(handlerFile).href);
  } catch (error) {
    throw describeImportError(error);
  }
  const found = module[handlerExport];
  if (typeof found === "function") return found as Handler;
  const what = found === undefined ? "undefined or not exported" : "not a function";
  throw new RuntimeError("HandlerNotFound", `${env._HANDLER} is ${what}`);
}

function start(invocation: RuntimeInvocation): void {
  running = invocation;
  // In a turn of its own, so that a stack trace of the handler ends here and not in the transport.
  const result = Promise.resolve(invocation).then(run);
  result.then(
    // A rejection that the handler left unhandled is reported after this turn, and belongs to this invocation.
    (body) => setImmediate(() => finish(invocation, body)),
    (error) => setImmediate(() => fail(invocation, error)),
  );
}

async function run(invocation: RuntimeInvocation): Promise<string> {
  const result = await handler?.(JSON.parse(invocation.event), contextOf(invocation));
  try {
    return JSON.stringify(result) ?? "null";
  } catch (error) {
    // AWS's runtime keeps the reason to itself.
    print("ERROR", `The handler's result can't be JSON: ${describeError(error).errorMessage}`);
    throw new RuntimeError("JSONStringifyError", "Unable to stringify response body");
  }
}

function finish(invocation: RuntimeInvocation, body: string): void {
  if (running !== invocation || ending) return;
  running = undefined;
  client.respond(invocation.requestId, body);
}

function fail(invocation: RuntimeInvocation, thrown: unknown): void {
  if (running !== invocation || ending) return;
  const error = describeError(thrown);
  printError("Invoke Error", error);
  running = undefined;
  client.fail(invocation.requestId, error.errorType, JSON.stringify(error));
}

function end(what: string, error: FunctionError, exitCode: number): void {
  printError(what, error);
  if (ending) return;
  ending = true;
  client.failAndEnd(running?.requestId, error.errorType, JSON.stringify(error), () => process.exit(exitCode));
}

/** Nobody is left to work for: neither this process nor what the handler started shall go on. */
function endWithGroup(): void {
  try {
    process.kill(-process.pid, "SIGKILL");
  } catch {
    process.exit(1);
  }
}

function contextOf({ requestId, functionArn, deadline }: RuntimeInvocation): object {
  return {
    awsRequestId: requestId,
    invokedFunctionArn: functionArn,
    functionName: env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
}

function print(level: string, message: string): void {
  process.stdout.write(`${new Date().toISOString()}\t${running?.requestId}\t${level}\t${message}\n`);
}

function printError(what: string, { errorType, errorMessage, trace }: FunctionError): void {
  print("ERROR", `${what} \t${JSON.stringify({ errorType, errorMessage, stack: trace })}`);
}
