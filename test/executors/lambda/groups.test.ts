import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, describe, expect, it } from "vitest";
import { executorBatchEvaluator } from "../../../src/evaluation/executor-batch-evaluator.ts";
import { isTraceback } from "../../../src/evaluation/traceback.ts";
import { createLambdaExecutor } from "../../../src/executors/lambda/executor.ts";
import { defineCriterion } from "../../../src/transport/define-criterion.ts";
import { addUsage, noUsage, type Usage } from "../../../src/usage.ts";
import { Project } from "../../transport/project.ts";
import { evaluator, give, refuse, ScriptedLambda } from "./scripted-lambda.ts";

const project = new Project({
  "model.ts": `
    export const double = (p: number) => 2 * p;
    export const fail = (p: number) => { if (p === 3) throw new RangeError("three"); return p; };
  `,
});
afterAll(() => project[Symbol.dispose]());
const define = (name: string) => defineCriterion<(p: number) => number>(project.url("model.ts"), { export: name });
const double = define("double");
const numbers = (n: number) => Array.from({ length: n }, (_, i) => i);

describe("points that share an invocation", () => {
  it("are as many as asked for, in order, and each is told its part of the bill", async () => {
    const evaluate = evaluator();
    await using lambda = await ScriptedLambda.start(async (call) => {
      await sleep(call.index === 0 ? 40 : 1);
      const log =
        "END RequestId: r\nREPORT RequestId: r\tDuration: 9.1 ms\tBilled Duration: 10 ms\tMemory Size: 512 MB\t\n";
      give(call, await evaluate(call), { "x-amz-log-result": Buffer.from(log).toString("base64") });
    });
    const prices = { asOf: "2026", perRequest: 1, perGigabyteSecond: { arm64: 1000, x86_64: 1000 } };
    await using executor = createLambdaExecutor(lambda.options({ pointsPerInvocation: 4, prices }));
    const told = numbers(10).map(() => noUsage);
    const onUsage = (index: number, usage: Usage) => {
      told[index] = addUsage(told[index], usage);
    };
    expect(await executorBatchEvaluator(executor)(double, numbers(10), { onUsage })).toEqual(
      numbers(10).map((n) => 2 * n),
    );
    expect(lambda.calls.map(({ request }) => request.tasks.length)).toEqual([4, 4, 2]);
    // 10 ms × 0.5 GB at 1000 dollars are 5, and 1 for the request: shared by 4, 4 and 2.
    expect(told.map(({ cost }) => cost)).toEqual([1.5, 1.5, 1.5, 1.5, 1.5, 1.5, 1.5, 1.5, 3, 3]);
    expect(told.map(({ invocations }) => invocations)).toEqual([1, 0, 0, 0, 1, 0, 0, 0, 1, 0]);
    expect(executor.counts).toMatchObject({ invocations: 3, billedMs: 30, cost: 18, duplicates: 0 });
    expect(executor.counts.gigabyteSeconds).toBeCloseTo(0.015, 12);
  });

  it("fail alone", async () => {
    const evaluate = evaluator();
    await using lambda = await ScriptedLambda.start(async (call) => give(call, await evaluate(call)));
    await using executor = createLambdaExecutor(lambda.options({ pointsPerInvocation: 5 }));
    const results = await executorBatchEvaluator(executor)(define("fail"), numbers(5), {
      errorHandling: "continue",
      onSettled() {},
    });
    expect(results.map((one) => (isTraceback(one) ? "failed" : one))).toEqual([0, 1, 2, "failed", 4]);
    expect(lambda.calls).toHaveLength(1);
  });

  it("go in another invocation when the worker had no time for them", async () => {
    const evaluate = evaluator();
    await using lambda = await ScriptedLambda.start(async (call) => {
      const answer = await evaluate(call);
      if (answer.kind === "outcomes") give(call, { ...answer, outcomes: answer.outcomes.slice(0, 2) });
    });
    await using executor = createLambdaExecutor(lambda.options({ pointsPerInvocation: 5 }));
    expect(await executorBatchEvaluator(executor)(double, numbers(5))).toEqual([0, 2, 4, 6, 8]);
    expect(lambda.calls.map(({ request }) => request.tasks.length)).toEqual([5, 3, 1]);
    expect(executor.counts).toMatchObject({ invocations: 3, duplicates: 0 });
  });

  it("go alone when the function failed: only the one to blame fails", async () => {
    const evaluate = evaluator();
    await using lambda = await ScriptedLambda.start(async (call) => {
      const isBad = call.request.tasks.some(({ tree }) => tree === 3);
      const payload = { errorType: "Runtime.ExitError", errorMessage: "Runtime exited with error: exit status 1" };
      if (isBad) give(call, payload, { "x-amz-function-error": "Unhandled" });
      else give(call, await evaluate(call));
    });
    await using executor = createLambdaExecutor(lambda.options({ pointsPerInvocation: 4 }));
    const options = { errorHandling: "continue", onSettled() {} } as const;
    const results = await executorBatchEvaluator(executor)(double, numbers(8), options);
    expect(results.map((one) => (isTraceback(one) ? "failed" : one))).toEqual([0, 2, 4, "failed", 8, 10, 12, 14]);
    // Two groups, and the four of the first again.
    expect(lambda.calls.map(({ request }) => request.tasks.length)).toEqual([4, 4, 1, 1, 1, 1]);
    expect(executor.counts).toMatchObject({ invocations: 6, duplicates: 4 });
  });

  it("are refused together, and sent again together", async () => {
    const evaluate = evaluator();
    await using lambda = await ScriptedLambda.start(async (call) =>
      call.index === 0 ? refuse(call, 429, "TooManyRequestsException") : give(call, await evaluate(call)),
    );
    await using executor = createLambdaExecutor(lambda.options({ pointsPerInvocation: 3 }));
    expect(await executorBatchEvaluator(executor)(double, numbers(3))).toEqual([0, 2, 4]);
    expect(executor.counts).toMatchObject({ invocations: 1, throttles: 1, duplicates: 0 });
  });

  it('are grouped by what was measured under "auto": cheap points get fewer invocations than there are points', async () => {
    const evaluate = evaluator();
    await using lambda = await ScriptedLambda.start(async (call) => {
      await sleep(20);
      give(call, await evaluate(call));
    });
    await using executor = createLambdaExecutor(lambda.options({ pointsPerInvocation: "auto", maxConcurrency: 4 }));
    const evaluateBatch = executorBatchEvaluator(executor);
    await evaluateBatch(double, numbers(4));
    expect(lambda.calls).toHaveLength(4);
    expect(await evaluateBatch(double, numbers(400))).toEqual(numbers(400).map((n) => 2 * n));
    expect(lambda.calls.length).toBeLessThan(4 + 40);
  });
});

describe("a worker that died", () => {
  it("may have died of something else: the point is evaluated again, once", async () => {
    const evaluate = evaluator();
    const payload = { errorType: "Runtime.ExitError", errorMessage: "Runtime exited with error: signal: killed" };
    await using lambda = await ScriptedLambda.start(async (call) =>
      call.index === 0
        ? give(call, payload, { "x-amz-function-error": "Unhandled" })
        : give(call, await evaluate(call)),
    );
    await using executor = createLambdaExecutor(lambda.options());
    expect(await executor.submit(double, 4)).toBe(8);
    expect(executor.counts).toMatchObject({ invocations: 2, duplicates: 1 });
  });

  it("of its timeout is not tried again", async () => {
    const payload = {
      errorType: "Sandbox.Timedout",
      errorMessage: "RequestId: 1 Error: Task timed out after 900.00 seconds",
    };
    await using lambda = await ScriptedLambda.start((call) =>
      give(call, payload, { "x-amz-function-error": "Unhandled" }),
    );
    await using executor = createLambdaExecutor(lambda.options());
    await expect(executor.submit(double, 4)).rejects.toMatchObject({ errorType: "Sandbox.Timedout" });
    expect(lambda.calls).toHaveLength(1);
  });
});

it("100,000 points keep nothing of those that ended", async () => {
  const evaluate = evaluator();
  await using lambda = await ScriptedLambda.start(async (call) => give(call, await evaluate(call)));
  await using executor = createLambdaExecutor(lambda.options({ pointsPerInvocation: 1000, maxConcurrency: 8 }));
  const results = await executorBatchEvaluator(executor)(double, numbers(100_000));
  expect(results.every((value, n) => value === 2 * n)).toBe(true);
  expect(lambda.calls).toHaveLength(100);
});
