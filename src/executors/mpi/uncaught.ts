import { inspect } from "node:util";

/**
 * Node prints an error that nothing catches after its `exit` hooks, and one that aborts the job does not return.
 *
 * @returns what prints the error that ends this process, if one does.
 */
export function rememberUncaught(): () => void {
  let uncaught: { readonly error: unknown } | undefined;
  process.on("uncaughtExceptionMonitor", (error) => {
    uncaught = { error };
    // There may be a handler, and the process goes on.
    process.nextTick(() => {
      uncaught = undefined;
    });
  });
  return () => {
    if (uncaught !== undefined) process.stderr.write(`${inspect(uncaught.error)}\n`);
  };
}
