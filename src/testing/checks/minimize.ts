/** Whole runs. */
import { executorBatchEvaluator } from "../../evaluation/executor-batch-evaluator.ts";
import type { BatchEvaluator } from "../../evaluation/types.ts";
import { CriterionError, RunAbortedError } from "../../optimize/errors.ts";
import { maximize, minimize } from "../../optimize/minimize.ts";
import type { MinimizeOptions } from "../../optimize/options.ts";
import type { OptimizeResult } from "../../optimize/result.ts";
import { leastSquares, likelihood } from "../../problem/function-kinds.ts";
import { buildInternalFun } from "../../problem/internal-fun.ts";
import type { Outcome } from "../../problem/outcome.ts";
import type { History } from "../../recording/history.ts";
import { expectRejection, expectSame, expectThat } from "../expectation.ts";
import { sleep } from "../marks.ts";
import type { Trial } from "../trial.ts";
import type { Check } from "./check.ts";

interface Growth {
  readonly rate: number;
  readonly sizes: Float64Array;
}

const times = Float64Array.from({ length: 12 }, (_, i) => i / 3);
const observed = times.map((t, i) => 2.5 * Math.exp(0.7 * t) + 0.3 * Math.sin(9 * i));
const start: Growth = { rate: 0.2, sizes: Float64Array.of(1, -0.1) };
const bounds = { lower: { rate: 0 }, upper: { rate: 0.65 } };

/** Milliseconds that look random, the same for the same params: so batches end in another order than they began. */
function duration({ rate, sizes }: Growth): number {
  return Math.abs((1e6 * (rate + sizes[0])) % 6);
}

async function residuals(params: Growth): Promise<Float64Array> {
  await sleep(duration(params));
  const { rate, sizes } = params;
  return times.map((t, i) => sizes[0] * Math.exp(rate * t) + sizes[1] - observed[i]);
}

async function sumOfSquares(params: Growth): Promise<number> {
  return (await residuals(params)).reduce((sum, one) => sum + one ** 2, 0);
}

async function contributions(params: Growth): Promise<Float64Array> {
  return (await residuals(params)).map((one) => -(one ** 2) / 2);
}

const settings = { params: start, bounds, progress: false, maxFunEvals: 150 } as const;

type Run = (batchEvaluator: BatchEvaluator | "serial") => Promise<OptimizeResult<Growth>>;

const leastSquaresRun: Run = (batchEvaluator) => {
  const scaling = { magnitude: 3 };
  return minimize({
    ...settings,
    scaling,
    fun: leastSquares(residuals),
    algorithm: "levenberg-marquardt",
    batchEvaluator,
  });
};
/** Info, and the derivative in the same evaluation. */
const informedRun: Run = (batchEvaluator) => {
  const fun = async (params: Growth) => ({ value: await residuals(params), info: { rate: params.rate, at: [params] } });
  const funAndJac = async (params: Growth) => ({
    ...(await fun(params)),
    jac: Array.from(times, (t) => {
      const growth = Math.exp(params.rate * t);
      return [params.sizes[0] * t * growth, growth, 1];
    }),
  });
  return minimize({ ...settings, fun: leastSquares(fun), funAndJac, algorithm: "levenberg-marquardt", batchEvaluator });
};
const scalarRun: Run = (batchEvaluator) =>
  minimize({ ...settings, fun: sumOfSquares, algorithm: "nelder-mead-parallel", batchEvaluator });
const likelihoodRun: Run = (batchEvaluator) =>
  maximize({ ...settings, fun: likelihood(contributions), algorithm: "nelder-mead-parallel", batchEvaluator });
const failingRun: Run = (batchEvaluator) => {
  const fun = async (params: Growth) => {
    if (params.sizes[0] > 1.4) throw new RangeError(`sizes[0] is ${params.sizes[0]}`);
    return sumOfSquares(params);
  };
  const options = { ...settings, fun, algorithm: "nelder-mead-parallel", errorHandling: "continue" } as const;
  return minimize({ ...options, batchEvaluator });
};

/** What does not depend on who evaluated and how long it took. */
function pointsOf(history: History): unknown[] {
  return Array.from(history, ({ index, step, batch, task, x, params, fun, rawFun, info, error }) => ({
    index,
    step,
    batch,
    task,
    x,
    params,
    fun,
    rawFun,
    info,
    failed: error?.split("\n", 2)[1] ?? null,
  }));
}

const lookAt =
  "values that are changed on their way, results that are given to other points, and evaluations that depend on the worker's state";

function expectSameRun(actual: OptimizeResult<Growth>, expected: OptimizeResult<Growth>, what: string): void {
  const must = `give the same run, bit by bit, as batchEvaluator: "serial" (${what})`;
  const [points, expectedPoints] = [pointsOf(actual.history), pointsOf(expected.history)];
  for (const [i, point] of points.entries())
    expectSame(point, expectedPoints[i], { must: `${must}: here point ${i} of the history`, lookAt });
  const endOf = ({ params, fun, message, history }: OptimizeResult<Growth>) => [params, fun, message, history.length];
  expectSame(endOf(actual), endOf(expected), { must, lookAt });
}

const sameAsSerial = (what: string, run: Run): Check => ({
  group: "minimize",
  name: `give the history of a serial run: ${what}`,
  run: async (trial) => expectSameRun(await run(await trial.evaluator()), await run("serial"), what),
});

async function oneAfterTheOther(trial: Trial): Promise<void> {
  const evaluate = await trial.evaluator();
  for (const [i, run] of [leastSquaresRun, scalarRun, leastSquaresRun].entries())
    expectSameRun(await run(evaluate), await run("serial"), `run ${i + 1} of 3, one after the other on one executor`);
}

async function atTheSameTime(trial: Trial): Promise<void> {
  const evaluate = await trial.evaluator();
  const runs = [leastSquaresRun, scalarRun, likelihoodRun];
  const results = await Promise.all(runs.map((run) => run(evaluate)));
  for (const [i, run] of runs.entries())
    expectSameRun(results[i], await run("serial"), `run ${i + 1} of 3 at the same time on one executor`);
}

async function internalFun(trial: Trial): Promise<void> {
  const executor = await trial.executor();
  const evaluate = executorBatchEvaluator(executor);
  const options = { fun: likelihood(contributions), params: start, direction: "maximize" } as const;
  const fun = buildInternalFun<Growth>({ ...options, bounds, scaling: { magnitude: 3 } });
  const points = [Float64Array.of(0.2, 1, -0.1), Float64Array.of(-0, 1e-320, 3)];
  const bare = ({ historyEntry: { worker, workerDuration, ...entry }, ...rest }: Outcome<Growth>) => ({
    ...rest,
    entry,
  });
  const there = (await evaluate(fun, points)) as Outcome<Growth>[];
  const here = await Promise.all(points.map((x) => fun(x)));
  expectSame(there.map(bare), here.map(bare), {
    must: "evaluate what buildInternalFun returned: same x, same bits, and no step",
    lookAt,
  });
  // What map() gets is the driver's function in another one.
  if (trial.traits.isolation === "none" || !("submit" in executor || "submitAll" in executor)) return;
  const workers = there.map(({ historyEntry: { worker } }) => worker);
  expectThat(
    workers.every((worker) => typeof worker === "string" && worker !== "" && worker !== "driver"),
    { must: "name the worker of each point, for the history", lookAt: "the second argument of loadFunction" },
    workers,
  );
}

async function recordedOnce(trial: Trial): Promise<void> {
  const evaluate = await trial.evaluator();
  const outcomes: Outcome<Growth>[] = [];
  const listening: BatchEvaluator = async (fun, args, options) => {
    const results = await evaluate(fun, args, options);
    outcomes.push(...(results as Outcome<Growth>[]));
    return results;
  };
  const { history } = await leastSquaresRun(listening);
  const must = "give points without a step, which the driver records once each, in order, with its own step";
  expectSame(
    outcomes.map(({ logEntry: { step } }) => step),
    outcomes.map(() => null),
    { must, lookAt },
  );
  const recorded = Array.from(history, ({ index, step, fun }) => ({ index, step, fun }));
  expectSame(
    recorded,
    outcomes.map(({ logEntry: { fun } }, index) => ({ index, step: 0, fun })),
    { must, lookAt },
  );
}

async function criterionError(trial: Trial): Promise<void> {
  const fun = ({ rate, sizes }: Growth) => {
    if (rate !== start.rate) throw new RangeError(`rate is ${rate}`);
    return sizes[0];
  };
  const options: MinimizeOptions<Growth> = { ...settings, fun, algorithm: "nelder-mead-parallel" };
  const expectation = { must: "end a run with the params and the error of the criterion's first failure", lookAt };
  const remote = await expectRejection(minimize({ ...options, batchEvaluator: await trial.evaluator() }), expectation);
  const serial = await expectRejection(minimize(options), expectation);
  const told = (error: Error) => {
    const { params, cause } = error as CriterionError & { cause?: Error };
    return { isCriterionError: error instanceof CriterionError, params, name: cause?.name, message: cause?.message };
  };
  expectSame(told(remote), told(serial), expectation);
}

async function abortedRun(trial: Trial): Promise<void> {
  const executor = await trial.executor();
  const batchEvaluator = executorBatchEvaluator(executor);
  const controller = new AbortController();
  let nBatches = 0;
  const aborting: BatchEvaluator = (fun, args, options) => {
    nBatches += 1;
    if (nBatches === 3) setTimeout(() => controller.abort("enough"), 5);
    return batchEvaluator(fun, args, options);
  };
  const options = {
    ...settings,
    fun: sumOfSquares,
    algorithm: "nelder-mead-parallel",
    signal: controller.signal,
  } as const;
  const expectation = {
    must: "let a run be aborted, with what was evaluated so far",
    lookAt: "the signal of the options of submit()",
  };
  const error = await expectRejection(minimize({ ...options, batchEvaluator: aborting }), expectation);
  const isTold =
    error instanceof RunAbortedError && error.cause === "enough" && (error.partialResult?.history.length ?? 0) > 0;
  expectThat(isTold, expectation, error);
  expectSameRun(await scalarRun(batchEvaluator), await scalarRun("serial"), "after a run that was aborted");
}

export const minimizeChecks: readonly Check[] = [
  sameAsSerial("levenberg-marquardt with numerical derivatives under bounds and scaling", leastSquaresRun),
  sameAsSerial("levenberg-marquardt with residuals, derivative and info in one evaluation", informedRun),
  sameAsSerial("nelder-mead-parallel", scalarRun),
  sameAsSerial("a likelihood that is maximized", likelihoodRun),
  sameAsSerial("a criterion that fails at some points", failingRun),
  { group: "minimize", name: "serve runs one after the other", run: oneAfterTheOther },
  { group: "minimize", name: "serve runs at the same time", run: atTheSameTime },
  { group: "minimize", name: "evaluate buildInternalFun's function with the driver's bits", run: internalFun },
  { group: "minimize", name: "give each point to be recorded once, with the driver's step", run: recordedOnce },
  { group: "minimize", name: "end a run with the criterion's error and the params", run: criterionError },
  { group: "minimize", name: "let a run be aborted", run: abortedRun },
];
