import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { executorBatchEvaluator } from "../../src/evaluation/executor-batch-evaluator.ts";
import { isTraceback } from "../../src/evaluation/traceback.ts";
import { SteppedExecutor } from "./executors.ts";

const setting = fc.record({
  fails: fc.array(fc.boolean(), { minLength: 1, maxLength: 12 }),
  limit: fc.integer({ min: 1, max: 12 }),
  order: fc.infiniteStream(fc.nat(11)),
});

/** Lets running tasks end in the given order until the batch has ended. */
async function play(executor: SteppedExecutor, order: Iterator<number>, batch: Promise<unknown>): Promise<void> {
  let ended = false;
  batch.then(
    () => {
      ended = true;
    },
    () => {
      ended = true;
    },
  );
  await new Promise(setImmediate);
  while (!ended && executor.running > 0) await executor.finish((order.next().value as number) % executor.running);
}

describe("executor batch evaluator, properties", () => {
  it("keeps the order of the arguments whatever the order of completion", async () => {
    await fc.assert(
      fc.asyncProperty(setting, async ({ fails, limit, order }) => {
        const executor = new SteppedExecutor(limit);
        const told: number[] = [];
        const fun = (i: number) => (fails[i] ? Promise.reject(new Error(`no ${i}`)) : i * 10);
        const batch = executorBatchEvaluator(executor)(fun, [...fails.keys()], {
          errorHandling: "continue",
          onSettled: (index) => told.push(index),
        });
        await play(executor, order[Symbol.iterator](), batch);
        const results = await batch;
        expect(results.map(isTraceback)).toEqual(fails);
        expect(results.filter((one) => !isTraceback(one))).toEqual(
          [...fails.keys()].filter((i) => !fails[i]).map((i) => i * 10),
        );
        expect(told.toSorted((a, b) => a - b)).toEqual([...fails.keys()]);
      }),
      { numRuns: 60 },
    );
  });

  it("raises the first error, in the order of the arguments, of what had started", async () => {
    await fc.assert(
      fc.asyncProperty(setting, async ({ fails, limit, order }) => {
        const executor = new SteppedExecutor(limit);
        const fun = (i: number) => (fails[i] ? Promise.reject(new Error(`no ${i}`)) : i);
        const batch = executorBatchEvaluator(executor)(fun, [...fails.keys()]);
        batch.catch(() => {});
        await play(executor, order[Symbol.iterator](), batch);
        const first = (executor.started as number[]).toSorted((a, b) => a - b).find((i) => fails[i]);
        if (first === undefined) expect(await batch).toEqual([...fails.keys()]);
        else await expect(batch).rejects.toThrow(`no ${first}`);
        expect(executor.running).toBe(0);
      }),
      { numRuns: 60 },
    );
  });
});
