/** Errors on the wire, the driver's side: errors again, with positions mapped back to the user's sources. */
import { originalPosition } from "./code-positions.ts";
import { isError, type WireError } from "./wire-error.ts";

/** Frames of bundled criteria, whatever folder they were loaded from. */
const BUNDLED = /(?:file:\/\/\S*|[^\s()]*)criterion-([0-9a-f]{16})\.mjs(?:\?[^\s():]*)?:(\d+):(\d+)/g;

const BUILT_IN: ReadonlyMap<string, new (message: string) => Error> = new Map(
  [EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError].map((one) => [one.name, one]),
);

/** The error again: same name and message, an instance of the built-in class where it was one; stack mapped to the original sources. */
export function fromWireError(wire: WireError): Error {
  const error =
    wire.errors === undefined
      ? new (BUILT_IN.get(wire.name) ?? Error)(wire.message)
      : new AggregateError(wire.errors.map(fromWireError), wire.message);
  setHidden(error, "name", wire.name);
  setHidden(error, "stack", `${wire.name}: ${wire.message}\n${mapStack(wire.stack)}`.trimEnd());
  if (wire.code !== undefined)
    Object.defineProperty(error, "code", { value: wire.code, enumerable: true, configurable: true });
  if (wire.cause !== undefined) setHidden(error, "cause", fromWireError(wire.cause));
  return error;
}

function setHidden(error: Error, property: string, value: unknown): void {
  Object.defineProperty(error, property, { value, writable: true, enumerable: false, configurable: true });
}

/** Replaces positions in bundled criteria by those in the user's files, where this process has the source map. */
function mapStack(stack: string): string {
  return stack.replace(BUNDLED, (position, name: string, line: string, column: string) => {
    const original = originalPosition(name, Number(line), Number(column));
    return original === undefined ? position : `${original.file}:${original.line}:${original.column}`;
  });
}

/** The same error, its stack and those of its causes in the user's sources. */
export function withMappedStack(thrown: unknown): unknown {
  const seen = new Set<unknown>();
  for (let error = thrown; isError(error) && !seen.has(error); ) {
    seen.add(error);
    try {
      if (typeof error.stack === "string") setHidden(error, "stack", mapStack(error.stack));
      error = error.cause;
    } catch {
      // Frozen, or with getters of its own: the error matters more than its positions.
      break;
    }
  }
  return thrown;
}
