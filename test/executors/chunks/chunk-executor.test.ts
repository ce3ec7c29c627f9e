import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { AbortError, InfrastructureError, InvalidInputError, SubmissionError } from "../../../src/errors.ts";
import { executorBatchEvaluator } from "../../../src/evaluation/executor-batch-evaluator.ts";
import type { ChunkOptions, WorkerExecutor } from "../../../src/executors/chunks/backend.ts";
import { createChunkExecutor } from "../../../src/executors/chunks/chunk-executor.ts";
import { WorkerError } from "../../../src/executors/chunks/worker-error.ts";
import { WorkerDeath } from "../../../src/executors/chunks/worker-pool.ts";
import type { TaskEnd } from "../../../src/executors/types.ts";
import type { Usage } from "../../../src/usage.ts";
import { backendOf, ScriptedPool } from "./scripted-pool.ts";

const square = (n: number): number => n * n;
const dies = async (): Promise<never> => {
  throw new WorkerDeath("exit", "called process.exit(3)");
};
const hangs = () => new Promise<never>(() => {});

function executorOver(pool: ScriptedPool, options: ChunkOptions = {}): WorkerExecutor {
  return createChunkExecutor(backendOf(pool), options, "test");
}

/** Submits all, and keeps how each ended. */
async function collect<A, R>(
  executor: WorkerExecutor,
  fun: (arg: A) => R,
  args: readonly A[],
  signals: { signal?: AbortSignal; cancelQueued?: AbortSignal } = {},
): Promise<{ ends: Map<number, TaskEnd<unknown>>; usage: Map<number, Usage[]>; error: unknown }> {
  const ends = new Map<number, TaskEnd<unknown>>();
  const usage = new Map<number, Usage[]>();
  let error: unknown;
  try {
    await executor.submitAll(fun, args, {
      ...signals,
      onSettled: (index, end) => {
        expect(ends.has(index)).toBe(false);
        ends.set(index, end);
      },
      onUsage: (index, one) => usage.set(index, [...(usage.get(index) ?? []), one]),
    });
  } catch (caught) {
    error = caught;
  }
  return { ends, usage, error };
}

const valuesOf = (ends: Map<number, TaskEnd<unknown>>) =>
  [...ends].sort(([a], [b]) => a - b).map(([, end]) => (end.ok ? end.value : end.error));

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

describe("a worker that dies", () => {
  it("loses nothing: its tasks are evaluated once more, each alone, and told of", async () => {
    const pool = new ScriptedPool(1);
    pool.faultOf = (nth) => (nth === 1 ? dies : undefined);
    const { ends, usage } = await collect(executorOver(pool, { chunkSize: 3 }), square, [1, 2, 3, 4]);
    // The artifact that was sent with the second one is lost with it.
    expect(pool.chunks).toEqual([[1, 2, 3], [1, 2, 3], [1], [1], [2], [3], [4]]);
    expect(valuesOf(ends)).toEqual([1, 4, 9, 16]);
    const duplicates = [...usage].map(([index, parts]) => [index, parts.reduce((n, one) => n + one.duplicates, 0)]);
    expect(Object.fromEntries(duplicates)).toEqual({ 0: 1, 1: 1, 2: 1, 3: 0 });
  });

  it("twice at a point fails that point alone", async () => {
    const pool = new ScriptedPool(2);
    pool.faultOf = (_, args) => (args.includes(2) ? dies : undefined);
    const { ends } = await collect(executorOver(pool, { chunkSize: 3 }), square, [1, 2, 3, 4]);
    const values = valuesOf(ends);
    expect([values[0], values[2], values[3]]).toEqual([1, 9, 16]);
    expect(values[1]).toBeInstanceOf(WorkerError);
    expect(values[1]).toMatchObject({ code: "worker-error", reason: "exit" });
    expect((values[1] as Error).message).toBe(
      "The scripted worker that evaluated the argument 2 called process.exit(3), and it is not evaluated again: another worker that had the " +
        "same point ended before. Look for process.exit in the criterion, or in a library that it uses: throw an error instead.",
    );
    expect(pool.chunks.filter((args) => args.includes(2)).length).toBe(2);
  });

  it("is an error of the point under continue", async () => {
    const pool = new ScriptedPool(2);
    pool.faultOf = (_, args) => (args.includes(2) ? dies : undefined);
    const results = await executorBatchEvaluator(executorOver(pool))(square, [1, 2, 3], {
      errorHandling: "continue",
      onSettled: () => {},
    });
    expect([results[0], results[2]]).toEqual([1, 9]);
    expect(results[1]).toMatch(/^Traceback .*\nWorkerError: The scripted worker that evaluated the argument 2/);
  });
});

describe("a worker that does not start", () => {
  const failsToStart = async (): Promise<never> => {
    throw new InfrastructureError("worker-start", "killed");
  };

  it("is replaced, and its chunk goes to another one", async () => {
    const pool = new ScriptedPool(2);
    pool.faultOf = (nth) => (nth === 1 || nth === 4 ? failsToStart : undefined);
    const { ends, error } = await collect(executorOver(pool), square, [1, 2, 3, 4]);
    expect([error, valuesOf(ends)]).toEqual([undefined, [1, 4, 9, 16]]);
  });

  it("again and again ends the batch", async () => {
    const pool = new ScriptedPool(2);
    pool.faultOf = () => failsToStart;
    const { error } = await collect(executorOver(pool), square, [1, 2, 3, 4]);
    expect(error).toMatchObject({ code: "worker-start" });
    expect(pool.requests.length).toBeLessThanOrEqual(5);
  });
});

describe("a point that takes longer than it may", () => {
  it("may take as much for each point of its message", async () => {
    const pool = new ScriptedPool(1);
    pool.faultOf = () => async (request, evaluate) => {
      await new Promise((resolve) => setTimeout(resolve, 60));
      return evaluate(request);
    };
    const { ends, usage } = await collect(executorOver(pool, { chunkSize: 4, timeout: 0.05 }), square, [1, 2, 3, 4]);
    expect(valuesOf(ends)).toEqual([1, 4, 9, 16]);
    expect([...usage.values()].flat().map(({ duplicates }) => duplicates)).not.toContain(1);
  });

  it("fails, and what shared its message is evaluated", async () => {
    const pool = new ScriptedPool(1);
    pool.faultOf = (_, args) => (args.includes(2) ? hangs : undefined);
    const executor = executorOver(pool, { chunkSize: 3, timeout: 0.02 });
    const { ends } = await collect(executor, square, [1, 2, 3]);
    const values = valuesOf(ends);
    expect([values[0], values[2]]).toEqual([1, 9]);
    expect(values[1]).toMatchObject({ name: "WorkerError", reason: "timeout" });
    expect((values[1] as Error).message).toMatch(/^A scripted worker had not finished the argument 2 after 0\.02 s/);
    expect(pool.underWay).toBe(0);
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

describe("answers that make no sense", () => {
  it.each([0, 5])("end the batch: %d outcomes for one task", async (count) => {
    const pool = new ScriptedPool(1);
    pool.faultOf = () => async (request, evaluate) => {
      const reply = await evaluate(request);
      return reply.kind === "outcomes" ? { ...reply, count } : reply;
    };
    const { error } = await collect(executorOver(pool), square, [1]);
    expect(error).toBeInstanceOf(InfrastructureError);
    expect((error as Error).message).toMatch(/^A worker answered /);
  });
});

describe("signals", () => {
  it("abort what runs, and leave another batch alone", async () => {
    const pool = new ScriptedPool(2);
    pool.faultOf = (_, args) => (args.includes(1) ? hangs : undefined);
    const executor = executorOver(pool);
    const controller = new AbortController();
    const aborted = collect(executor, square, [1, 2], { signal: controller.signal });
    const other = collect(executor, square, [5, 6]);
    setTimeout(() => controller.abort("enough"), 10);
    const { error } = await aborted;
    expect(error).toBeInstanceOf(AbortError);
    expect((error as Error).cause).toBe("enough");
    expect(valuesOf((await other).ends)).toEqual([25, 36]);
    expect(getEventListeners(controller.signal, "abort")).toEqual([]);
    expect(await executor.submit(square, 3)).toBe(9);
  });

  it("that have fired already start nothing", async () => {
    const pool = new ScriptedPool(1);
    const { error } = await collect(executorOver(pool), square, [1], { signal: AbortSignal.abort() });
    expect(error).toBeInstanceOf(AbortError);
    expect(pool.chunks).toEqual([]);
    const { ends } = await collect(executorOver(pool), square, [1], { cancelQueued: AbortSignal.abort() });
    expect([ends.size, pool.chunks]).toEqual([0, []]);
  });

  it("drop what has not started, and let end what has", async () => {
    const pool = new ScriptedPool(1);
    const drop = new AbortController();
    pool.faultOf = () => (request, evaluate) => {
      drop.abort();
      return evaluate(request);
    };
    const { ends, error } = await collect(executorOver(pool), square, [1, 2, 3], { cancelQueued: drop.signal });
    expect(error).toBeUndefined();
    // The first message was to ask for the artifact: nothing had started then.
    expect(ends.size).toBeLessThanOrEqual(1);
    expect(pool.chunks.flat()).not.toContain(2);
    const single = executorOver(pool).submit(square, 1, { cancelQueued: AbortSignal.abort("why") });
    await expect(single).rejects.toMatchObject({ name: "AbortError", cause: "why" });
  });

  it("tell of a task whose worker died after the others were dropped", async () => {
    const pool = new ScriptedPool(1);
    const drop = new AbortController();
    pool.faultOf = (nth) =>
      nth === 0
        ? undefined
        : () => {
            drop.abort();
            return dies();
          };
    const { ends } = await collect(executorOver(pool), square, [1, 2], { cancelQueued: drop.signal });
    expect([...ends.keys()]).toEqual([0]);
    expect((valuesOf(ends)[0] as Error).message).toMatch(/not evaluated again: the batch had failed by then/);
  });

  it("under raise: the first error in the order of the arguments, and nothing new starts", async () => {
    const pool = new ScriptedPool(1);
    const odd = (n: number): number => {
      if (n % 2 === 1) throw new RangeError(`${n} is odd`);
      return n;
    };
    const evaluate = executorBatchEvaluator(executorOver(pool, { chunkSize: 1 }));
    await expect(evaluate(odd, [2, 3, 4, 5])).rejects.toThrow(new RangeError("3 is odd"));
    expect(pool.chunks.flat()).not.toContain(4);
  });
});

describe("the end of an executor", () => {
  it("rejects what is under way and what comes later", async () => {
    const pool = new ScriptedPool(1);
    pool.faultOf = () => hangs;
    const executor = executorOver(pool);
    const running = collect(executor, square, [1, 2]);
    setTimeout(() => void executor.close(), 10);
    const { error } = await running;
    expect(error).toMatchObject({ name: "InfrastructureError", code: "executor-closed" });
    expect((error as Error).message).toMatch(/^The scripted executor was closed/);
    await expect(executor.submit(square, 1)).rejects.toBe(error);
    expect(pool.isClosed).toBe(true);
    await executor[Symbol.asyncDispose]();
  });

  it("may come before the workers are there", async () => {
    const executor = executorOver(new ScriptedPool(1));
    const running = collect(executor, square, [1]);
    await executor.close();
    expect((await running).error).toMatchObject({ code: "executor-closed" });
  });
});

describe("workers that cannot be had", () => {
  it("end the batch; the next one looks again", async () => {
    const pool = new ScriptedPool(1);
    let isThere = false;
    const backend = {
      ...backendOf(pool),
      open: async () => {
        if (!isThere) throw new InfrastructureError("no-workers", "none");
        return pool;
      },
    };
    const executor = createChunkExecutor(backend, {}, "test");
    await expect(executor.submit(square, 2)).rejects.toMatchObject({ code: "no-workers" });
    isThere = true;
    expect(await executor.submit(square, 2)).toBe(4);
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
