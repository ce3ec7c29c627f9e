/** What a user's compiler must accept, and refuse. */
import { type BatchEvaluator, type Executor, executorBatchEvaluator, minimize } from "fanopt";

const executor: Executor = {
  submit: async (fun, arg) => await fun(arg),
  [Symbol.asyncDispose]: async () => {},
};
const batchEvaluator: BatchEvaluator = executorBatchEvaluator(executor);

const result = await minimize({
  fun: ({ a, b }) => (a - 1) ** 2 + b.reduce((sum, x) => sum + x ** 2, 0),
  params: { a: 0, b: [1, 2] },
  algorithm: "levenberg-marquardt",
  batchEvaluator,
});
export const a: number = result.params.a;
export const b: readonly number[] = result.params.b;

// @ts-expect-error: params has no c
result.params.c;
// @ts-expect-error: without an algorithm
minimize({ fun: (x: number) => x ** 2, params: 1 });
