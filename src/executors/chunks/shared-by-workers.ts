import type { WorkerExecutor } from "./backend.ts";

/** One executor for each number of workers, made when it is first asked for. */
export function sharedByWorkers(
  create: (options: { readonly nWorkers?: number | undefined }) => WorkerExecutor,
): (nWorkers?: number) => WorkerExecutor {
  const made = new Map<number | undefined, WorkerExecutor>();
  return (nWorkers) => {
    const executor = made.get(nWorkers) ?? create({ nWorkers });
    made.set(nWorkers, executor);
    return executor;
  };
}
