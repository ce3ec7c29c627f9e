/** Errors on the wire, the worker's side: any thrown value as plain data. */
import { show } from "../errors.ts";

/** An error as plain data. */
export interface WireError {
  readonly name: string;
  readonly message: string;
  readonly stack: string;
  readonly code?: string;
  readonly cause?: WireError;
}

/** How deep a chain of causes is followed. */
const MAX_CAUSES = 8;

/** Any thrown value as data; something that is not an Error becomes one that says so. */
export function toWireError(thrown: unknown, depth = 0): WireError {
  if (!(thrown instanceof Error))
    return {
      name: "NonErrorThrown",
      message: `the criterion threw ${show(thrown)}, which is not an Error: write throw new Error("…") so that the place is known`,
      stack: "",
    };
  const code = (thrown as { code?: unknown }).code;
  const cause = thrown.cause;
  return {
    name: String(thrown.name),
    message: String(thrown.message),
    stack: framesOf(thrown),
    ...(typeof code === "string" ? { code } : {}),
    ...(cause === undefined || depth >= MAX_CAUSES ? {} : { cause: toWireError(cause, depth + 1) }),
  };
}

/** The frames of a stack down to the last one in the criterion: what is below is fanopt's own and the runtime's. */
function framesOf(error: Error): string {
  const lines = (error.stack ?? "").split("\n");
  const first = lines.findIndex((line) => /^\s+at /.test(line));
  if (first < 0) return "";
  const frames = lines.slice(first);
  const lastOwn = frames.findLastIndex((line) => /criterion-[0-9a-f]{16}\.mjs/.test(line));
  return frames.slice(0, lastOwn < 0 ? frames.length : lastOwn + 1).join("\n");
}
