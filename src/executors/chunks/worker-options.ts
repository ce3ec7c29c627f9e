import { availableParallelism } from "node:os";
import { InvalidInputError, show } from "../../errors.ts";
import { rejectUnknownKeys } from "../../suggest.ts";
import type { ChunkOptions } from "./backend.ts";
import { CHUNK_OPTIONS } from "./options.ts";

/** Options of executors over workers of this machine. */
export interface LocalWorkerOptions extends ChunkOptions {
  /** Workers, and so points, at the same time. @default the machine's available parallelism */
  readonly nWorkers?: number | undefined;
  /** Memory of each worker's JavaScript heap in MB; one that needs more ends. @default Node's own limit */
  readonly memoryMB?: number | undefined;
}

/** Throws InvalidInputError for a wrong one, and for those that are neither of these nor in `more`. */
export function checkLocalWorkerOptions(options: LocalWorkerOptions, more: readonly string[], where: string): void {
  if (options === null || typeof options !== "object" || Array.isArray(options))
    throw new InvalidInputError(`${where}: options must be an object, received ${show(options)}.`);
  rejectUnknownKeys(options, [...CHUNK_OPTIONS, "nWorkers", "memoryMB", ...more], where);
  for (const name of ["nWorkers", "memoryMB"] as const) {
    const value: unknown = options[name];
    if (value !== undefined && !(Number.isSafeInteger(value) && (value as number) > 0))
      throw new InvalidInputError(`${where}: ${name} must be a positive integer, received ${show(value)}.`);
  }
}

/** How many workers there are to be. */
export function workersOf({ nWorkers = availableParallelism() }: LocalWorkerOptions): number {
  return nWorkers;
}
