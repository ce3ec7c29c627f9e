/** What a user's compiler must accept, and refuse. */
import {
  type ArtifactsOptions,
  type BatchEvaluator,
  type BatchOfTasks,
  type Executor,
  executorBatchEvaluator,
  fixed,
  type HedgeOptions,
  type HistoryRow,
  type LambdaExecutorOptions,
  type LambdaPrices,
  lambdaPrices,
  minimize,
  type RunRecord,
  type RunStatus,
  type StepRecord,
  type StepStatus,
  type SubmitOptions,
  type Task,
  type Usage,
} from "fanopt";
import { type ConformanceCheck, executorConformance } from "fanopt/testing";

export const checks: readonly ConformanceCheck[] = executorConformance({ module: new URL("file:///executor.js") });

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
  maxCost: 5,
});
export const a: number = result.params.a;
export const b: readonly number[] = result.params.b;
export const cost: number | null = result.cost;
export const coldStarts: number = result.timings.coldStarts;
export const usage: Usage | null = result.history.row(0).usage;
export const prices: LambdaPrices = { ...lambdaPrices, perRequest: 0 };

// What public types are made of has public names.
export const batchOf = ({ batch }: SubmitOptions): BatchOfTasks | undefined => batch;
export const hedgeOf = ({ hedge }: LambdaExecutorOptions): boolean | HedgeOptions | undefined => hedge;
export const artifactsOf = ({ artifacts }: LambdaExecutorOptions): ArtifactsOptions | undefined => artifacts;
export const taskOf = ({ task }: HistoryRow): Task => task;
export const statusOf = ({ status }: RunRecord): RunStatus => status;
export const stepStatusOf = ({ status }: StepRecord): StepStatus => status;

// Selectors know params, whatever the criterion says of them.
minimize({
  fun: ({ a, b }) => a + b[0],
  params: { a: 0, b: [1, 2] },
  constraints: (c) => [c.fixed((p) => p.b), c.increasing((p) => [p.a, p.b[0]])],
  algorithm: "levenberg-marquardt",
});
minimize({
  fun: ({ a, b }: { a: number; b: number[] }) => a + b[0],
  params: { a: 0, b: [1, 2] },
  constraints: (c) => [c.fixed((p) => p.b)],
  algorithm: "levenberg-marquardt",
});
minimize({
  fun: ({ a, b }) => a + b[0],
  params: { a: 0, b: [1, 2] },
  constraints: [fixed((p: { a: number }) => p.a)],
  algorithm: "levenberg-marquardt",
});
minimize({
  fun: ({ a }) => a,
  params: { a: 0 },
  // @ts-expect-error: params has no c
  constraints: (c) => [c.fixed((p) => p.c)],
  algorithm: "levenberg-marquardt",
});

// @ts-expect-error: params has no c
result.params.c;
// @ts-expect-error: the price table is not to be changed for all
lambdaPrices.perRequest = 0;
// @ts-expect-error: without an algorithm
minimize({ fun: (x: number) => x ** 2, params: 1 });
