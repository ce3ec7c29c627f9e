/** Errors on the wire, the worker's side: any thrown value as plain data. */
import { types } from "node:util";
import { show } from "../errors.ts";

/** An error as plain data. */
export interface WireError {
  readonly name: string;
  readonly message: string;
  readonly stack: string;
  readonly code?: string;
  readonly cause?: WireError;
  /** Of an AggregateError. */
  readonly errors?: readonly WireError[];
}

/** How deep causes are followed; they may be circular. */
const MAX_DEPTH = 8;
/** How deep errors in errors are followed: each level multiplies. */
const MAX_NESTED = 2;
/** Errors of an AggregateError that are kept. */
const MAX_ERRORS = 8;
/** Characters of a message or stack that are kept: an outcome must fit into the 6 MB that Lambda carries back. */
const MAX_CHARACTERS = 16_384;

/** Any thrown value as data; something that is not an Error becomes one that says so. Never throws, whatever the error's own code does. */
export function toWireError(thrown: unknown): WireError {
  return errorAt(thrown, 0, "the criterion threw");
}

/** Whether a value is an Error, of this realm or of another (vm contexts, test runners). */
export function isError(value: unknown): value is Error {
  return value instanceof Error || types.isNativeError(value) || read(value, Symbol.toStringTag) === "DOMException";
}

function isAggregate(error: Error): boolean {
  return error instanceof AggregateError || (types.isNativeError(error) && read(error, "name") === "AggregateError");
}

function errorAt(thrown: unknown, depth: number, what: string): WireError {
  if (!isError(thrown))
    return {
      name: "NonErrorThrown",
      message: `${what} ${show(thrown)}, which is not an Error: write throw new Error("…") so that the place is known`,
      stack: "",
    };
  const code = read(thrown, "code");
  const cause = depth < MAX_DEPTH ? read(thrown, "cause") : undefined;
  const errors = depth < MAX_NESTED && isAggregate(thrown) ? read(thrown, "errors") : undefined;
  return {
    name: cut(textOf(read(thrown, "name"))),
    message: cut(textOf(read(thrown, "message"))),
    stack: cut(framesOf(textOf(read(thrown, "stack")))),
    ...(typeof code === "string" ? { code: cut(code) } : {}),
    ...(cause === undefined || cause === null ? {} : { cause: errorAt(cause, depth + 1, "the cause is") }),
    ...(Array.isArray(errors)
      ? { errors: errors.slice(0, MAX_ERRORS).map((one) => errorAt(one, depth + 1, "one of the errors is")) }
      : {}),
  };
}

/** A property of a thrown value: its getter may throw. */
function read(error: unknown, property: string | symbol): unknown {
  try {
    return (error as Record<string | symbol, unknown>)[property];
  } catch {
    return `(its ${String(property)} cannot be read)`;
  }
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : value === undefined ? "" : show(value);
}

/** Begin and end, where the middle is too much. */
function cut(text: string): string {
  if (text.length <= MAX_CHARACTERS) return text;
  const half = MAX_CHARACTERS / 2;
  return `${text.slice(0, half)}… ${text.length - MAX_CHARACTERS} characters left out …${text.slice(-half)}`;
}

/** The frames of a stack down to the last one in the criterion: what is below is fanopt's own and the runtime's. */
function framesOf(stack: string): string {
  const lines = stack.split("\n");
  const first = lines.findIndex((line) => /^\s+at /.test(line));
  if (first < 0) return "";
  const frames = lines.slice(first);
  const lastOwn = frames.findLastIndex((line) => /criterion-[0-9a-f]{16}\.mjs/.test(line));
  return frames.slice(0, lastOwn < 0 ? frames.length : lastOwn + 1).join("\n");
}
