import type { WorkerExecutor } from "../chunks/backend.ts";
import { createChunkExecutor } from "../chunks/chunk-executor.ts";
import { sharedByWorkers } from "../chunks/shared-by-workers.ts";
import { checkProcessOptions, type ProcessExecutorOptions } from "./options.ts";
import { openProcessPool } from "./process-pool.ts";

/**
 * An executor over worker processes of this machine. They start with the first task; idle ones do not keep the driver alive, and end with it.
 *
 * A criterion may do to its process what it wants: the driver and the other workers go on.
 *
 * @throws InvalidInputError for a wrong option.
 */
export function createProcessExecutor(options: ProcessExecutorOptions = {}): WorkerExecutor {
  checkProcessOptions(options);
  const backend = { name: "process executor", worker: "worker process", open: () => openProcessPool(options) };
  return createChunkExecutor(backend, options, "createProcessExecutor");
}

/** The executor of this process for so many workers: each run uses it again, so that its workers start once. */
export const sharedProcessExecutor: (nWorkers?: number) => WorkerExecutor = sharedByWorkers(createProcessExecutor);
