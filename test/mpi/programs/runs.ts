/** Runs one after the other, with a reset between, two at the same time, and an executor that is closed. */
import { createMpiExecutor, executorBatchEvaluator, resetMpi, resolveBatchEvaluator } from "fanopt";

const evaluate = resolveBatchEvaluator("mpi");
const data = new Float64Array(100_000).fill(1);
const fun = (x: number): number => x * data.length;
const first = await evaluate(fun, [1, 2, 3]);
await resetMpi();
const second = await evaluate(fun, [1, 2, 3]);
const both = await Promise.all([evaluate(fun, [4, 5]), resolveBatchEvaluator("mpi")((x: number) => -x, [6, 7])]);

const executor = createMpiExecutor();
const other = createMpiExecutor();
const running = executor.submit(() => new Promise<number>(() => {}), 1).catch((error: Error) => error.message);
await new Promise((resolve) => setTimeout(resolve, 50));
await executor.close();
const closed = await running;
const afterwards = await executor.submit((x: number) => x, 1).catch((error: Error & { code?: string }) => error.code);
const others = await executorBatchEvaluator(other)((x: number) => x + 0.5, [1, 2, 3, 4]);
// A reset ends what is under way, too.
const pending = evaluate(() => new Promise<number>(() => {}), [1]).catch(
  (error: Error & { code?: string }) => error.code,
);
await new Promise((resolve) => setTimeout(resolve, 50));
await resetMpi();
console.log(JSON.stringify({ first, second, both, closed, afterwards, others, pending: await pending }));
