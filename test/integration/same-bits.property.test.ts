/** Random problems give the same bits in the driver, in a thread, in a process and on the embedded Lambda: point by point, and as whole runs. */
import { deepStrictEqual } from "node:assert";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import {
  type BatchEvaluator,
  buildInternalFun,
  CriterionError,
  createLambdaExecutor,
  createProcessExecutor,
  createThreadExecutor,
  executorBatchEvaluator,
  type InternalFun,
  leastSquares,
  likelihood,
  type MinimizeOptions,
  maximize,
  minimize,
  nonlinear,
  type Outcome,
  resolveBatchEvaluator,
  type Settled,
} from "../../src/index.ts";
import { OptimizeResult } from "../../src/optimize/result.ts";
import { conversionOf } from "../../src/problem/conversion.ts";
import { freeProblemOf } from "../../src/problem/free-problem.ts";
import type { InternalPoint } from "../../src/problem/outcome.ts";
import { shapeOf } from "../../src/problem/tree.ts";
import { randomProblem } from "../problem/problems.ts";
import { numbersIn, treeCriterion } from "../problem/tree-criterion.ts";
import { bare } from "../worker/bare-outcome.ts";

const executors = {
  thread: createThreadExecutor({ nWorkers: 1 }),
  process: createProcessExecutor({ nWorkers: 1 }),
  lambda: createLambdaExecutor({ local: { concurrency: 2, timeoutSeconds: 60, memoryMB: 512 } }),
};
afterAll(() => Promise.all(Object.values(executors).map((executor) => executor.close())));

const names = Object.keys(executors) as (keyof typeof executors)[];

const kind = fc.constantFrom("scalar", "least-squares", "likelihood");

/** A problem with a criterion of each kind, which throws where the first parameter is more than some above its start. */
const task = fc
  .record({
    problem: randomProblem,
    kind,
    falls: fc.boolean(),
    isAsync: fc.boolean(),
    hasInfo: fc.boolean(),
    nonlinear: fc.constantFrom("none", "none", "value", "derivative"),
    derivative: fc.constantFrom("none", "jac", "funAndJac", "both"),
    errorHandling: fc.constantFrom("raise" as const, "continue" as const),
    data: fc.float64Array({ minLength: 1, maxLength: 6, min: -4, max: 4, noNaN: true }),
    room: fc.constantFrom(0.2, 1, Number.POSITIVE_INFINITY),
  })
  .map(({ problem, kind, falls, isAsync, hasInfo, nonlinear: asked, derivative, errorHandling, data, room }) => {
    const { terms, jacobian, sum, gradient } = treeCriterion(data, numbersIn(problem.params)[0] + room);
    const isVector = kind !== "scalar";
    const value = isVector ? terms : sum;
    const withInfo = (params: unknown) => ({
      value: value(params),
      info: { first: numbersIn(params)[0], n: data.length },
    });
    const given = hasInfo ? withInfo : value;
    const returned = (isAsync ? async (params: unknown) => given(params) : given) as (params: unknown) => number;
    const vector = returned as unknown as (params: unknown) => Float64Array;
    const fun = kind === "scalar" ? returned : kind === "likelihood" ? likelihood(vector) : leastSquares(vector);
    const slope = kind === "least-squares" ? jacobian : gradient;
    const jac = derivative === "jac" || derivative === "both" ? slope : undefined;
    const isBoth = derivative === "funAndJac" || derivative === "both";
    const funAndJac = isBoth ? (params: unknown) => ({ ...withInfo(params), jac: slope(params) }) : undefined;
    const direction = falls && kind !== "least-squares" ? ("maximize" as const) : ("minimize" as const);
    const squares = (selected: unknown) => numbersIn(selected).reduce((total, v) => total + v * v * data[0], 0);
    const limit = nonlinear((params: unknown) => params, {
      fun: squares,
      jac: asked === "derivative" ? (selected) => numbersIn(selected).map((v) => 2 * v * data[0]) : undefined,
      upper: squares(problem.params) + 0.01,
    });
    const constraints = asked === "none" ? problem.constraints : [...problem.constraints, limit];
    const options = { ...problem, constraints, fun, jac, funAndJac, errorHandling };
    return { options, direction, isLeastSquares: kind === "least-squares" };
  });
type Task = ReturnType<typeof task.generate>["value"];

/** Where a point is: by how much its coordinates are off the start, or at a bound. */
const places = fc.array(
  fc.record({
    offsets: fc.array(fc.oneof(fc.double({ min: -3, max: 3, noNaN: true }), fc.constantFrom("lower", "upper")), {
      minLength: 12,
      maxLength: 12,
    }),
    want: fc.constantFrom("fun" as const, "jac" as const, "funAndJac" as const),
  }),
  { minLength: 3, maxLength: 8 },
);

function pointsOf({ options }: Task, at: ReturnType<typeof places.generate>["value"]): InternalPoint[] {
  const free = freeProblemOf(options, shapeOf(options.params));
  const { bounds, scaled } = conversionOf(free.conversion);
  const coordinate = (value: number, j: number, offset: number | string) => {
    const [lower, upper] = [bounds.lower[j], bounds.upper[j]];
    if (typeof offset === "number") return Math.min(Math.max(value + offset, lower), upper);
    const bound = offset === "lower" ? lower : upper;
    return Number.isFinite(bound) ? bound : value;
  };
  return at.map(({ offsets, want }) => ({
    x: scaled(free.start).map((value, j) => coordinate(value, j, offsets[j % offsets.length])),
    want: options.jac === undefined && options.funAndJac === undefined ? "fun" : want,
  }));
}

const evaluatorOf = (name: keyof typeof executors) => executorBatchEvaluator(executors[name]);

/** How each point ends, as plain data. */
async function endsBy(
  evaluate: BatchEvaluator,
  fun: InternalFun<unknown>,
  points: readonly InternalPoint[],
): Promise<unknown[]> {
  const ends: unknown[] = [];
  const onSettled = (i: number, settled: Settled<Outcome>) => {
    ends[i] = plain(settled);
  };
  await evaluate(fun, points, { errorHandling: "continue", onSettled });
  return ends;
}

function plain(settled: Settled<Outcome>): unknown {
  if (!settled.ok) return String(settled.error);
  const { logEntry, ...rest } = bare(settled.value);
  const { exception } = logEntry;
  // Frames of the driver's own functions are in its stacks alone.
  return { ...rest, logEntry: { ...logEntry, exception: exception && `${exception.name}: ${exception.message}` } };
}

/** A run that ended, or the error that ended it, as plain data. */
async function runBy(
  batchEvaluator: BatchEvaluator,
  { options, direction }: Task,
  algorithm: string,
): Promise<{ readonly error?: string; readonly batch: Int32Array; readonly [name: string]: unknown }> {
  const run = direction === "maximize" ? maximize : minimize;
  const given = { ...options, algorithm, batchEvaluator, maxFunEvals: 40, progress: false } as MinimizeOptions<unknown>;
  const result = await run(given).catch((error: unknown) => error);
  if (result instanceof CriterionError) {
    const [error] = result.message.split("\n", 1);
    return { error, batch: new Int32Array(), params: result.params };
  }
  if (!(result instanceof OptimizeResult)) throw result;
  const { history, params, fun, message, nIterations } = result;
  const { x, batch, task, info, violation } = history;
  const errors = history.error.map((one) => one?.split("\n")[1]);
  return {
    params,
    fun,
    message,
    nIterations,
    x,
    p: history.params,
    f: history.fun,
    batch,
    task: [...task],
    info: [...info],
    violation,
    errors,
  };
}

// Shrinking would take longer than a test may: a failure tells its seed and path.
describe("random problems", { timeout: 120_000 }, () => {
  it("have the same outcomes everywhere", async () => {
    const kinds = new Set<string>();
    await fc.assert(
      fc.asyncProperty(task, places, async (task, at) => {
        const points = pointsOf(task, at);
        const build = () => buildInternalFun<unknown>({ ...task.options, direction: task.direction });
        const here = await endsBy(resolveBatchEvaluator("serial"), build(), points);
        for (const name of names) deepStrictEqual(await endsBy(evaluatorOf(name), build(), points), here, name);
        for (const end of here) kinds.add(typeof end);
      }),
      { numRuns: 60, endOnFailure: true },
    );
    expect([...kinds].sort()).toEqual(["object", "string"]);
  });

  it("have the same runs everywhere", async () => {
    const lengths: number[] = [];
    await fc.assert(
      fc.asyncProperty(task, fc.boolean(), async (task, isSimplex) => {
        const algorithm = isSimplex || !task.isLeastSquares ? "nelder-mead-parallel" : "levenberg-marquardt";
        const here = await runBy(resolveBatchEvaluator("serial"), task, algorithm);
        for (const name of ["process", "lambda"] as const)
          deepStrictEqual(await runBy(evaluatorOf(name), task, algorithm), here, name);
        lengths.push(here.error === undefined ? here.batch.length : 0);
      }),
      { numRuns: 40, endOnFailure: true },
    );
    // Some end by an error, most do not.
    expect(lengths.filter((length) => length === 0).length).toBeGreaterThan(0);
    expect(lengths.filter((length) => length > 10).length).toBeGreaterThan(20);
  });
});
