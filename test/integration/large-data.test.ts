/** Criteria with large data, changed and run again: what travels to the embedded Lambda and its store, byte by byte. */
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { deployedHandlerFile } from "../../src/executors/lambda/handler-file.ts";
import { type LocalLambda, startLocalLambda } from "../../src/executors/lambda/local/local-lambda.ts";
import {
  createLambdaExecutor,
  defineCriterion,
  executorBatchEvaluator,
  type LambdaExecutor,
  type LambdaExecutorOptions,
  minimize,
} from "../../src/index.ts";
import type { WorkerRequest } from "../../src/worker/protocol.ts";
import type { probe } from "../fixtures/large-data.ts";
import { RecordingProxy } from "../fixtures/recording-proxy.ts";
import { Project } from "../transport/project.ts";

const CONCURRENCY = 3;
const modelWith = (factor: number) => `
  export async function scaled(i: number, data: Float64Array) {
    await new Promise((resolve) => setTimeout(resolve, 150));
    return ${factor} * data[i];
  }
  export const distance = ({ x }: { x: number }, data: Float64Array) => (x - ${factor} * data[0]) ** 2;
`;
const project = new Project({ "model.ts": modelWith(1) });
/** So many values, of 8 bytes each that cannot be compressed; finite. */
const noise = (count: number) => {
  const words = new Uint32Array(randomBytes(8 * count).buffer.slice(0, 8 * count));
  // Exponents of normal numbers, the smaller ones.
  return new Float64Array(words.map((word, i) => (i % 2 === 1 ? word & 0x3fffffff : word)).buffer);
};

let lambda: LocalLambda;
/** Between the driver, the workers and the store. */
let proxy: RecordingProxy;
beforeAll(async () => {
  lambda = await startLocalLambda({ handlerFile: deployedHandlerFile(), concurrency: CONCURRENCY, memoryMB: 512 });
  proxy = await new RecordingProxy(() => lambda.endpoint).start();
  // A worker that is slow to start would leave its points to others.
  await using executor = open();
  const whoIs = defineCriterion<typeof probe>(new URL("../fixtures/large-data.ts", import.meta.url), {
    export: "probe",
    args: [new Uint8Array(1)],
  });
  const pids = new Set<number>();
  while (pids.size < CONCURRENCY) {
    const points = new Array(CONCURRENCY).fill({ start: 0, milliseconds: 100 });
    for (const one of await executorBatchEvaluator(executor)(whoIs, points))
      if (typeof one !== "string") pids.add(one.pid);
  }
  proxy.requests.length = 0;
});
afterEach(() => {
  proxy.requests.length = 0;
});
afterAll(async () => {
  await Promise.all([proxy?.[Symbol.asyncDispose](), lambda?.close()]);
  project[Symbol.dispose]();
});

function open(artifacts?: LambdaExecutorOptions["artifacts"]): LambdaExecutor {
  const { functionName, region, credentials } = lambda;
  // None is refused: what is in a refused invocation is sent again.
  const options = { functionName, endpoint: proxy.endpoint, region, credentials, maxConcurrency: CONCURRENCY };
  return createLambdaExecutor(artifacts === undefined ? options : { ...options, artifacts });
}

/** Runs the model as it is now, once on each worker and then again, and tells what was sent meanwhile. */
async function run(executor: LambdaExecutor, factor: number, data: Float64Array): Promise<Sent> {
  writeFileSync(project.path("model.ts"), modelWith(factor));
  const fun = defineCriterion<(i: number, data: Float64Array) => Promise<number>>(project.url("model.ts"), {
    export: "scaled",
    args: [data],
  });
  const points = Array.from({ length: 2 * CONCURRENCY }, (_, i) => i);
  expect(await executorBatchEvaluator(executor)(fun, points)).toEqual(points.map((i) => factor * data[i]));
  return takeSent();
}

interface Sent {
  /** Of all invocations, bytes. */
  readonly invoked: number;
  /** Parts inline in them, and requests to the store. */
  readonly contents: number;
  readonly data: number;
  readonly methods: readonly string[];
}

function takeSent(): Sent {
  const requests = proxy.requests.splice(0);
  const invocations = requests.filter(({ method }) => method === "POST").map(({ body }) => body);
  const carrying = (part: "content" | "data") =>
    invocations.filter((body) => (JSON.parse(body.toString()) as WorkerRequest)[part]?.inline !== undefined).length;
  return {
    invoked: invocations.reduce((sum, { length }) => sum + length, 0),
    contents: carrying("content"),
    data: carrying("data"),
    methods: requests.flatMap(({ method }) => (method === "POST" ? [] : [method])).toSorted(),
  };
}

describe("a criterion with 1 MB of data, without a bucket", () => {
  const data = noise(125_000);
  /** In base64, with what brotli adds; the code and all else of an invocation takes less than 3 kB. */
  const once = (1.01 * 1e6 * 4) / 3;
  const few = 2 * CONCURRENCY * 3_000;
  /** One that is sent it may turn out to have it, if the others were slow. */
  const isOnceAWorker = ({ data: sent, invoked }: Sent) => {
    expect(sent).toBeGreaterThanOrEqual(CONCURRENCY);
    expect(sent).toBeLessThan(2 * CONCURRENCY);
    expect(invoked).toBeGreaterThan((sent * 1e6 * 4) / 3);
    expect(invoked).toBeLessThan(sent * once + few);
  };

  it("has it sent once a worker: not again with other code, and with other data that", async () => {
    await using executor = open();
    isOnceAWorker(await run(executor, 1, data));
    const otherCode = await run(executor, 2, data);
    expect(otherCode).toMatchObject({ data: 0, methods: [] });
    expect(otherCode.invoked).toBeLessThan(few);

    isOnceAWorker(await run(executor, 2, noise(125_000)));
    // Both are known.
    expect(await run(executor, 1, data)).toMatchObject({ data: 0 });
    expect(executor.counts.artifactMisses).toBe(0);
  });

  it("has none of it sent to workers that have it, in runs of minimize with the same data", async () => {
    await using executor = open();
    await run(executor, 1, data);
    for (let nth = 0; nth < 2; nth++) {
      const fun = defineCriterion<(p: { x: number }, data: Float64Array) => number>(project.url("model.ts"), {
        export: "distance",
        args: [data],
      });
      const batchEvaluator = executorBatchEvaluator(executor);
      const options = { params: { x: 1 }, algorithm: "nelder-mead-parallel", batchEvaluator, progress: false } as const;
      const { nFunEvals } = await minimize({ fun, ...options });
      expect(nFunEvals).toBeGreaterThan(CONCURRENCY);
      const sent = takeSent();
      expect(sent.contents).toBeGreaterThan(0);
      expect(sent.data).toBe(0);
    }
    expect(executor.counts.artifactMisses).toBe(0);
  });

  it("is sent it again by a worker's wish, when that has lost it", async () => {
    await using executor = open();
    await run(executor, 1, data);
    const { functionName, region, credentials } = lambda;
    // Takes the workers' memory: a quarter of 512 MB is 128 MB.
    await using other = createLambdaExecutor({
      functionName,
      endpoint: lambda.endpoint,
      region,
      credentials,
      artifacts: { bucket: lambda.artifactBucket },
    });
    const fill = new Float64Array(16e6);
    const fun = defineCriterion<(i: number, data: Float64Array) => Promise<number>>(project.url("model.ts"), {
      export: "scaled",
      args: [fill],
    });
    await executorBatchEvaluator(other)(fun, [0, 1, 2]);
    isOnceAWorker(await run(executor, 3, data));
    expect(executor.counts.artifactMisses).toBeGreaterThan(0);
  });
});

describe("a criterion with 24 MB of data, by a bucket", () => {
  const data = noise(3_000_000);
  const artifacts = () => ({ bucket: lambda.artifactBucket, endpoint: proxy.endpoint });

  it("has it stored once and downloaded once a worker; other code is sent alone", async () => {
    await using executor = open(artifacts());
    const first = await run(executor, 1, data);
    expect(first).toMatchObject({ data: 0, methods: ["GET", "GET", "GET", "HEAD", "PUT"] });
    expect(first.contents).toBeGreaterThanOrEqual(CONCURRENCY);
    expect(await run(executor, 2, data)).toMatchObject({ data: 0, methods: [] });
    expect(executor.counts.artifactMisses).toBe(0);
  });

  it("is found there by another executor, and by the workers in their memory", async () => {
    await using executor = open(artifacts());
    expect(await run(executor, 4, data)).toMatchObject({ data: 0, methods: ["HEAD"] });
  });
});
