import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { AbortError, InfrastructureError } from "../../../src/errors.ts";
import { executorBatchEvaluator } from "../../../src/evaluation/executor-batch-evaluator.ts";
import { createChunkExecutor } from "../../../src/executors/chunks/chunk-executor.ts";
import { WorkerError } from "../../../src/executors/chunks/worker-error.ts";
import { backendOf, ScriptedPool } from "./scripted-pool.ts";
import { collect, dies, executorOver, hangs, square, valuesOf } from "./submitting.ts";

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
