/** What a worker process tells the driver beside the replies to its chunks. */
import type { WireError } from "../../transport/wire-error.ts";

/** It is about to end, by an error that nothing caught. */
export interface UncaughtMessage {
  readonly fanopt: "uncaught";
  readonly error: WireError;
}

export function isUncaughtMessage(message: unknown): message is UncaughtMessage {
  return (message as Partial<UncaughtMessage> | null | undefined)?.fanopt === "uncaught";
}

/** tinypool's: it has loaded its module. */
export function isReadyMessage(message: unknown): boolean {
  return (message as { ready?: unknown } | null | undefined)?.ready === true;
}
