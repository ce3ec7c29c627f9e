/** What evaluations took, through the embedded DynamoDB and back. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { executorBatchEvaluator } from "../../../src/evaluation/executor-batch-evaluator.ts";
import { minimize } from "../../../src/optimize/minimize.ts";
import { openRun } from "../../../src/recording/runs.ts";
import { createRunStore } from "../../../src/recording/store.ts";
import type { RunStore } from "../../../src/recording/types.ts";
import { noUsage } from "../../../src/usage.ts";

let folder: string;
let store: RunStore;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "fanopt-"));
  store = createRunStore({ kind: "local", path: folder });
});
afterAll(async () => {
  await store[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

it("comes back with each point and with the run", async () => {
  let nCalls = 0;
  const batchEvaluator = executorBatchEvaluator({
    async submit(fun, arg, options) {
      const call = nCalls++;
      // One point tells that it took nothing, every fifth tells nothing.
      if (call % 5 !== 4)
        options?.onUsage?.(
          call === 1
            ? noUsage
            : { ...noUsage, invocations: 1, coldStarts: call % 2, billedMs: 100.5 + call, cost: 2.3e-7 * (call + 1) },
        );
      return fun(arg);
    },
  });
  const result = await minimize({
    fun: ([x, y]: number[]) => (x - 1) ** 2 + (y + 2) ** 2,
    params: [0, 0],
    algorithm: "nelder-mead-parallel",
    batchEvaluator,
    store,
    maxCost: 5e-5,
    progress: false,
  });
  expect(result.message).toMatch(/^stopped by maxCost = 0.00005: /);
  const { run, history } = await openRun(result.runId, { store });
  expect(history.length).toBe(nCalls);
  expect([...history]).toEqual([...result.history]);
  expect(history.usage[1]).toEqual(noUsage);
  expect(history.usage[4]).toBeNull();
  expect(history.usage[5]).toEqual({ ...noUsage, invocations: 1, coldStarts: 1, billedMs: 105.5, cost: 2.3e-7 * 6 });
  expect(run.summary?.usage?.cost).toBe(result.cost);
});
