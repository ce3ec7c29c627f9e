/** Errors on the wire, the driver's side: errors again, with positions mapped back to the user's sources. */
import { sourceMapOf } from "./artifact.ts";
import type { WireError } from "./wire-error.ts";

/** Frames of bundled criteria, whatever folder they were loaded from. */
const BUNDLED = /(?:file:\/\/)?[^\s()]*criterion-([0-9a-f]{16})\.mjs(?:\?[^\s():]*)?:(\d+):(\d+)/g;

const BUILT_IN: Readonly<Record<string, new (message: string) => Error>> = {
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError,
};

/** The error again: same name and message, an instance of the built-in class where it was one; stack mapped to the original sources. */
export function fromWireError(wire: WireError): Error {
  const error = new (BUILT_IN[wire.name] ?? Error)(wire.message);
  const hidden = (value: unknown) => ({ value, writable: true, enumerable: false, configurable: true });
  Object.defineProperty(error, "name", hidden(wire.name));
  Object.defineProperty(error, "stack", hidden(`${wire.name}: ${wire.message}\n${mapStack(wire.stack)}`.trimEnd()));
  if (wire.code !== undefined)
    Object.defineProperty(error, "code", { value: wire.code, enumerable: true, configurable: true });
  if (wire.cause !== undefined) Object.defineProperty(error, "cause", hidden(fromWireError(wire.cause)));
  return error;
}

/** Replaces positions in bundled criteria by those in the user's files, where this process has the source map. */
export function mapStack(stack: string): string {
  return stack.replace(BUNDLED, (position, name: string, line: string, column: string) => {
    const entry = sourceMapOf(name)?.findEntry(Number(line) - 1, Number(column) - 1);
    if (entry === undefined || !("originalSource" in entry) || !entry.originalSource) return position;
    const source = entry.originalSource.startsWith("/") ? entry.originalSource : `/${entry.originalSource}`;
    return `${source}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
  });
}

/** The same error, its stack in the user's sources. */
export function withMappedStack(error: unknown): unknown {
  if (error instanceof Error && error.stack !== undefined)
    Object.defineProperty(error, "stack", {
      value: mapStack(error.stack),
      writable: true,
      enumerable: false,
      configurable: true,
    });
  return error;
}
