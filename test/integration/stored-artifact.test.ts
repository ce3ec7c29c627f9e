/** Criteria whose data is larger than an invocation: by the store of the embedded Lambda, end to end. */
import { randomBytes } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { deployedHandlerFile } from "../../src/executors/lambda/handler-file.ts";
import { type LocalLambda, startLocalLambda } from "../../src/executors/lambda/local/local-lambda.ts";
import {
  createLambdaExecutor,
  defineCriterion,
  executorBatchEvaluator,
  type LambdaExecutorOptions,
  minimize,
} from "../../src/index.ts";
import type { distance, probe } from "../fixtures/large-data.ts";
import { RecordingProxy } from "../fixtures/recording-proxy.ts";

const criteria = new URL("../fixtures/large-data.ts", import.meta.url);
/** Cannot be compressed. */
const data = new Uint8Array(randomBytes(20_000_000));
const probeData = defineCriterion<typeof probe>(criteria, { export: "probe", args: [data] });
const expectedSum = (start: number) => {
  const bytes = Buffer.from(data);
  return Array.from({ length: Math.ceil((data.length - start) / 101) }, (_, k) =>
    bytes.readUInt8(start + 101 * k),
  ).reduce((a, b) => a + b);
};

let lambda: LocalLambda;
/** Between the driver, the workers and the store. */
let store: RecordingProxy;
beforeAll(async () => {
  lambda = await startLocalLambda({ handlerFile: deployedHandlerFile(), concurrency: 3, memoryMB: 512 });
  store = await new RecordingProxy(() => lambda.endpoint).start();
});
afterEach(() => {
  store.requests.length = 0;
  store.refuse = undefined;
});
afterAll(async () => {
  await Promise.all([store?.[Symbol.asyncDispose](), lambda?.close()]);
});

const methods = () => store.requests.map(({ method }) => method).toSorted();
const optionsFor = (more: LambdaExecutorOptions["artifacts"] = {}): LambdaExecutorOptions => {
  const { functionName, endpoint, region, credentials, artifactBucket: bucket } = lambda;
  return { functionName, endpoint, region, credentials, artifacts: { bucket, endpoint: store.endpoint, ...more } };
};

describe("a criterion with 20 MB of data", () => {
  it("is stored once, also across executors, and downloaded once by each worker; the values are exact", async () => {
    const starts = Array.from({ length: 12 }, (_, i) => i * 1_000);
    const pids = new Set<number>();
    for (let run = 0; run < 2; run++) {
      await using executor = createLambdaExecutor(optionsFor());
      const points = starts.map((start) => ({ start, milliseconds: 150 }));
      for (const [i, result] of (await executorBatchEvaluator(executor)(probeData, points)).entries()) {
        if (typeof result === "string") throw new Error(result);
        expect(result.sum).toBe(expectedSum(starts[i]));
        pids.add(result.pid);
      }
    }
    expect(pids.size).toBe(3);
    expect(methods()).toEqual(["GET", "GET", "GET", "HEAD", "HEAD", "PUT"]);
  });

  it("needs nothing to be set up with local, and minimize gets by with it", async () => {
    await using executor = createLambdaExecutor({ local: { concurrency: 2, memoryMB: 512 } });
    const result = await minimize({
      fun: defineCriterion<typeof distance>(criteria, { export: "distance", args: [data] }),
      params: { x: 1 },
      algorithm: "nelder-mead-parallel",
      batchEvaluator: executorBatchEvaluator(executor),
      progress: false,
    });
    expect(result.params.x).toBeCloseTo(data[data.length - 1], 3);
  });

  it("is stored again when it is gone from the store, and the run goes on", async () => {
    await using first = createLambdaExecutor(optionsFor());
    const fun = defineCriterion<typeof probe>(criteria, { export: "probe", args: [data.slice(1)] });
    const point = { start: 0, milliseconds: 0 };
    // Each worker that would have it answers that the URL is of no use, once.
    let refusals = 0;
    store.refuse = ({ method }) => (method === "GET" && refusals++ === 0 ? 403 : undefined);
    await executorBatchEvaluator(first)(fun, [point]);
    expect(methods()).toEqual(["GET", "GET", "HEAD", "HEAD", "PUT"]);
  });

  it("fails with the reason when workers cannot reach the store", async () => {
    await using executor = createLambdaExecutor(optionsFor({ workerEndpoint: "http://127.0.0.1:1" }));
    const fun = defineCriterion<typeof probe>(criteria, { export: "probe", args: [data.slice(2)] });
    const failed = executorBatchEvaluator(executor)(fun, [{ start: 0, milliseconds: 0 }], {
      errorHandling: "continue",
    });
    await expect(failed).rejects.toMatchObject({
      name: "InfrastructureError",
      code: "artifact-unreachable",
      message: expect.stringMatching(/could not download the artifact from 127\.0\.0\.1:1: .*VPC/),
    });
  });

  it.each([
    [
      "another-bucket",
      {},
      /bucket another-bucket \(from the option artifacts\.bucket\) at .*no such bucket: deploy it/,
    ],
    [
      undefined,
      { endpoint: "http://127.0.0.1:1" },
      /bucket fanopt-artifacts .* at http:\/\/127\.0\.0\.1:1: check the network and the endpoint/,
    ],
  ])("fails with a remedy when the driver cannot store it: %s %j", async (bucket, more, message) => {
    const settings = bucket === undefined ? more : { ...more, bucket };
    await using executor = createLambdaExecutor(optionsFor(settings));
    const failed = executorBatchEvaluator(executor)(probeData, [{ start: 0, milliseconds: 0 }], {
      errorHandling: "continue",
    });
    await expect(failed).rejects.toMatchObject({
      name: "InfrastructureError",
      code: "artifact-store",
      message: expect.stringMatching(message),
    });
  });

  it("says which bucket is missing, and what does without one", async () => {
    const { artifacts: _, ...withoutStore } = optionsFor();
    await using executor = createLambdaExecutor(withoutStore);
    await expect(executor.submit(probeData, { start: 0, milliseconds: 0 })).rejects.toMatchObject({
      name: "SubmissionError",
      message: expect.stringMatching(
        /has 26\.7 MB as it would be sent .* carries 6\.0 MB\..*FANOPT_ARTIFACTS=.*artifacts: \{ bucket.*less data in args/s,
      ),
    });
  });
});
