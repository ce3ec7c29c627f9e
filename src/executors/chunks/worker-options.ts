import { availableParallelism } from "node:os";
import { InvalidInputError, show } from "../../errors.ts";
import { rejectUnknownKeys } from "../../suggest.ts";
import type { ChunkOptions } from "./backend.ts";
import { CHUNK_OPTIONS } from "./options.ts";

/** Options of executors over workers of this machine. */
export interface LocalWorkerOptions extends ChunkOptions {
  /** Workers, and so points, at the same time. @default the machine's available parallelism */
  readonly nWorkers?: number | undefined;
  /** Memory of each worker's JavaScript heap in MB, at least 16; one that needs more ends. @default Node's own limit */
  readonly memoryMB?: number | undefined;
}

/** Throws InvalidInputError for a wrong one, and for those that are neither of these nor in `more`. */
export function checkLocalWorkerOptions(options: LocalWorkerOptions, more: readonly string[], where: string): void {
  if (options === null || typeof options !== "object" || Array.isArray(options))
    throw new InvalidInputError(`${where}: options must be an object, received ${show(options)}.`);
  rejectUnknownKeys(options, [...CHUNK_OPTIONS, "nWorkers", "memoryMB", ...more], where);
  const { nWorkers, memoryMB } = options;
  if (nWorkers !== undefined && !isInteger(nWorkers, 1))
    throw new InvalidInputError(`${where}: nWorkers must be a positive integer, received ${show(nWorkers)}.`);
  if (memoryMB !== undefined && !isInteger(memoryMB, LEAST_MB))
    throw new InvalidInputError(
      `${where}: memoryMB must be an integer of at least ${LEAST_MB}, received ${show(memoryMB)}.`,
    );
}

/** With some MB V8 ends the whole process, the driver too, when it starts a thread; with few more our own modules do not load. */
const LEAST_MB = 16;

function isInteger(value: unknown, least: number): boolean {
  return Number.isSafeInteger(value) && (value as number) >= least;
}

/** How many workers there are to be. */
export function workersOf({ nWorkers = availableParallelism() }: LocalWorkerOptions): number {
  return nWorkers;
}
