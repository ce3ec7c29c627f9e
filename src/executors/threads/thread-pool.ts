import { PoolOfWorkers } from "../chunks/pool-of-workers.ts";
import { workerFile } from "../chunks/worker-file.ts";
import { workersOf } from "../chunks/worker-options.ts";
import type { WorkerPool } from "../chunks/worker-pool.ts";
import type { ThreadExecutorOptions } from "./options.ts";
import { ThreadWorker } from "./thread-worker.ts";

/**
 * Worker threads of this process, which start when they are needed.
 *
 * @param file the module that they run, with an export `evaluateChunk`.
 * @throws InfrastructureError when the module is missing.
 */
export async function openThreadPool(
  options: ThreadExecutorOptions,
  file: string = workerFile("../../worker/chunk-entry", import.meta.url),
): Promise<WorkerPool> {
  const { Piscina } = await import("piscina");
  return new PoolOfWorkers(workersOf(options), true, () => new ThreadWorker(Piscina, file, options));
}
