import { describe, expect, it } from "vitest";
import type { Answer, Request, Solution } from "../../src/algorithms/types.ts";
import { InfrastructureError } from "../../src/errors.ts";
import { executorBatchEvaluator } from "../../src/evaluation/executor-batch-evaluator.ts";
import type { BatchEvaluator } from "../../src/evaluation/types.ts";
import type { CriterionError, RunFailedError } from "../../src/optimize/errors.ts";
import { minimize } from "../../src/optimize/minimize.ts";
import { openRun } from "../../src/recording/runs.ts";
import { createRunStore } from "../../src/recording/store.ts";
import type { RunStore, RunWriter } from "../../src/recording/types.ts";
import type { ProgressReporter } from "../../src/report/types.ts";
import { noUsage, type Usage } from "../../src/usage.ts";
import { scripted } from "./algorithms.ts";

const square = (x: number) => x * x;
const quiet = { progress: false } as const;

/** Evaluates here, and says before each evaluation what it takes. */
function telling(usageOf: (call: number) => Partial<Usage>): BatchEvaluator {
  let nCalls = 0;
  return executorBatchEvaluator({
    async submit(fun, arg, options) {
      options?.onUsage?.({ ...noUsage, ...usageOf(nCalls++) });
      return fun(arg);
    },
  });
}

/** Exact in binary, so that sums are. */
const quarter = telling(() => ({ invocations: 1, cost: 0.25 }));

function watching(): ProgressReporter & { readonly notes: string[]; readonly costs: (number | null)[] } {
  const notes: string[] = [];
  const costs: (number | null)[] = [];
  return {
    notes,
    costs,
    update: ({ usage }) => void costs.push(usage?.cost ?? null),
    note: (message) => void notes.push(message),
    finish: ({ usage }) => void costs.push(usage?.cost ?? null),
  };
}

async function failure<E>(promise: Promise<unknown>): Promise<E> {
  return promise.then(
    () => expect.fail("expected a rejection"),
    (error: E) => error,
  );
}

describe("what an evaluator tells", () => {
  it("is summed up in the result, and kept with each point", async () => {
    const progress = watching();
    const batchEvaluator = telling((call) => ({
      invocations: 1 + call,
      coldStarts: call === 0 ? 1 : 0,
      throttles: 2,
      duplicates: call === 2 ? 1 : 0,
      billedMs: 100,
      cost: 0.25,
    }));
    const algorithm = scripted([[3, 2], [1]]);
    const result = await minimize({ fun: square, params: 3, algorithm, batchEvaluator, progress });
    expect(result.cost).toBe(0.75);
    expect(result.timings).toMatchObject({
      invocations: 1 + 2 + 3,
      coldStarts: 1,
      throttles: 6,
      reconnects: 0,
      duplicates: 1,
      hedges: 0,
      billed: 300,
    });
    expect(result.history.usage.map((usage) => usage?.invocations)).toEqual([1, 2, 3]);
    expect(result.history.row(0).usage).toEqual({
      ...noUsage,
      invocations: 1,
      coldStarts: 1,
      throttles: 2,
      billedMs: 100,
      cost: 0.25,
    });
    expect(String(result).replace(/\s+/g, " ")).toContain(
      "It cost about $0.75 by the executor's prices; 1 worker was started, 6 invocations were throttled and sent again, 1 invocation was " +
        "repeated although it may have run.",
    );
    expect(progress.costs[0]).toBeNull();
    expect(progress.costs.at(-1)).toBe(0.75);
    const { run, history } = await openRun(result.runId);
    expect(run.summary?.usage?.cost).toBe(0.75);
    expect([...history.usage]).toEqual([...result.history.usage]);
  });

  it("is unknown where it tells nothing: null, NaN, and no word in the text", async () => {
    const result = await minimize({ fun: square, params: 1, algorithm: scripted([[1, 2]]), ...quiet });
    expect(result.cost).toBeNull();
    expect([...result.history.usage]).toEqual([null, null]);
    for (const name of [
      "billed",
      "invocations",
      "coldStarts",
      "throttles",
      "reconnects",
      "duplicates",
      "hedges",
    ] as const)
      expect(result.timings[name]).toBeNaN();
    expect(String(result)).not.toMatch(/cost about|sent again/);
    expect((await openRun(result.runId)).run.summary?.usage).toBeNull();
  });

  it("counts in the totals alone when it comes after the point, and not at all after the run", async () => {
    const late: (() => void)[] = [];
    const batchEvaluator: BatchEvaluator = async (fun, args, options) => {
      for (const tell of late.splice(0)) tell();
      const results = await Promise.all(args.map(async (arg) => fun(arg)));
      results.forEach((value, i) => {
        options?.onUsage?.(i, { ...noUsage, invocations: 1, cost: 0.5 });
        options?.onSettled?.(i, { ok: true, value });
        late.push(() => options?.onUsage?.(i, { ...noUsage, duplicates: 1, cost: 8 }));
      });
      return results;
    };
    const progress = watching();
    const algorithm = scripted([[3, 2], [1]]);
    const result = await minimize({ fun: square, params: 3, algorithm, batchEvaluator, progress });
    expect([result.cost, result.timings.duplicates]).toEqual([3 * 0.5 + 2 * 8, 2]);
    expect(result.history.usage.map((usage) => usage?.cost)).toEqual([0.5, 0.5, 0.5]);
    expect(late).toHaveLength(1);
    for (const tell of late) tell();
    expect([result.cost, progress.costs.at(-1)]).toEqual([17.5, 17.5]);
    expect((await openRun(result.runId)).run.summary?.usage?.cost).toBe(17.5);
  });

  it("is left out while the end is being written: progress, result and store say the same", async () => {
    const memory = createRunStore({ kind: "memory" });
    let tellLate = (): void => expect.fail("nothing was evaluated");
    const store: RunStore = {
      description: "slow",
      createRun: async (run) => {
        const writer = await memory.createRun(run);
        const finish: RunWriter["finish"] = async (...end) => {
          tellLate();
          await writer.finish(...end);
        };
        return {
          location: writer.location,
          putStep: (step) => writer.putStep(step),
          addPoints: (rows) => writer.addPoints(rows),
          flush: () => writer.flush(),
          finish,
        };
      },
      listRuns: () => memory.listRuns(),
      readRun: (id) => memory.readRun(id),
      [Symbol.asyncDispose]: async () => {},
    };
    const batchEvaluator = executorBatchEvaluator({
      async submit(fun, arg, options) {
        const tell = () => options?.onUsage?.({ ...noUsage, cost: 0.25 });
        tell();
        tellLate = tell;
        return fun(arg);
      },
    });
    const progress = watching();
    const algorithm = scripted([[3], [2]]);
    const result = await minimize({ fun: square, params: 3, algorithm, batchEvaluator, store, progress });
    const { run } = await memory.readRun(result.runId);
    expect([result.cost, progress.costs.at(-1), run.summary?.usage?.cost]).toEqual([0.5, 0.5, 0.5]);
  });

  it("is left out where it is no amount, with one note", async () => {
    const progress = watching();
    const batchEvaluator = telling((call) => ({ invocations: 1, cost: call === 1 ? 0.25 : Number.NaN, hedges: -1 }));
    const result = await minimize({
      fun: square,
      params: 1,
      algorithm: scripted([[1, 2], [3]]),
      batchEvaluator,
      progress,
    });
    expect([result.cost, result.timings.invocations, result.timings.hedges]).toEqual([0.25, 3, 0]);
    expect(progress.notes).toEqual([
      expect.stringMatching(/told usage that is left out: expected finite, .*received \{/),
    ]);
  });

  it("is in the partial result of a run that failed, whatever failed", async () => {
    const fun = (x: number) => {
      if (x > 3) throw new RangeError("too large");
      return x;
    };
    const algorithm = scripted([[1], [5, 2]]);
    const error = await failure<CriterionError>(
      minimize({ fun, params: 1, algorithm, batchEvaluator: quarter, ...quiet }),
    );
    expect([error.name, error.partialResult?.cost]).toEqual(["CriterionError", 0.75]);
    const stored = await openRun(error.partialResult?.runId ?? "");
    expect([stored.run.status, stored.run.summary?.usage?.cost]).toEqual(["failed", 0.75]);

    let nCalls = 0;
    const breaking = executorBatchEvaluator({
      async submit(task, arg, options) {
        options?.onUsage?.({ ...noUsage, cost: 0.25 });
        if (++nCalls === 2) throw new InfrastructureError("gone", "the workers are gone");
        return task(arg);
      },
    });
    const lost = await failure<RunFailedError>(
      minimize({ fun: square, params: 1, algorithm: scripted([[1], [2]]), batchEvaluator: breaking, ...quiet }),
    );
    // The point that was lost cost its part, and is in no row.
    expect([lost.partialResult?.cost, lost.partialResult?.history.length]).toEqual([0.5, 1]);
  });
});

describe("maxCost", () => {
  const rounds = [[3, 2], [1], [0.5, 0.1]];
  const run = (maxCost: number, batchEvaluator = quarter, progress: false | ProgressReporter = false) =>
    minimize({ fun: square, params: 3, algorithm: scripted(rounds), batchEvaluator, maxCost, progress });

  it("ends the run before the round that would pass it, with the best so far", async () => {
    const result = await run(1);
    expect(result.message).toBe(
      "stopped by maxCost = 1: $0.75 were spent and the next round of 2 points needs about $0.50",
    );
    expect([result.success, result.params, result.nFunEvals, result.cost]).toEqual([false, 1, 3, 0.75]);
    expect(String(result)).toMatch(/not\s+a\s+solution/);
    expect((await openRun(result.runId)).run.summary).toMatchObject({ success: false, usage: { cost: 0.75 } });
  });

  it("lets pass what comes to it exactly, also in cents, whose sums are not exact", async () => {
    expect((await run(1.25)).success).toBe(true);
    const tenth = telling(() => ({ cost: 0.1 }));
    // 0.1 + 0.1 + 0.1 is 0.30000000000000004 as doubles.
    const algorithm = scripted([[3, 2], [1]]);
    const result = await minimize({ fun: square, params: 3, algorithm, batchEvaluator: tenth, maxCost: 0.3, ...quiet });
    expect([result.success, result.nFunEvals]).toEqual([true, 3]);
  });

  it("cannot know the first round, and ends after it where that was too dear", async () => {
    const result = await run(0.01);
    expect([result.nBatches, result.cost]).toEqual([1, 0.5]);
    expect(result.message).toMatch(/^stopped by maxCost = 0.01: \$0.50 were spent and the next round of 1 point needs/);
  });

  it("expects of the next points the mean of those before, failed ones included", async () => {
    const fun = (x: number) => {
      if (x === 2) throw new RangeError("two");
      return x * x;
    };
    const runDear = (maxCost: number) =>
      minimize({
        fun,
        params: 3,
        algorithm: scripted(rounds),
        batchEvaluator: telling((call) => ({ cost: call === 1 ? 0.75 : 0.25 })),
        errorHandling: "continue",
        maxCost,
        ...quiet,
      });
    // $1.00 after the first round, of which the failed point took three quarters: a mean of $0.50.
    expect((await runDear(1.49)).nBatches).toBe(1);
    expect((await runDear(1.5)).nBatches).toBe(2);
  });

  it("counts points at which only the derivative was asked for, too", async () => {
    function* start(): Generator<Request, Solution, Answer> {
      const at = (x: number, want: "fun" | "jac") => ({ x: Float64Array.of(x), want });
      yield { points: [at(3, "fun"), at(3, "jac"), at(2, "jac")] };
      const [{ fun }] = yield { points: [at(1, "fun")] };
      return { x: Float64Array.of(1), fun, success: true, message: "script done", nIterations: 2 };
    }
    const algorithm = { ...scripted([]), start };
    const options = { fun: square, jac: (x: number) => 2 * x, params: 3, algorithm, batchEvaluator: quarter, ...quiet };
    // Three quarters after the first round, and another for the next point.
    expect((await minimize({ ...options, maxCost: 1 })).success).toBe(true);
    expect((await minimize({ ...options, maxCost: 0.99 })).success).toBe(false);
  });

  it("says once that it has no effect where the evaluator tells no cost", async () => {
    const progress = watching();
    const silent = executorBatchEvaluator({ submit: async (fun, arg) => await fun(arg) });
    const result = await run(1e-9, silent, progress);
    expect([result.success, result.nBatches]).toEqual([true, 3]);
    expect(progress.notes).toEqual([
      expect.stringMatching(/^maxCost = 1e-9 has no effect: the batch evaluator does not tell what .* onUsage/),
    ]);
    const free = watching();
    expect(
      (
        await run(
          1e-9,
          telling(() => ({ invocations: 1 })),
          free,
        )
      ).nBatches,
    ).toBe(3);
    expect(free.notes).toEqual([expect.stringMatching(/^maxCost = 1e-9 has no effect: .* costs nothing/)]);
    const told = watching();
    await run(100, quarter, told);
    expect(told.notes).toEqual([]);
  });

  it.each([0, -1, Number.NaN, "5", null])("refuses %j", async (maxCost) => {
    const error = await failure<Error>(run(maxCost as number));
    expect(error.message).toMatch(/^minimize: option maxCost must be a positive number of US dollars, received /);
  });
});
