import type { FunctionError } from "./invocation.ts";

/** An error of the runtime itself; its name is the `errorType` that AWS Lambda answers. */
export class RuntimeError extends Error {
  constructor(type: string, message: string, stack?: string) {
    super(message);
    this.name = `Runtime.${type}`;
    if (stack !== undefined) this.stack = stack;
  }
}

/** In the words of AWS's runtime. */
const UNREADABLE =
  "callback called with Error argument, but there was a problem while retrieving one or more of its message, name, and stack";

/** Anything thrown as `errorType`, `errorMessage` and `trace`, like AWS's runtime for Node.js (aws-lambda-ric, 3 and 4). */
export function describeError(thrown: unknown): FunctionError {
  try {
    if (thrown instanceof Error || isErrorLike(thrown)) {
      const stack = typeof thrown.stack === "string" ? thrown.stack.split("\n") : [];
      return { errorType: String(thrown.name), errorMessage: String(thrown.message), trace: stack };
    }
    return { errorType: typeof thrown, errorMessage: String(thrown), trace: [] };
  } catch {
    return { errorType: "handled", errorMessage: UNREADABLE, trace: [] };
  }
}

/** An error of another realm (`node:vm`) is not an instance of our Error. */
function isErrorLike(thrown: unknown): thrown is Error {
  return (
    typeof thrown === "object" &&
    thrown !== null &&
    typeof (thrown as Error).name === "string" &&
    typeof (thrown as Error).message === "string" &&
    typeof (thrown as Error).stack === "string"
  );
}

/** A failure to load the handler's module, under the name that AWS's runtime gives it. */
export function describeImportError(thrown: unknown): RuntimeError | unknown {
  if (thrown instanceof SyntaxError) return new RuntimeError("UserCodeSyntaxError", String(thrown), thrown.stack);
  const code = (thrown as NodeJS.ErrnoException | undefined)?.code;
  if (code === "MODULE_NOT_FOUND" || code === "ERR_MODULE_NOT_FOUND")
    return new RuntimeError("ImportModuleError", String(thrown), (thrown as Error).stack);
  return thrown;
}

/** A rejection that nothing handled: the stack is the reason's, which says where it comes from. */
export function describeRejection(reason: unknown): FunctionError {
  const { errorType, errorMessage, trace = [] } = describeError(reason);
  const message = reason instanceof Error ? `${errorType}: ${errorMessage}` : errorMessage;
  const headline = `Runtime.UnhandledPromiseRejection: ${message}`;
  return { errorType: "Runtime.UnhandledPromiseRejection", errorMessage: message, trace: [headline, ...trace] };
}
