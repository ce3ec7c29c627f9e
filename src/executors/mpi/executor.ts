import { InvalidInputError, show } from "../../errors.ts";
import { rejectUnknownKeys } from "../../suggest.ts";
import type { Backend, ChunkOptions, WorkerExecutor } from "../chunks/backend.ts";
import { createChunkExecutor } from "../chunks/chunk-executor.ts";
import { CHUNK_OPTIONS } from "../chunks/options.ts";
import { currentRanks, requireRanks } from "./driver.ts";
import { RankPool } from "./rank-pool.ts";

export interface MpiExecutorOptions extends ChunkOptions {}

const backend: Backend = {
  name: "MPI executor",
  worker: "worker rank",
  open: async () => new RankPool(requireRanks()),
};

/**
 * An executor over the ranks of an MPI job: rank 0 runs the program, the others evaluate. Start the program with
 * `mpiexec -n 3 node --import fanopt/mpi program.ts`. Executors share the ranks; closing one leaves them to the others. A rank that hangs cannot
 * be replaced: it is left alone until it answers, and ended with the program.
 *
 * Using it rejects with an InfrastructureError, which has the line to use, where the program was not started so or there is no rank but the driver.
 *
 * @throws InvalidInputError for a wrong option.
 * @example
 * await using executor = createMpiExecutor({ timeout: 600 });
 */
export function createMpiExecutor(options: MpiExecutorOptions = {}): WorkerExecutor {
  const where = "createMpiExecutor";
  if (options === null || typeof options !== "object")
    throw new InvalidInputError(`${where}: options must be an object, received ${show(options)}.`);
  rejectUnknownKeys(options, CHUNK_OPTIONS, where);
  return createChunkExecutor(backend, options, where);
}

let shared: WorkerExecutor | undefined;

/** The executor of the name "mpi": one for the process. */
export function mpiExecutor(): WorkerExecutor {
  shared ??= createMpiExecutor();
  return shared;
}

/**
 * Ends what `"mpi"` has under way and has the ranks forget the artifacts that they were sent, so that the next run begins anew. The ranks stay.
 * Not needed between runs; it frees the memory of large data.
 */
export async function resetMpi(): Promise<void> {
  const closing = shared;
  shared = undefined;
  await closing?.close();
  currentRanks()?.forget();
}
