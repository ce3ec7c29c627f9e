import { PoolOfWorkers } from "../chunks/pool-of-workers.ts";
import { workerFile } from "../chunks/worker-file.ts";
import { workersOf } from "../chunks/worker-options.ts";
import type { WorkerPool } from "../chunks/worker-pool.ts";
import type { ProcessExecutorOptions } from "./options.ts";
import { ProcessWorker } from "./process-worker.ts";

/**
 * Worker processes of this machine, which start when they are needed.
 *
 * @param file the module that they run, with an export `evaluateChunk`; imports ./child-ends first.
 * @throws InfrastructureError when the module is missing.
 */
export async function openProcessPool(
  options: ProcessExecutorOptions,
  file: string = workerFile("./child-entry", import.meta.url),
): Promise<WorkerPool> {
  const { Tinypool } = await import("tinypool");
  return new PoolOfWorkers(workersOf(options), false, () => new ProcessWorker(Tinypool, file, options));
}
