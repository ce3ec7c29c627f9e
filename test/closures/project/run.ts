/** Runs all cases of some tables: here, by a process, by the embedded Lambda. Writes one line of JSON a case. */
import { appendFileSync } from "node:fs";
import { type BatchEvaluator, createLambdaExecutor, executorBatchEvaluator, resolveBatchEvaluator } from "fanopt";
import { bitsOf, createProcessExecutor } from "process-executor";
import type { Case, RunCase, Tables } from "./types.ts";

/** What came of a case in one place. */
type Observation =
  | { readonly bits: string }
  | { readonly error: { readonly name: string; readonly message: string; readonly stack: string } };

/** All workers first: what the cases change here must not be what is sent. */
export async function runTables(tables: Tables): Promise<void> {
  const output = process.env.FANOPT_CASES_OUTPUT as string;
  const emitted: string[] = [];
  const listen = (warning: Error) => emitted.push(`${warning.name}: ${warning.message}`);
  process.on("warning", listen);
  const executors = [createProcessExecutor(), createLambdaExecutor({ local: { concurrency: 2, memoryMB: 512 } })];
  const [byProcess, byLambda] = executors.map(executorBatchEvaluator);
  const all = Object.entries(tables).flatMap(([table, { cases }]) => cases.map((one) => ({ table, one })));
  const remote: object[] = [];
  for (const { table, one } of all) {
    await emittedBefore();
    emitted.length = 0;
    const [inProcess, inLambda] = await Promise.all([observe(one, byProcess), observe(one, byLambda)]);
    await emittedBefore();
    remote.push({ table, name: one.name, process: inProcess, lambda: inLambda, warnings: [...emitted] });
  }
  process.off("warning", listen);
  for (const executor of executors) await executor[Symbol.asyncDispose]();
  for (const [i, { one }] of all.entries()) {
    const local = await observe(one, resolveBatchEvaluator("serial"));
    appendFileSync(output, `${JSON.stringify({ ...remote[i], local })}\n`);
  }
  appendFileSync(output, `${JSON.stringify({ end: all.length })}\n`);
}

/** Warnings are emitted in the next tick. */
function emittedBefore(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

async function observe(one: Case | RunCase, batchEvaluator: BatchEvaluator): Promise<Observation> {
  try {
    if ("run" in one) return { bits: bitsOf(await one.run(batchEvaluator)) };
    const fun = one.fun as (params: unknown) => unknown;
    const params = "params" in one ? one.params : 0.75;
    const options = one.unpack === undefined ? {} : { unpack: one.unpack };
    const [value] = await batchEvaluator(fun, [params], options);
    return { bits: bitsOf(value) };
  } catch (error) {
    const { name, message, stack = "" } = error as Error;
    return { error: { name, message, stack } };
  }
}
