import { checkLocalWorkerOptions, type LocalWorkerOptions } from "../chunks/worker-options.ts";

export interface ThreadExecutorOptions extends LocalWorkerOptions {}

/** Throws InvalidInputError that says what was expected, what came and where. */
export function checkThreadOptions(options: ThreadExecutorOptions): void {
  checkLocalWorkerOptions(options, [], "createThreadExecutor");
}
