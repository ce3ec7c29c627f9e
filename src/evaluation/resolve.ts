import { InvalidInputError, show } from "../errors.ts";
import { unknownName } from "../suggest.ts";
import { executorBatchEvaluator } from "./executor-batch-evaluator.ts";
import { serialBatchEvaluator } from "./serial.ts";
import type { BatchEvaluator } from "./types.ts";

/** Backends are loaded when they are first used: whoever runs "serial" never loads the AWS SDK. */
const NAMED: Readonly<Record<string, BatchEvaluator>> = {
  serial: serialBatchEvaluator,
  threads: async (fun, args, options) => {
    const { sharedThreadExecutor } = await import("../executors/threads/executor.ts");
    return executorBatchEvaluator(sharedThreadExecutor(options?.nWorkers))(fun, args, options);
  },
  processes: async (fun, args, options) => {
    const { sharedProcessExecutor } = await import("../executors/processes/executor.ts");
    return executorBatchEvaluator(sharedProcessExecutor(options?.nWorkers))(fun, args, options);
  },
  mpi: async (fun, args, options) => {
    const { mpiExecutor } = await import("../executors/mpi/executor.ts");
    return executorBatchEvaluator(mpiExecutor())(fun, args, options);
  },
  lambda: async (fun, args, options) => {
    const { lambdaExecutor } = await import("../executors/lambda/executor.ts");
    return executorBatchEvaluator(lambdaExecutor)(fun, args, options);
  },
};

/** The names that `batchEvaluator` takes. */
export type BatchEvaluatorName = "serial" | "threads" | "processes" | "mpi" | "lambda";

/**
 * The batch evaluator of a name; a function is itself.
 *
 * @throws InvalidInputError for an unknown name (suggesting the nearest) or anything that is neither.
 */
export function resolveBatchEvaluator(nameOrFunction: BatchEvaluatorName | BatchEvaluator): BatchEvaluator {
  if (typeof nameOrFunction === "function") return nameOrFunction;
  if (typeof nameOrFunction !== "string")
    throw new InvalidInputError(
      `batchEvaluator must be a name (${Object.keys(NAMED).join(", ")}) or a function such as executorBatchEvaluator(executor) returns, ` +
        `received ${show(nameOrFunction)}.${isExecutor(nameOrFunction) ? " Wrap the executor: executorBatchEvaluator(executor)." : ""}`,
    );
  if (!Object.hasOwn(NAMED, nameOrFunction))
    throw new InvalidInputError(
      unknownName(`batch evaluator ${show(nameOrFunction)}`, nameOrFunction, Object.keys(NAMED), "batchEvaluator"),
    );
  return NAMED[nameOrFunction];
}

function isExecutor(value: unknown): boolean {
  const { submit, submitAll, map } = (value ?? {}) as { submit?: unknown; submitAll?: unknown; map?: unknown };
  return [submit, submitAll, map].some((method) => typeof method === "function");
}
