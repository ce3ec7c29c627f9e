/** What a user's compiler must accept, and refuse. */
import {
  type ArtifactsOptions,
  type BatchEvaluator,
  type BatchOfTasks,
  type DenseMatrix,
  type Executor,
  executorBatchEvaluator,
  type FirstDerivative,
  type FunAndJac,
  firstDerivative,
  fixed,
  type HedgeOptions,
  type HistoryRow,
  type LambdaExecutorOptions,
  type LambdaPrices,
  lambdaPrices,
  leastSquares,
  likelihood,
  maximize,
  minimize,
  type NumdiffOptions,
  nonlinear,
  type PartialTree,
  type RunRecord,
  type RunStatus,
  type StepRecord,
  type StepStatus,
  type SubmitOptions,
  secondDerivative,
  type Task,
  type Usage,
  type ValueAndJac,
  type ValueWithInfo,
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

// Params are inferred as numbers, not as the ones they start from; what the criterion gets and the result has is of their type.
export const inferred: Promise<{ params: { a: number; b: number[] } }> = minimize({
  params: { a: 1, b: [1, 2] },
  fun: (p) => {
    p.a = 2;
    const list: number[] = p.b;
    return p.a + list.length;
  },
  algorithm: "levenberg-marquardt",
});

export const inferredMap: Promise<{ params: Map<string, number> }> = minimize({
  params: new Map([["low", 1]]),
  fun: (p) => p.get("low") ?? 0,
  bounds: { softLower: new Map([["low", 0]]), softUpper: 5 },
  algorithm: "levenberg-marquardt",
});

interface Rates {
  readonly beta: number;
  readonly gamma?: number;
}
interface Params {
  rates: Rates;
  levels: Map<string, number>;
  cutoffs: ReadonlyMap<number, readonly number[]>;
  pair: readonly [number, number];
  weights: Float64Array;
}
declare const params: Params;
const ofInterface = await minimize({
  fun: ({ rates, levels, cutoffs, pair, weights }: Params) =>
    rates.beta + (rates.gamma ?? 0) + (levels.get("low") ?? 0) + (cutoffs.get(3)?.[0] ?? 0) + pair[1] + weights[0],
  params,
  bounds: {
    lower: { rates: { gamma: 0 }, levels: new Map([["low", 0]]), cutoffs: new Map([[3, [0, null]]]), pair: [0, null] },
    upper: { rates: 1, levels: 5, weights: [1, undefined], pair: new Float64Array(2) },
  },
  constraints: (c) => [
    c.fixed((p) => p.levels.get("low")),
    c.increasing((p) => p.cutoffs.get(3)),
    c.equal((p) => p.pair),
  ],
  jac: (p) => p,
  algorithm: "levenberg-marquardt",
});
export const back: Params = ofInterface.params;
export const partial: PartialTree<Params> = { levels: new Map([["low", null]]), rates: {} };
const optionsOf = { fun: (p: Params) => p.weights[0], params, algorithm: "levenberg-marquardt" };
// @ts-expect-error: params has no gama
minimize({ ...optionsOf, bounds: { lower: { rates: { gama: 0 } } } });
// @ts-expect-error: levels is a Map
minimize({ ...optionsOf, bounds: { lower: { levels: { low: 0 } } } });
// @ts-expect-error: its keys are numbers
minimize({ ...optionsOf, bounds: { lower: { cutoffs: new Map([["3", 0]]) } } });
// @ts-expect-error: a pair has two
minimize({ ...optionsOf, bounds: { lower: { pair: [0] } } });
// @ts-expect-error: a bound is a number
minimize({ ...optionsOf, bounds: { lower: { weights: ["0"] } } });
// @ts-expect-error: the Map has names, not numbers
minimize({ ...optionsOf, constraints: (c) => [c.fixed((p) => p.levels.get(3))] });

// A criterion may return info beside its value, whatever its kind; params are known all the same.
const withInfo = await minimize({
  fun: leastSquares(({ a }: { a: number }) => ({ value: [a, 1 - a], info: { a } })),
  funAndJac: async ({ a }) => ({ value: [a, 1 - a], jac: [{ a: 1 }, { a: -1 }], info: { a } }),
  params: { a: 1 },
  algorithm: "levenberg-marquardt",
});
export const infoOf = ({ info }: HistoryRow): unknown => info;
export const infos: readonly unknown[] = withInfo.history.info;
maximize({
  fun: likelihood(async ({ a }: { a: number }) => ({ value: Float64Array.of(a), info: "fine" })),
  jac: ({ a }) => [{ a }],
  params: { a: 1 },
  algorithm: "nelder-mead-parallel",
});
minimize({ fun: ({ a }) => ({ value: a ** 2 }), params: { a: 1 }, algorithm: "nelder-mead-parallel" });
export const numberOf = ({ value }: ValueWithInfo<number>): number => value;
export const both: FunAndJac<number> = (x) => ({ value: x ** 2, jac: 2 * x });
export const { value, jac }: ValueAndJac<number> = { value: 1, jac: 2 };
// @ts-expect-error: residuals, not a number
leastSquares((a: number) => ({ value: a }));
// @ts-expect-error: without jac
minimize({ fun: (x: number) => x ** 2, funAndJac: (x: number) => ({ value: x }), params: 1, algorithm: "l-bfgs-b" });
minimize({
  // @ts-expect-error: the value is no number
  fun: ({ a }) => ({ value: String(a) }),
  params: { a: 1 },
  algorithm: "nelder-mead-parallel",
});

// @ts-expect-error: params has no c
result.params.c;
// @ts-expect-error: the price table is not to be changed for all
lambdaPrices.perRequest = 0;
// @ts-expect-error: without an algorithm
minimize({ fun: (x: number) => x ** 2, params: 1 });

// Derivatives have the structure of the value, with params in the place of its numbers.
interface Model {
  readonly rate: number;
  readonly weights: number[];
}
const model: Model = { rate: 1, weights: [1, 2] };
const gradient = await firstDerivative({
  fun: ({ rate, weights }) => rate * weights[0],
  params: model,
  method: "forward",
});
export const slopes: readonly number[] = gradient.derivative.weights;
export const jacobian: DenseMatrix = gradient.jacobian;
export const kept: FirstDerivative<Model, number> = gradient;
const rows = await firstDerivative({ fun: leastSquares(({ rate }: Model) => [rate, 2 * rate]), params: model });
export const firstRow: Model = rows.derivative[0];
const named = await firstDerivative({ fun: (p: Model) => ({ one: p.rate, two: [p.weights[0]] }), params: model });
export const ofTwo: Model = named.derivative.two[0];
const informed = await firstDerivative({ fun: async (p: Model) => ({ value: p.rate, info: "x" }), params: model });
export const rate: number = informed.derivative.rate;
const curvature = await secondDerivative({ fun: ({ rate }) => rate ** 2, params: model, method: "central-average" });
export const mixed: number = curvature.derivative.weights[1].rate;
export const hessian: Float64Array = curvature.hessian.data;
const ofSum = await secondDerivative({ fun: leastSquares(({ rate }: Model) => [rate]), params: model });
export const hessianOfSum: DenseMatrix = ofSum.hessian;
const several = await secondDerivative({ fun: ({ rate }: Model) => [rate, 1], params: model });
export const hessians: readonly DenseMatrix[] = several.hessian;

export const numdiff: NumdiffOptions<Model> = { method: "central", absoluteStep: { weights: 0.1 }, richardson: 2 };
minimize({ fun: ({ rate }: Model) => rate, params: model, algorithm: "levenberg-marquardt", numdiff });
minimize({
  fun: ({ rate }) => rate,
  params: model,
  algorithm: "levenberg-marquardt",
  // @ts-expect-error: params has no speed
  numdiff: { absoluteStep: { speed: 1 } },
});
// @ts-expect-error: that is a method of secondDerivative
firstDerivative({ fun: ({ rate }) => rate, params: model, method: "central-cross" });

await minimize({
  fun: ({ a, b }) => a + b.length,
  params: { a: 0, b: [1, 2] },
  algorithm: "nelder-mead-parallel",
  constraints: (c) => [
    c.nonlinear((p) => p.b, { fun: (x) => x[0] ** 2 + x[1] ** 2, upper: 1, jac: (x) => x.map((one) => 2 * one) }),
    c.nonlinear((p) => ({ first: p.a, rest: p.b }), {
      fun: async ({ first, rest }) => [first, ...rest],
      lower: [0, 1, 2],
      tolerance: 1e-6,
    }),
    // @ts-expect-error: what the selector picks is a number.
    c.nonlinear((p) => p.a, { fun: (text: string) => text.length, value: 1 }),
    // @ts-expect-error: a value or bounds are missing.
    c.nonlinear((p) => p.a, { fun: (x) => x }),
    // @ts-expect-error: a value and a bound contradict each other.
    c.nonlinear((p) => p.a, { fun: (x) => x, value: 1, upper: 2 }),
  ],
});
export const ball = nonlinear((p: { x: number[] }) => p.x, { fun: (x) => x[0] ** 2 + x[1] ** 2, upper: 1 });
export const violations: Float64Array = result.history.violation;
export const violation: number = result.violation;
