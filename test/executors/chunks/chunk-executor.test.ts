import { describe, expect, it } from "vitest";
import { InfrastructureError, InvalidInputError, SubmissionError } from "../../../src/errors.ts";
import { executorBatchEvaluator } from "../../../src/evaluation/executor-batch-evaluator.ts";
import { createChunkExecutor } from "../../../src/executors/chunks/chunk-executor.ts";
import { backendOf, ScriptedPool } from "./scripted-pool.ts";
import { collect, dies, executorOver, square, valuesOf } from "./submitting.ts";

describe("chunks", () => {
  it("begin with one task a worker, and share the rest evenly when tasks are short", async () => {
    const pool = new ScriptedPool(2);
    const evaluate = executorBatchEvaluator(executorOver(pool));
    const args = Array.from({ length: 18 }, (_, i) => i);
    expect(await evaluate(square, args)).toEqual(args.map(square));
    expect(pool.chunks.slice(0, 2)).toEqual([[0], [1]]);
    expect(pool.mostUnderWay).toBe(2);
    pool.chunks.length = 0;
    // By then it is known: one message a worker.
    expect(await evaluate(square, args)).toEqual(args.map(square));
    expect(pool.chunks.map(({ length }) => length)).toEqual([9, 9]);
  });

  it("have the size that is given", async () => {
    const pool = new ScriptedPool(2);
    const executor = executorOver(pool, { chunkSize: 4 });
    await collect(executor, square, [0]);
    pool.chunks.length = 0;
    const { ends } = await collect(executor, square, [1, 2, 3, 4, 5, 6]);
    expect(pool.chunks).toEqual([
      [1, 2, 3, 4],
      [5, 6],
    ]);
    expect(valuesOf(ends)).toEqual([1, 4, 9, 16, 25, 36]);
    expect(pool.requests[0].sliceMs).toBe(Number.POSITIVE_INFINITY);
  });

  it("that come back in part are sent on, before what was never sent", async () => {
    const pool = new ScriptedPool(1);
    pool.faultOf = (nth) =>
      nth === 1 ? (request, evaluate) => evaluate({ ...request, sliceMs: Number.NEGATIVE_INFINITY }) : undefined;
    const { ends } = await collect(executorOver(pool, { chunkSize: 3 }), square, [1, 2, 3, 4, 5]);
    // The first one asks for the artifact.
    expect(pool.chunks).toEqual([[1, 2, 3], [1, 2, 3], [2, 3, 4], [5]]);
    expect(valuesOf(ends)).toEqual([1, 4, 9, 16, 25]);
  });

  it("of two batches take turns", async () => {
    const pool = new ScriptedPool(1);
    const executor = executorOver(pool, { chunkSize: 1 });
    await Promise.all([collect(executor, square, [1, 2, 3]), collect(executor, square, [11, 12, 13])]);
    const order = pool.chunks.flat() as number[];
    // What both batches need first is prepared once, then each has its turn.
    expect(order.filter((n) => n > 10)).toEqual(expect.arrayContaining([11, 12, 13]));
    expect(order.indexOf(11)).toBeLessThan(order.indexOf(3));
  });

  it("hold tasks that are submitted one by one in the same turn", async () => {
    const pool = new ScriptedPool(1);
    const executor = executorOver(pool, { chunkSize: 8 });
    expect(await Promise.all([1, 2, 3].map((n) => executor.submit(square, n)))).toEqual([1, 4, 9]);
    expect(pool.chunks.at(-1)).toEqual([1, 2, 3]);
  });
});

describe("workers that may have two chunks", () => {
  const waits = async (ms: number): Promise<number> => {
    await new Promise((resolve) => setTimeout(resolve, ms));
    return ms;
  };

  it("have two of short tasks, once it is known that they are", async () => {
    const pool = new ScriptedPool(2, 2);
    const executor = executorOver(pool, { chunkSize: 3 });
    await collect(executor, square, [1]);
    expect(pool.mostUnderWay).toBe(1);
    const { ends } = await collect(executor, square, Array(30).fill(2));
    expect(valuesOf(ends)).toEqual(Array(30).fill(4));
    expect(pool.mostUnderWay).toBe(4);
  });

  it("have one of tasks that take their time, or may", async () => {
    const pool = new ScriptedPool(2, 2);
    const { ends } = await collect(executorOver(pool, { chunkSize: 1 }), waits, Array(8).fill(15));
    expect(valuesOf(ends)).toEqual(Array(8).fill(15));
    expect(pool.mostUnderWay).toBe(2);
  });

  it("have one where a task is evaluated again, after a death", async () => {
    const pool = new ScriptedPool(1, 2);
    const executor = executorOver(pool, { chunkSize: 2 });
    await collect(executor, square, [1]);
    let isFirst = true;
    pool.faultOf = (_, args) => {
      if (args.length > 1 && isFirst) {
        isFirst = false;
        return dies;
      }
      if (args.length === 1) expect(pool.underWay).toBe(0);
      return undefined;
    };
    expect(valuesOf((await collect(executor, square, [1, 2])).ends)).toEqual([1, 4]);
    expect(isFirst).toBe(false);
  });

  it("have at no time a long one and another one each, whichever batch they are of", async () => {
    const pool = new ScriptedPool(2, 2);
    const executor = executorOver(pool, { chunkSize: 1 });
    await collect(executor, square, [1]);
    await collect(executor, waits, [15]);
    const underWay = { long: 0, short: 0 };
    const seen: (typeof underWay)[] = [];
    // By the arguments: 15 for those that wait, less for the others.
    pool.faultOf = (_, args) => {
      const kind = args[0] === 15 ? "long" : "short";
      underWay[kind] += 1;
      seen.push({ ...underWay });
      return (request, evaluate) =>
        evaluate(request).finally(() => {
          underWay[kind] -= 1;
        });
    };
    const runs = await Promise.all([
      collect(executor, waits, Array(5).fill(15)),
      collect(executor, square, Array(3000).fill(3)),
    ]);
    expect(runs.map(({ ends }) => ends.size)).toEqual([5, 3000]);
    for (const { long, short } of seen) expect(2 * long + short).toBeLessThanOrEqual(4);
    expect(seen.some(({ long, short }) => long === 1 && short === 2)).toBe(true);
  });
});

describe("arguments", () => {
  it("are taken as they are when they are submitted", async () => {
    const executor = executorOver(new ScriptedPool(1));
    const x = Float64Array.of(1, 2);
    const first = executor.submit((y: Float64Array) => y[0], x);
    x[0] = 7;
    expect([await first, await executor.submit((y: Float64Array) => y[0], x)]).toEqual([1, 7]);
  });

  it("that cannot be sent, thousands of them, fail each", async () => {
    const { ends } = await collect(executorOver(new ScriptedPool(2)), (n: unknown) => n, Array(20_000).fill(square));
    expect(ends.size).toBe(20_000);
  });

  it("are values of closures too: what a closure refers to is captured with each turn", async () => {
    const executor = executorOver(new ScriptedPool(1));
    let factor = 1;
    const scaled = (n: number): number => factor * n;
    expect(await executor.submit(scaled, 10)).toBe(10);
    factor = 2;
    expect(await executor.submit(scaled, 10)).toBe(20);
    expect(valuesOf((await collect(executor, scaled, [1])).ends)).toEqual([2]);
  });

  it("that cannot be sent fail their own task alone", async () => {
    const pool = new ScriptedPool(1);
    const { ends } = await collect(executorOver(pool, { chunkSize: 3 }), (n: unknown) => n, [1, () => 2, 3]);
    const values = valuesOf(ends);
    expect([values[0], values[2]]).toEqual([1, 3]);
    expect(values[1]).toBeInstanceOf(InvalidInputError);
    expect((values[1] as Error).message).toMatch(/^the argument is a function, which cannot be sent/);
    await expect(executorOver(pool).submit((n: unknown) => n, Symbol("s"))).rejects.toThrow(/^the argument is Symbol/);
  });
});

describe("artifacts", () => {
  it("are sent to whoever asks for them, and not again", async () => {
    const pool = new ScriptedPool(1);
    const large = new Float64Array(20_000).fill(2);
    const fun = (n: number) => n * large[n];
    const executor = executorOver(pool, { chunkSize: 8 });
    await collect(executor, fun, [1, 2]);
    await collect(executor, fun, [3]);
    const carried = pool.requests.map(({ content, data }) => [content.bytes !== undefined, data?.bytes !== undefined]);
    expect(carried).toEqual([
      [false, false],
      [true, true],
      [false, false],
    ]);
  });

  it("that are asked for again and again end the batch", async () => {
    const pool = new ScriptedPool(1);
    pool.faultOf = () => async () => ({ kind: "need", parts: ["content"] });
    const { error } = await collect(executorOver(pool), square, [1]);
    expect(error).toBeInstanceOf(InfrastructureError);
    expect(error).toMatchObject({ code: "protocol" });
  });

  it("that do not load fail each task; damaged ones end the batch", async () => {
    const unusable = (code: string) => async () =>
      ({ kind: "unusable", error: { name: "FanoptError", message: "why", stack: "", code } }) as const;
    const pool = new ScriptedPool(1);
    pool.faultOf = () => unusable("criterion-load");
    const { ends } = await collect(executorOver(pool), square, [1, 2]);
    expect(valuesOf(ends)).toMatchObject([{ code: "criterion-load" }, { code: "criterion-load" }]);
    pool.faultOf = () => unusable("artifact-damaged");
    const { error } = await collect(executorOver(pool), square, [1, 2]);
    expect(error).toMatchObject({ name: "InfrastructureError", code: "artifact-damaged" });
  });

  it("that cannot be made are a SubmissionError", async () => {
    const later = Promise.resolve(1);
    const { error } = await collect(executorOver(new ScriptedPool(1)), () => later, [1]);
    expect(error).toBeInstanceOf(SubmissionError);
  });

  it("must be of a function", async () => {
    const { error } = await collect(executorOver(new ScriptedPool(1)), 3 as never, [1]);
    expect(error).toEqual(new TypeError("submit: fun must be a function, received 3."));
  });
});

describe("who listens", () => {
  it("ends the batch by throwing", async () => {
    const pool = new ScriptedPool(1);
    const failure = new Error("the store is full");
    const executor = executorOver(pool, { chunkSize: 1 });
    const run = executor.submitAll(square, [1, 2, 3], {
      onSettled: () => {
        throw failure;
      },
    });
    await expect(run).rejects.toBe(failure);
    expect(pool.chunks.flat()).not.toContain(2);
  });
});

describe("who listens to one task", () => {
  it("ends that task alone by throwing", async () => {
    const executor = executorOver(new ScriptedPool(1));
    const failure = new Error("no more");
    const throws = () => {
      throw failure;
    };
    const ends = await Promise.allSettled([
      executor.submit(square, 1, { onUsage: throws }),
      executor.submit(square, 2, { onUsage: () => {} }),
    ]);
    expect(ends).toEqual([
      { status: "rejected", reason: failure },
      { status: "fulfilled", value: 4 },
    ]);
  });
});

describe("options", () => {
  it.each([
    [{ chunkSize: 0 }, 'createX: chunkSize must be a positive integer or "auto", received 0.'],
    [{ chunkSize: "big" }, 'createX: chunkSize must be a positive integer or "auto", received "big".'],
    [{ timeout: -1 }, "createX: timeout must be a positive number of seconds, received -1."],
    [{ timeout: Number.NaN }, "createX: timeout must be a positive number of seconds, received NaN."],
  ])("%j are refused", (options, message) => {
    const make = () => createChunkExecutor(backendOf(new ScriptedPool(1)), options as never, "createX");
    expect(make).toThrow(new InvalidInputError(message));
  });
});
