/** Runs with nonlinear constraints are the same wherever their points are evaluated. */
import { afterAll, describe, expect, it } from "vitest";
import {
  createLambdaExecutor,
  createProcessExecutor,
  createRunStore,
  executorBatchEvaluator,
  fixed,
  leastSquares,
  type MinimizeOptions,
  minimize,
  nonlinear,
  probability,
} from "../../src/index.ts";

const executors = {
  process: createProcessExecutor({ nWorkers: 2 }),
  lambda: createLambdaExecutor({ local: { concurrency: 2, timeoutSeconds: 60, memoryMB: 512 } }),
};
afterAll(() => Promise.all(Object.values(executors).map((executor) => executor.close())));

interface Mix {
  shares: number[];
  rate: number;
  scale: number;
}
const wanted = [0.7, 0.2, 0.1];
const most = { concentration: 0.42 };
const residuals = leastSquares(({ shares, rate, scale }: Mix) => [
  ...shares.map((one, i) => scale * (one - wanted[i])),
  rate - 2,
]);
const gradient = ({ scale }: Mix) => [
  ...wanted.map((_, i) => ({ shares: wanted.map((__, j) => (i === j ? scale : 0)), rate: 0, scale: 0 })),
  { shares: [0, 0, 0], rate: 1, scale: 0 },
];
const concentrated = nonlinear((p: Mix) => p.shares, {
  fun: (shares) => shares.reduce((sum, one) => sum + one ** 2, 0),
  upper: most.concentration,
});
const coupled = nonlinear((p: Mix) => ({ rate: p.rate, first: p.shares[0] }), {
  fun: async ({ rate, first }) => {
    if (rate > 6) throw new RangeError("no such rate");
    return [rate * first, Math.exp(rate)];
  },
  jac: ({ rate, first }) => [
    { rate: first, first: rate },
    { rate: Math.exp(rate), first: 0 },
  ],
  lower: [1.1, 0],
  upper: [1.1, 20],
  tolerance: 1e-6,
});

const options: MinimizeOptions<Mix> = {
  fun: residuals,
  params: { shares: [0.4, 0.35, 0.25], rate: 1, scale: 3 },
  bounds: { lower: { rate: 0.5 } },
  constraints: [probability((p: Mix) => p.shares), fixed((p: Mix) => p.scale), concentrated, coupled],
  scaling: { magnitude: 2 },
  algorithm: "levenberg-marquardt",
  errorHandling: "continue",
  progress: false,
};

describe.each([
  ["by differences", {}],
  ["with derivatives, of one of the constraints by differences on the worker", { jac: gradient as never }],
])("%s", (_name, more) => {
  it.each(Object.keys(executors) as (keyof typeof executors)[])(
    "the history by %s is that of the driver, bit by bit",
    async (name) => {
      const here = await minimize({ ...options, ...more });
      expect(here.success).toBe(true);
      const { shares, rate } = here.params;
      expect(shares.reduce((sum, one) => sum + one ** 2, 0)).toBeLessThanOrEqual(most.concentration + 1e-5);
      expect(Math.abs(rate * shares[0] - 1.1)).toBeLessThanOrEqual(1e-6);
      expect(Math.exp(rate)).toBeLessThanOrEqual(20 + 1e-6);

      const there = await minimize({ ...options, ...more, batchEvaluator: executorBatchEvaluator(executors[name]) });
      expect(there.history.x).toEqual(here.history.x);
      expect(there.history.fun).toEqual(here.history.fun);
      expect(there.history.violation).toEqual(here.history.violation);
      expect(there.params).toEqual(here.params);
      expect(there.message).toBe(here.message);
    },
  );
});

it("a store keeps violations, and knows the best point by them", async () => {
  await using store = createRunStore({ kind: "memory" });
  const { history, runId } = await minimize({ ...options, store });
  const { points } = await store.readRun(runId);
  expect(points.map(({ violation }) => violation)).toEqual(Array.from(history.violation));
  expect(points.some(({ violation }) => violation > 0)).toBe(true);
  expect(history.best("minimize")?.violation).toBe(0);
});
