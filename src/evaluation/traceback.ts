import { show } from "../errors.ts";
import type { Traceback } from "./types.ts";

const HEADER = "Traceback (most recent call first):\n";

/** The traceback of a thrown value: name, message and stack, then its causes. */
export function tracebackOf(thrown: unknown): Traceback {
  const parts: string[] = [];
  const seen = new Set<unknown>();
  for (let error = thrown; error !== undefined && !seen.has(error); error = (error as { cause?: unknown })?.cause) {
    seen.add(error);
    parts.push(error instanceof Error ? stackWithTitle(error) : `thrown value, not an Error: ${show(error)}`);
    if (!(error instanceof Error)) break;
  }
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
  const title = `${error.name}: ${error.message}`;
  const stack = error.stack ?? "";
  const frames = stack.slice(Math.max(stack.search(/^\s+at /m), 0));
  return /^\s+at /m.test(stack) ? `${title}\n${frames.trimEnd()}` : title;
}
