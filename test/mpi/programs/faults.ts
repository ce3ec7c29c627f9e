/** Points that would end a process, or never end. Prints the errors, and that the ranks go on. */
import { exit } from "node:process";
import { createMpiExecutor, type Executor, executorBatchEvaluator } from "fanopt";

const told = (error: unknown) => {
  const { name, message, reason, cause } = error as Error & { reason?: string };
  return { name, reason, message, cause: cause instanceof Error ? `${cause.name}: ${cause.message}` : undefined };
};
const failure = async (executor: Executor, fun: (x: number) => unknown): Promise<object> => {
  try {
    return { value: await executor.submit(fun, 1) };
  } catch (error) {
    return told(error);
  }
};

const executor = createMpiExecutor();
const report = {
  exits: await failure(executor, () => process.exit(3)),
  exitsAnyway: await failure(executor, () => {
    try {
      process.exit();
    } catch {
      return 1;
    }
  }),
  exitsByImport: await failure(executor, () => exit(2)),
  exitsLater: await failure(executor, async () => {
    setTimeout(() => process.exit(4), 5);
    await new Promise(() => {});
  }),
  uncaught: await failure(executor, async () => {
    setTimeout(() => {
      throw new TypeError("late");
    }, 5);
    await new Promise(() => {});
  }),
  rejects: await failure(executor, async () => {
    void Promise.reject(new Error("nobody listens"));
    await new Promise((resolve) => setTimeout(resolve, 20));
    return 1;
  }),
  hangs: await failure(createMpiExecutor({ timeout: 0.2 }), async () => {
    await new Promise(() => {});
  }),
  // Each rank has had several of these.
  after: await executorBatchEvaluator(executor)((x: number) => 2 * x, [1, 2, 3, 4]),
};
console.log(JSON.stringify(report));
