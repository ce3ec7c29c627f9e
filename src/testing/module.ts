import { InvalidInputError, show } from "../errors.ts";
import type { ExecutorLike } from "../executors/types.ts";

export type MadeExecutor = ExecutorLike & Partial<AsyncDisposable>;

/** The export of a module that makes executors. Throws InvalidInputError where there is no such function, and what the module throws. */
export async function importFactory(module: string, name: string): Promise<() => unknown> {
  const exports = (await import(/* @vite-ignore */ module)) as Record<string, unknown>;
  const create = exports[name];
  if (typeof create !== "function")
    throw new InvalidInputError(
      `executorConformance: the export ${name} of ${module} must be a function that returns an executor, but is ${show(create)}.`,
    );
  return create as () => unknown;
}

/** Makes an executor by the export of a module. */
export async function importExecutor(module: string, name: string): Promise<MadeExecutor> {
  const create = await importFactory(module, name);
  return (await create()) as MadeExecutor;
}
