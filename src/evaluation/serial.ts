import { checkBatch } from "./arguments.ts";
import { collect, settle } from "./collect.ts";
import type { BatchEvaluator } from "./types.ts";
import { throwIfAborted, untilSettled } from "./until-settled.ts";

/** Evaluates one argument after the other in this process. */
export const serialBatchEvaluator: BatchEvaluator = async (fun, args, options) => {
  const { call, args: list, raise, signal, onSettled } = checkBatch("serial batch evaluator", fun, args, options);
  throwIfAborted(signal);
  const results = collect<Awaited<ReturnType<typeof fun>>>("serial", list.length, raise, onSettled);
  for (const [index, arg] of list.entries()) {
    throwIfAborted(signal);
    const settled = await settle(() => untilSettled(async () => call(arg), signal, "criterion"));
    throwIfAborted(signal);
    if (!results.settle(index, settled)) break;
  }
  return results.finish();
};
