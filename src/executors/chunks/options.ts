import { InvalidInputError, show } from "../../errors.ts";
import type { ChunkOptions } from "./backend.ts";

/** The names of these options. */
export const CHUNK_OPTIONS: readonly string[] = ["chunkSize", "timeout"];

/** Throws InvalidInputError for a wrong one. */
export function checkChunkOptions({ chunkSize, timeout }: ChunkOptions, where: string): void {
  if (chunkSize !== undefined && chunkSize !== "auto" && !isCount(chunkSize))
    throw new InvalidInputError(
      `${where}: chunkSize must be a positive integer or "auto", received ${show(chunkSize)}.`,
    );
  if (timeout !== undefined && !(typeof timeout === "number" && timeout > 0))
    throw new InvalidInputError(`${where}: timeout must be a positive number of seconds, received ${show(timeout)}.`);
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) > 0;
}
