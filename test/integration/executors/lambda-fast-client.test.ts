/** The fast client, end to end: executor → HTTP → embedded Lambda → worker processes. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deployedHandlerFile } from "../../../src/executors/lambda/handler-file.ts";
import { type LocalLambda, startLocalLambda } from "../../../src/executors/lambda/local/local-lambda.ts";
import {
  createLambdaExecutor,
  defineCriterion,
  executorBatchEvaluator,
  type LambdaExecutor,
  leastSquares,
  type MinimizeOptions,
  minimize,
} from "../../../src/index.ts";

const criteria = new URL("../../fixtures/criteria.ts", import.meta.url);
interface Params {
  readonly x: number;
  readonly y: number;
}

let lambda: LocalLambda;
let executor: LambdaExecutor;
beforeAll(async () => {
  lambda = await startLocalLambda({ handlerFile: deployedHandlerFile(), concurrency: 2, timeoutSeconds: 2 });
  const { functionName, endpoint, region, credentials } = lambda;
  executor = createLambdaExecutor({
    ...{ functionName, endpoint, region, credentials },
    maxConcurrency: 8,
    fastClient: true,
  });
});
afterAll(async () => {
  await executor?.close();
  await lambda?.close();
});

const criterion = (name: string) => defineCriterion<(p: Params) => number>(criteria, { export: name });

describe("the fast client", () => {
  it("gives the serial run's history to the bit", async () => {
    const problem: MinimizeOptions<Params> = {
      fun: leastSquares(defineCriterion(criteria, { export: "slowResiduals" })),
      params: { x: -1.2, y: 1 },
      algorithm: "levenberg-marquardt",
      progress: false,
    };
    const serial = await minimize(problem);
    const local = createLambdaExecutor({ local: { concurrency: 2, memoryMB: 256 }, fastClient: true });
    const parallel = await minimize({ ...problem, batchEvaluator: executorBatchEvaluator(local) });
    await local.close();
    expect(parallel.history.x).toStrictEqual(serial.history.x);
    expect(parallel.history.fun).toStrictEqual(serial.history.fun);
  });

  it("waits where the function is throttled, and keeps the order", async () => {
    const points = Array.from({ length: 40 }, (_, i) => ({ x: i, y: 2 }));
    const values = await executorBatchEvaluator(executor)(criterion("sound"), points);
    expect(values).toEqual(points.map(({ x }) => (x - 1) ** 2));
    // More at once than the function has processes.
    expect(executor.counts.throttles).toBeGreaterThan(0);
  });

  it("tells the criterion's errors, crashes and timeouts with their logs", async () => {
    const evaluate = executorBatchEvaluator(executor);
    await expect(evaluate(criterion("throwsError"), [{ x: 3, y: 0 }])).rejects.toMatchObject({
      name: "ModelError",
      message: "x must be at most 2, received 3",
    });
    await expect(evaluate(criterion("exits"), [{ x: 3, y: 0 }])).rejects.toMatchObject({
      name: "FunctionError",
      errorType: "Runtime.ExitError",
    });
    await expect(evaluate(criterion("loopsForever"), [{ x: 3, y: 0 }])).rejects.toMatchObject({
      name: "FunctionError",
      errorType: "Sandbox.Timedout",
      logTail: expect.stringContaining("REPORT RequestId"),
    });
  });

  it("ends what is under way when the batch is aborted", async () => {
    const abort = new AbortController();
    const values = executorBatchEvaluator(executor)(criterion("neverSettles"), [{ x: 3, y: 0 }], {
      signal: abort.signal,
    });
    setTimeout(() => abort.abort(), 200);
    await expect(values).rejects.toMatchObject({ name: "AbortError" });
  });
});
