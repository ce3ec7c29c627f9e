import { appendFileSync } from "node:fs";
import { logPath } from "./log-path.ts";

/** Called by modules that belong to the driver: they must never be loaded on a worker. */
export function noteLoad(module: string): void {
  appendFileSync(logPath, `${JSON.stringify({ module, pid: process.pid })}\n`);
}
