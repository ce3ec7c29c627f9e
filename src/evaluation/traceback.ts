import { show } from "../errors.ts";
import type { Traceback } from "./types.ts";

const HEADER = "Traceback (most recent call first):\n";

/** The traceback of a thrown value: name, message and stack, then its causes. */
export function tracebackOf(thrown: unknown): Traceback {
  const parts: string[] = [];
  const seen = new Set<unknown>();
  let error = thrown;
  do {
    seen.add(error);
    parts.push(error instanceof Error ? stackWithTitle(error) : `thrown value, not an Error: ${show(error)}`);
    error = error instanceof Error ? error.cause : undefined;
  } while (error !== undefined && !seen.has(error));
  return `${HEADER}${parts.join("\ncaused by: ")}` as Traceback;
}

/** Whether a slot of a batch's results holds the text of an error instead of a result. */
export function isTraceback(value: unknown): value is Traceback {
  return typeof value === "string" && value.startsWith(HEADER);
}

/** The first line of the error in a traceback: its name and message. */
export function tracebackTitle(traceback: Traceback): string {
  return traceback.slice(HEADER.length).split("\n", 1)[0];
}

function stackWithTitle(error: Error): string {
  try {
    const title = `${error.name}: ${error.message}`;
    const stack = String(error.stack);
    const at = stack.search(/^\s+at /m);
    return at < 0 ? title : `${title}\n${stack.slice(at).trimEnd()}`;
  } catch {
    return show(error);
  }
}
