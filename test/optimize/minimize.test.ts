import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { InvalidInputError } from "../../src/errors.ts";
import type { BatchEvaluator } from "../../src/evaluation/types.ts";
import {
  CriterionError,
  createRunStore,
  executorBatchEvaluator,
  InfrastructureError,
  leastSquares,
  likelihood,
  type MinimizeOptions,
  maximize,
  minimize,
  openRun,
  type ProgressState,
  RunAbortedError,
  RunFailedError,
  type RunStore,
} from "../../src/index.ts";
import { scripted } from "./algorithms.ts";

const square = (x: number) => x * x;
const quiet = { progress: false } as const;

/** Completes in an order of its own: the durations are those of the list, again and again. */
function shuffled(durations: readonly number[]) {
  let next = 0;
  return executorBatchEvaluator({
    async submit(fun, arg) {
      await sleep(durations[next++ % durations.length]);
      return fun(arg);
    },
  });
}

async function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => expect.fail("expected a rejection"),
    (error: unknown) => error,
  );
}

describe("minimize", () => {
  it("returns the best point, the counts and the history in batch order, whatever the order of completion", async () => {
    const algorithm = scripted([
      [3, 2, 5],
      [1, -4],
    ]);
    const result = await minimize({
      fun: square,
      params: 3,
      algorithm,
      batchEvaluator: shuffled([20, 1, 10]),
      ...quiet,
    });
    expect([result.params, result.fun, result.success, result.message]).toEqual([1, 1, true, "script done"]);
    expect([result.startParams, result.startFun, result.nFunEvals, result.nBatches]).toEqual([3, 9, 5, 2]);
    expect([...result.history.params]).toEqual([3, 2, 5, 1, -4]);
    expect([...result.history.fun]).toEqual([9, 4, 25, 1, 16]);
    expect([...result.history.batch]).toEqual([0, 0, 0, 1, 1]);
    for (const row of result.history) expect(row.stoppedAt).toBeGreaterThanOrEqual(row.startedAt);
    expect(String(result)).toMatch(/Minimize with 1 free parameter terminated successfully after 5 evaluations/);
  });

  it("keeps shapes of params", async () => {
    const params = { a: 1, deep: { list: [1, 2], typed: Float64Array.of(3, 4) } };
    const result = await minimize({
      fun: leastSquares((p: typeof params) => [
        p.a - 2,
        p.deep.list[1] + 1,
        p.deep.typed[0],
        p.deep.list[0],
        p.deep.typed[1],
      ]),
      params,
      algorithm: "levenberg-marquardt",
      ...quiet,
    });
    expect(result.params.a).toBeCloseTo(2, 9);
    expect(result.params.deep.typed).toBeInstanceOf(Float64Array);
    expect(result.params.deep.list[1]).toBeCloseTo(-1, 9);
    expect(result.history.paramNames).toEqual(["a", "deep.list[0]", "deep.list[1]", "deep.typed[0]", "deep.typed[1]"]);
    expect(params).toEqual({ a: 1, deep: { list: [1, 2], typed: Float64Array.of(3, 4) } });
  });

  it("takes an analytical Jacobian, and then evaluates no differences", async () => {
    const problem = {
      fun: leastSquares(([a, b]: number[]) => [10 * (b - a * a), 1 - a]),
      params: [-1.2, 1],
      algorithm: "levenberg-marquardt",
      ...quiet,
    };
    const numerical = await minimize(problem);
    const analytical = await minimize({
      ...problem,
      jac: ([a]) => [
        [-20 * a, 10],
        [-1, 0],
      ],
    });
    expect(analytical.params[0]).toBeCloseTo(1, 9);
    expect(analytical.nJacEvals).toBeGreaterThan(0);
    expect(numerical.nJacEvals).toBe(0);
    expect(analytical.nFunEvals).toBeLessThan(numerical.nFunEvals);
  });

  it("maximizes: the algorithm sees the flipped sign, people their own", async () => {
    const algorithm = scripted([[0, 2, 3]]);
    const fun = likelihood((x: number) => [-((x - 2) ** 2), 7]);
    const result = await maximize({ fun, params: 0, algorithm, ...quiet });
    expect(algorithm.answers[0].map(({ fun }) => fun)).toEqual([-3, -7, -6]);
    expect([result.params, result.fun, result.startFun]).toEqual([2, 7, 3]);
    expect([...result.history.fun]).toEqual([3, 7, 6]);
    expect(result.history.best("maximize")?.params[0]).toBe(2);
  });

  it("has the driver's step and each point once in the store", async () => {
    const result = await minimize({
      fun: square,
      params: 1,
      algorithm: scripted([[1, 2], [3]]),
      runName: "named",
      ...quiet,
    });
    const { run, steps, history } = await openRun(result.runId);
    expect([run.runName, run.status, run.summary?.fun]).toEqual(["named", "complete", 1]);
    expect(steps).toHaveLength(1);
    expect([...history.step]).toEqual([0, 0, 0]);
    expect(history.fun).toStrictEqual(result.history.fun);
  });

  it("reports progress while it runs", async () => {
    const states: ProgressState[] = [];
    const ends: unknown[] = [];
    await minimize({
      fun: square,
      params: 3,
      algorithm: scripted([[3, 2], [1]]),
      progress: {
        update: (s) => states.push(s),
        note: () => {},
        finish: (_state, outcome) => ends.push(outcome.success),
      },
    });
    expect(states.map(({ nInFlight }) => nInFlight)).toContain(2);
    expect(states.at(-1)).toMatchObject({ bestFun: 1, nRounds: 2, nPoints: 3, nInFlight: 0, startFun: 9 });
    expect(ends).toEqual([true]);
  });
});

describe("limits", () => {
  it("refuses a maxFunEvals that its first round passes, before anything is evaluated", async () => {
    const fun = leastSquares(() => expect.fail("must not be evaluated"));
    const options = { fun, params: [1, 2, 3], algorithm: "levenberg-marquardt", maxFunEvals: 3, ...quiet };
    const error = await failure(minimize(options));
    expect(error).toBeInstanceOf(InvalidInputError);
    expect((error as Error).message).toMatch(
      /maxFunEvals = 3 is too few: the first round of levenberg-marquardt evaluates the criterion at \d+ points\./,
    );
  });

  it("evaluates one round at least, however little time it has", async () => {
    const result = await minimize({
      fun: (x: number) => x,
      params: 1,
      algorithm: scripted([[1], [2]]),
      maxTime: 1e-9,
      ...quiet,
    });
    expect(result.fun).toBe(1);
    expect(result.message).toMatch(/stopped by maxTime/);
  });

  it("stops before the round that passes maxFunEvals, with the best so far", async () => {
    const result = await minimize({
      fun: square,
      params: 3,
      algorithm: scripted([[3, 2], [1], [0.5, 0.1]]),
      maxFunEvals: 4,
      ...quiet,
    });
    expect([result.success, result.params, result.nFunEvals]).toEqual([false, 1, 3]);
    expect(result.message).toBe("stopped by maxFunEvals = 4: 3 points were evaluated and the next round needs 2 more");
    expect(String(result)).toMatch(/not a solution/);
  });

  it("stops after maxTime", async () => {
    const algorithm = scripted([[3], [2], [1], [0.5]]);
    const result = await minimize({
      fun: square,
      params: 3,
      algorithm,
      batchEvaluator: shuffled([60]),
      maxTime: 0.1,
      ...quiet,
    });
    expect(result.success).toBe(false);
    expect(result.message).toBe("stopped by maxTime = 0.1 s");
    expect(result.nBatches).toBeLessThan(4);
  });
});

describe("errors of the criterion", () => {
  const failing = (x: number) => {
    if (x > 3) throw new RangeError(`too large: ${x}`);
    return x * x;
  };

  it('under "raise" gives the first in the order of the arguments, and keeps what ended', async () => {
    const algorithm = scripted([
      [1, 2],
      [5, 0.5, 4],
    ]);
    const error = await failure(
      minimize({ fun: failing, params: 1, algorithm, batchEvaluator: shuffled([1, 1, 30, 1, 5]), ...quiet }),
    );
    expect(error).toBeInstanceOf(CriterionError);
    const { message, cause, params, partialResult } = error as CriterionError;
    expect(message).toMatch(/^The criterion failed at point 0 of round 1 \(params = 5\): RangeError: too large: 5\n/);
    expect(message).toMatch(/5 points had been evaluated, the best with value 0.25/);
    expect([(cause as Error).name, params]).toEqual(["RangeError", 5]);
    expect(partialResult?.params).toBe(0.5);
    expect([...(partialResult?.history.params ?? [])]).toEqual([1, 2, 5, 0.5, 4]);
    expect((await openRun(partialResult?.runId ?? "")).run.status).toBe("failed");
  });

  it('under "continue" gives the penalty f0 + |f0| + 100 + 0.1·‖x − x0‖ and keeps the failure', async () => {
    const algorithm = scripted([[2, 7], [1]]);
    const result = await minimize({ fun: failing, params: 2, algorithm, errorHandling: "continue", ...quiet });
    // f0 = 4, ‖x − x0‖ = 5
    expect(algorithm.answers[0][1]).toMatchObject({ fun: 4 + 4 + 100 + 0.5, failed: true });
    expect(result.nFailed).toBe(1);
    expect(result.history.fun[1]).toBeNaN();
    expect(result.history.error[1]).toMatch(/RangeError: too large: 7[\s\S]+at /);
  });

  it("turns the penalty's sign under maximize", async () => {
    const algorithm = scripted([[2, 7]]);
    await maximize({ fun: failing, params: 2, algorithm, errorHandling: "continue", ...quiet });
    // maximize: f0 − |f0| − 100 − 0.1·‖x − x0‖ = 4 − 4 − 100 − 0.5, which the algorithm sees with the sign flipped
    expect(algorithm.answers[0][1].fun).toBeCloseTo(100.5, 12);
  });

  it("gives residuals that add up to the penalty", async () => {
    const algorithm = scripted([[2, 7]]);
    const fun = leastSquares((x: number) => [failing(x), 3]);
    await minimize({ fun, params: 2, algorithm, errorHandling: "continue", ...quiet });
    const residuals = algorithm.answers[0][1].residuals ?? [];
    const penalty = 25 + 25 + 100 + 0.5;
    expect(residuals).toHaveLength(2);
    expect(residuals[0] ** 2 + residuals[1] ** 2).toBeCloseTo(penalty, 10);
  });

  it.each(["raise", "continue"] as const)("at the start always throws (%s)", async (errorHandling) => {
    const error = await failure(
      minimize({ fun: failing, params: 9, algorithm: scripted([[9]]), errorHandling, ...quiet }),
    );
    expect((error as Error).message).toMatch(/failed at point 0 of round 0 \(params = 9\): RangeError: too large: 9/);
  });

  it("takes an AbortError that the criterion throws for what it is: the criterion's error", async () => {
    const fun = () => {
      throw new DOMException("the model's own request timed out", "AbortError");
    };
    const error = await failure(minimize({ fun, params: 1, algorithm: scripted([[1]]), ...quiet }));
    expect(error).toBeInstanceOf(CriterionError);
  });

  it("names what was thrown when it is no Error", async () => {
    const fun = () => {
      throw "oops";
    };
    const error = await failure(minimize({ fun, params: 1, algorithm: scripted([[1]]), ...quiet }));
    expect((error as Error).message).toMatch(/threw "oops", which is not an Error/);
  });
});

describe("evaluators that misbehave", () => {
  const run = (batchEvaluator: BatchEvaluator, more: Partial<MinimizeOptions<number>> = {}) =>
    minimize({ fun: square, params: 1, algorithm: scripted([[1, 2], [3]]), batchEvaluator, ...quiet, ...more });

  it("records once though results are told twice", async () => {
    const result = await run(async (fun, args, options) => {
      const values = await Promise.all(args.map(async (arg) => fun(arg)));
      for (const [i, value] of [...values.entries(), ...values.entries()]) options?.onSettled?.(i, { ok: true, value });
      return values;
    });
    expect([...result.history.fun]).toEqual([1, 4, 9]);
    expect((await openRun(result.runId)).history.length).toBe(3);
  });

  it("records though results are told at the end only", async () => {
    const result = await run(async (fun, args) => Promise.all(args.map(async (arg) => fun(arg))));
    expect([...result.history.fun]).toEqual([1, 4, 9]);
  });

  it.each([
    ["too few results", async () => [], /array of 2 results/],
    ["no outcomes", async () => [1, 2], /gave 1 for a point/],
    ["a failure of its own", () => Promise.reject(new TypeError("no route")), /no route/],
  ] as [string, BatchEvaluator, RegExp][])("%s end the run with an error", async (_name, evaluator, message) => {
    const error = await failure(run(evaluator));
    expect(error).toBeInstanceOf(RunFailedError);
    expect((error as Error).message).toMatch(message);
  });

  it("throws infrastructure failures also under continue, with what was evaluated", async () => {
    let nCalls = 0;
    const evaluator = executorBatchEvaluator({
      async submit(fun, arg) {
        if (++nCalls === 3) throw new InfrastructureError("gone", "the workers are gone");
        return fun(arg);
      },
    });
    const error = await failure(run(evaluator, { errorHandling: "continue" }));
    expect(error).toBeInstanceOf(InfrastructureError);
    expect((error as RunFailedError).code).toBe("gone");
    expect((error as RunFailedError).message).toMatch(/the workers are gone\n2 points had been evaluated/);
    expect((error as RunFailedError).partialResult?.fun).toBe(1);
  });

  it("aborts though the evaluator never ends", async () => {
    const controller = new AbortController();
    const evaluator = executorBatchEvaluator({ submit: () => new Promise(() => {}) });
    const running = failure(run(evaluator, { signal: controller.signal }));
    await sleep(10);
    controller.abort(new Error("enough"));
    const error = (await running) as RunAbortedError;
    expect(error).toBeInstanceOf(RunAbortedError);
    expect([error.name, (error.cause as Error).message, error.partialResult]).toEqual(["AbortError", "enough", null]);
  });
});

describe("evaluators that go their own way", () => {
  it("leaves out what is told after the round has failed", async () => {
    const { promise: told, resolve } = Promise.withResolvers<void>();
    const inFlight: number[] = [];
    const progress = {
      update: ({ nInFlight }: ProgressState) => void inFlight.push(nInFlight),
      note: () => {},
      finish: () => {},
    };
    const store = createRunStore({ kind: "memory" });
    const batchEvaluator: BatchEvaluator = async (fun, args, options) => {
      const tell = async (i: number) => options?.onSettled?.(i, { ok: true, value: await fun(args[i]) });
      await tell(0);
      setTimeout(() => void tell(1).then(resolve), 5);
      throw new Error("lost the rest");
    };
    const run = { fun: square, params: 1, algorithm: scripted([[1, 2]]), batchEvaluator, store, progress };
    const error = (await failure(minimize(run))) as RunFailedError;
    await told;
    const { points } = await store.readRun(error.partialResult?.runId ?? "");
    expect([error.partialResult?.history.length, points.length]).toEqual([1, 1]);
    expect(inFlight).toEqual([2, 1]);
  });

  it("aborts after the round where the evaluator does not look at the signal", async () => {
    const controller = new AbortController();
    const batchEvaluator: BatchEvaluator = async (fun, args) => {
      controller.abort();
      return Promise.all(args.map(async (arg) => fun(arg)));
    };
    const run = { fun: square, params: 1, algorithm: scripted([[1, 2], [3]]), signal: controller.signal };
    const error = (await failure(minimize({ ...run, batchEvaluator, ...quiet }))) as RunAbortedError;
    expect(error).toBeInstanceOf(RunAbortedError);
    expect(error.partialResult?.history.length).toBe(2);
  });
});

describe("a store that fails", () => {
  it("when the run is created is told as a failed run", async () => {
    const broken: RunStore = {
      description: "broken",
      createRun: () => Promise.reject(new InfrastructureError("store-credentials", "expired")),
      listRuns: async () => [],
      readRun: () => Promise.reject(new Error("no runs")),
      [Symbol.asyncDispose]: async () => {},
    };
    const fun = () => expect.fail("must not be evaluated");
    const error = await failure(minimize({ fun, params: 1, algorithm: scripted([[1]]), store: broken, ...quiet }));
    expect(error).toBeInstanceOf(RunFailedError);
    const { code, message, partialResult } = error as RunFailedError;
    expect([code, message, partialResult]).toEqual(["store-credentials", "expired", null]);
  });

  it("ends the run and leaves the points in the error", async () => {
    const memory = createRunStore({ kind: "memory" });
    const broken: RunStore = {
      description: "broken",
      createRun: async (run) => ({
        ...(await memory.createRun(run)),
        location: "nowhere",
        putStep: async () => {},
        addPoints: () => {},
        flush: () => Promise.reject(new InfrastructureError("store", "disk full")),
        finish: () => Promise.reject(new Error("still full")),
      }),
      listRuns: () => memory.listRuns(),
      readRun: (id) => memory.readRun(id),
      [Symbol.asyncDispose]: async () => {},
    };
    const error = await failure(
      minimize({ fun: square, params: 1, algorithm: scripted([[1, 2], [3]]), store: broken, ...quiet }),
    );
    expect((error as Error).message).toMatch(/^disk full\n2 points had been evaluated, the best with value 1/);
    expect((error as RunFailedError).partialResult?.history.length).toBe(2);
  });
});

describe("bad input", () => {
  const good = {
    fun: square,
    params: 1,
    algorithm: "nelder-mead-parallel",
    progress: false,
  } as MinimizeOptions<number>;
  const cases: readonly [string, object, RegExp][] = [
    ["a typo in an option", { algoritm: "x" }, /unknown option algoritm.*Did you mean algorithm\?/],
    ["an unknown algorithm", { algorithm: "levenberg-marquard" }, /Did you mean levenberg-marquardt\?/],
    ["no criterion", { fun: undefined }, /the option fun is missing/],
    [
      "funAndJac alone",
      { fun: undefined, funAndJac: () => ({}) },
      /the option fun is missing\. funAndJac does not take its place/,
    ],
    ["a criterion that is no function", { fun: 3 }, /fun must be a function .* received 3/],
    ["NaN in params", { params: { a: [1, Number.NaN] } }, /start value of a\[1\] must be finite, received NaN/],
    ["a string in params", { params: { a: "1" } }, /a is "1", which is not a parameter/],
    ["no params", { params: {} }, /must hold at least one number/],
    [
      "a start outside the bounds",
      { bounds: { lower: 2 } },
      /start value of params must lie within its bounds \[2, Infinity\], received 1/,
    ],
    ["bounds of another shape", { bounds: { lower: { b: 0 } } }, /bounds\.lower must be a number or absent/],
    ["unknown bounds", { bounds: { low: 0 } }, /Did you mean lower\?/],
    ["an unknown evaluator", { batchEvaluator: "serail" }, /Did you mean serial\?/],
    ["an executor as evaluator", { batchEvaluator: { submit() {} } }, /Wrap the executor: executorBatchEvaluator/],
    ["an unknown store", { store: "dynamo" }, /dynamodb/],
    ["a limit below one", { maxFunEvals: 0 }, /maxFunEvals must be an integer of at least 1, received 0/],
    [
      "a wrong error handling",
      { errorHandling: "ignore" },
      /errorHandling must be "raise" or "continue", received "ignore"/,
    ],
    ["an empty name", { runName: "" }, /runName must be a non-empty string, received ""/],
    ["a time that is none", { maxTime: Number.NaN }, /maxTime must be a positive number of seconds, received NaN/],
    ["a wrong signal", { signal: {} }, /signal must be an AbortSignal/],
    ["a wrong reporter", { progress: { update() {} } }, /progress must be true, false or a reporter/],
    [
      "a scalar for least squares",
      { algorithm: "levenberg-marquardt" },
      /levenberg-marquardt needs residuals.*leastSquares/,
    ],
    [
      "residuals for a scalar",
      { fun: () => [1, 2] },
      /must return a number, but returned \[1, 2\]. For residuals write fun: leastSquares\(f\)/,
    ],
  ];
  it.each(cases)("%s", async (_name, wrong, message) => {
    const options = { ...good, ...wrong } as MinimizeOptions<number>;
    expect(((await failure(minimize(options))) as Error).message).toMatch(message);
  });

  it("refuses to maximize a sum of squares", async () => {
    const error = await failure(maximize({ ...good, fun: leastSquares((x: number) => [x]) }));
    expect((error as Error).message).toMatch(/A sum of squares has no maximum/);
  });

  it("tells residuals that change their number", async () => {
    const fun = leastSquares((x: number) => (x > 1 ? [x, x, x] : [x, x]));
    const error = await failure(minimize({ fun, params: 1, algorithm: scripted([[1], [2]]), ...quiet }));
    expect(error).toBeInstanceOf(CriterionError);
    expect((error as Error).message).toMatch(/\(params = 2\): .*returned 3 residuals, but 2 at the start/);
    expect((error as CriterionError).params).toBe(2);
    expect((error as CriterionError).partialResult?.history.length).toBe(2);
  });

  it("tells a Jacobian that has another number of rows", async () => {
    const fun = leastSquares((x: number) => [x, x]);
    const jac = (x: number) => (x > 1 ? [1, 1, 1] : [1, 1]);
    const algorithm = scripted([[1], [2]], ["funAndJac", "jac"]);
    const error = await failure(minimize({ fun, jac, params: 1, algorithm, ...quiet }));
    expect(error).toBeInstanceOf(CriterionError);
    expect((error as Error).message).toMatch(/\(params = 2\): .*a Jacobian of 3 rows, but 2 at the start/);
  });

  it("evaluates nothing when the signal was aborted before", async () => {
    const fun = () => expect.fail("must not be evaluated");
    const error = await failure(
      minimize({ ...good, fun, algorithm: scripted([[1]]), signal: AbortSignal.abort("early") }),
    );
    expect((error as Error).name).toBe("AbortError");
  });
});
