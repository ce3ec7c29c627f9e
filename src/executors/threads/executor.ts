import type { WorkerExecutor } from "../chunks/backend.ts";
import { createChunkExecutor } from "../chunks/chunk-executor.ts";
import { sharedByWorkers } from "../chunks/shared-by-workers.ts";
import { checkThreadOptions, type ThreadExecutorOptions } from "./options.ts";
import { openThreadPool } from "./thread-pool.ts";

/**
 * An executor over worker threads of this process. They start with the first task; idle ones do not keep the process alive.
 *
 * A criterion that ends its thread, runs out of memory there or hangs leaves the others alone. `process.abort()` and crashes of native code end
 * the whole process: where they may happen use createProcessExecutor.
 *
 * @throws InvalidInputError for a wrong option.
 */
export function createThreadExecutor(options: ThreadExecutorOptions = {}): WorkerExecutor {
  checkThreadOptions(options);
  const backend = { name: "thread executor", worker: "worker thread", open: () => openThreadPool(options) };
  return createChunkExecutor(backend, options, "createThreadExecutor");
}

/** The executor of this process for so many workers: each run uses it again, so that its workers start once. */
export const sharedThreadExecutor: (nWorkers?: number) => WorkerExecutor = sharedByWorkers(createThreadExecutor);
