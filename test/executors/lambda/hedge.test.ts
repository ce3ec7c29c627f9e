import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, describe, expect, it } from "vitest";
import { executorBatchEvaluator } from "../../../src/evaluation/executor-batch-evaluator.ts";
import { createLambdaExecutor } from "../../../src/executors/lambda/executor.ts";
import { defineCriterion } from "../../../src/transport/define-criterion.ts";
import { addUsage, noUsage, type Usage } from "../../../src/usage.ts";
import { Project } from "../../transport/project.ts";
import { type Call, evaluator, give, refuse, ScriptedLambda } from "./scripted-lambda.ts";

const project = new Project({ "model.ts": "export const double = (p: number) => 2 * p;" });
afterAll(() => project[Symbol.dispose]());
const double = defineCriterion<(p: number) => number>(project.url("model.ts"), { export: "double" });
const numbers = Array.from({ length: 20 }, (_, i) => i);
const doubles = numbers.map((n) => 2 * n);

const taskOf = (call: Call) => call.request.tasks[0].tree as number;

/** The first invocation of the slow points is not answered for as long; later ones are. */
function slowFirst(slow: ReadonlySet<number>, milliseconds: number) {
  const evaluate = evaluator();
  const seen = new Set<number>();
  return async (call: Call) => {
    const point = taskOf(call);
    const isSlow = slow.has(point) && !seen.has(point);
    seen.add(point);
    await sleep(isSlow ? milliseconds : 20);
    give(call, await evaluate(call));
  };
}

describe("hedging", () => {
  it("gives a straggler a second invocation, takes the first answer, gives the other up and counts both", async () => {
    await using lambda = await ScriptedLambda.start(slowFirst(new Set([7]), 60_000));
    await using executor = createLambdaExecutor(lambda.options({ hedge: { factor: 3 } }));
    const told = numbers.map(() => noUsage);
    const settled: number[] = [];
    const results = await executorBatchEvaluator(executor)(double, numbers, {
      onUsage: (index: number, usage: Usage) => {
        told[index] = addUsage(told[index], usage);
      },
      onSettled: (index) => settled.push(index),
    });
    expect(results).toEqual(doubles);
    expect(settled.toSorted((a, b) => a - b)).toEqual(numbers);
    expect(lambda.calls).toHaveLength(21);
    expect(executor.counts).toMatchObject({ invocations: 21, hedges: 1, duplicates: 0 });
    expect(told[7]).toMatchObject({ invocations: 2, hedges: 1 });
    // Given up, it had been billed for at least as long as the others took.
    expect(told[7].billedMs).toBeGreaterThanOrEqual(60);
    const abandoned = lambda.calls.find((call) => taskOf(call) === 7);
    while (!abandoned?.response.destroyed) await sleep(5);
  });

  it("is off by default", async () => {
    await using lambda = await ScriptedLambda.start(slowFirst(new Set([7]), 400));
    await using executor = createLambdaExecutor(lambda.options());
    expect(await executorBatchEvaluator(executor)(double, numbers)).toEqual(doubles);
    expect(lambda.calls).toHaveLength(20);
  });

  it("takes the first answer also when it is the first invocation's", async () => {
    const evaluate = evaluator();
    let second: Call | undefined;
    const waiting = new Set<number>();
    await using lambda = await ScriptedLambda.start(async (call) => {
      const point = taskOf(call);
      if (point !== 3) return give(call, await evaluate(call));
      if (waiting.has(3)) {
        second = call;
        return;
      }
      waiting.add(3);
      while (second === undefined) await sleep(5);
      give(call, await evaluate(call));
    });
    await using executor = createLambdaExecutor(lambda.options({ hedge: true }));
    expect(await executorBatchEvaluator(executor)(double, numbers)).toEqual(doubles);
    while (!second?.response.destroyed) await sleep(5);
  });

  it("makes no more second invocations than allowed, and one a point at most", async () => {
    const slow = new Set([1, 2]);
    await using lambda = await ScriptedLambda.start(slowFirst(slow, 500));
    const hedge = { afterQuantile: 0.8, factor: 1.5, max: 1 };
    await using executor = createLambdaExecutor(lambda.options({ hedge }));
    expect(await executorBatchEvaluator(executor)(double, numbers)).toEqual(doubles);
    expect(executor.counts.hedges).toBe(1);
    expect(lambda.calls).toHaveLength(21);
  });

  it("waits for the other invocation when one of two is lost", async () => {
    const evaluate = evaluator();
    const seen = new Set<number>();
    await using lambda = await ScriptedLambda.start(async (call) => {
      const point = taskOf(call);
      if (point !== 5) return give(call, await evaluate(call));
      if (seen.has(5)) return refuse(call, 500, "ServiceException");
      seen.add(5);
      await sleep(500);
      give(call, await evaluate(call));
    });
    await using executor = createLambdaExecutor(lambda.options({ hedge: true }));
    expect(await executorBatchEvaluator(executor)(double, numbers)).toEqual(doubles);
    expect(executor.counts).toMatchObject({ hedges: 1, duplicates: 0 });
  });

  it("waits for the other invocation when the second could not use the artifact", async () => {
    const evaluate = evaluator();
    const seen = new Set<number>();
    await using lambda = await ScriptedLambda.start(async (call) => {
      const point = taskOf(call);
      if (point === 5 && seen.has(5)) {
        const answer = await evaluate(call);
        const { outcomes: _none, ...identity } = answer as { outcomes?: unknown } & typeof answer;
        const error = { name: "FanoptError", message: "not downloaded", stack: "", code: "artifact-unreachable" };
        return give(call, { ...identity, kind: "unusable", error });
      }
      if (point === 5) {
        seen.add(5);
        await sleep(500);
      }
      give(call, await evaluate(call));
    });
    await using executor = createLambdaExecutor(lambda.options({ hedge: true }));
    expect(await executorBatchEvaluator(executor)(double, numbers)).toEqual(doubles);
    expect(executor.counts.hedges).toBe(1);
  });

  it("waits for room, and tries another second invocation when one was refused", async () => {
    const evaluate = evaluator();
    const seen = new Map<number, number>();
    await using lambda = await ScriptedLambda.start(async (call) => {
      const point = taskOf(call);
      const time = (seen.get(point) ?? 0) + 1;
      seen.set(point, time);
      if (point === 18 && time === 1) await sleep(400);
      if (point === 19 && time === 1) await sleep(60_000);
      if (point === 19 && time === 2) return refuse(call, 429, "TooManyRequestsException");
      give(call, await evaluate(call));
    });
    // Both places are taken by slow ones until the first of them ends.
    await using executor = createLambdaExecutor(lambda.options({ hedge: { max: 1 }, maxConcurrency: 2 }));
    expect(await executorBatchEvaluator(executor)(double, numbers)).toEqual(doubles);
    expect(seen.get(19)).toBe(3);
    expect(executor.counts).toMatchObject({ hedges: 1, throttles: 1, invocations: 21 });
  });

  it("finds none slow where invocations with several points are answered in part", async () => {
    const evaluate = evaluator();
    await using lambda = await ScriptedLambda.start(async (call) => {
      await sleep(60);
      const answer = await evaluate(call);
      if (answer.kind === "outcomes") give(call, { ...answer, outcomes: answer.outcomes.slice(0, 1) });
    });
    await using executor = createLambdaExecutor(lambda.options({ hedge: true, pointsPerInvocation: 4 }));
    expect(await executorBatchEvaluator(executor)(double, numbers)).toEqual(doubles);
    expect(executor.counts.hedges).toBe(0);
  });

  it("ends with the batch when that is aborted", async () => {
    await using lambda = await ScriptedLambda.start(slowFirst(new Set([7]), 60_000));
    await using executor = createLambdaExecutor(lambda.options({ hedge: { afterQuantile: 0.99 } }));
    const controller = new AbortController();
    const batch = executorBatchEvaluator(executor)(double, numbers, { signal: controller.signal });
    batch.catch(() => {});
    while (executor.counts.invocations < 19) await sleep(5);
    controller.abort("enough");
    await expect(batch).rejects.toMatchObject({ name: "AbortError", cause: "enough" });
    for (const { response } of lambda.calls) while (!response.destroyed && !response.writableEnded) await sleep(5);
  });

  it.each([
    [{ hedge: 3 }, /hedge must be true, false or an object, received 3/],
    [{ hedge: { afterQuantile: 1 } }, /hedge\.afterQuantile must be a number between 0 and 1, received 1/],
    [{ hedge: { factor: 1 } }, /hedge\.factor must be a number above 1, received 1/],
    [{ hedge: { max: 0 } }, /hedge\.max must be a positive integer, received 0/],
    [{ hedge: { maxx: 1 } }, /maxx/],
    [{ pointsPerInvocation: 0 }, /pointsPerInvocation must be a positive integer or "auto", received 0/],
    [{ pointsPerInvocation: "many" }, /pointsPerInvocation must be a positive integer or "auto", received "many"/],
  ])("refuses %o", (options, message) => {
    expect(() => createLambdaExecutor(options as object)).toThrow(message);
  });
});
