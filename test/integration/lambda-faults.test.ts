/** Faults between the driver, the workers and the table, injected at the level of HTTP into whole runs. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DynamoDBClient, paginateQuery } from "@aws-sdk/client-dynamodb";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { deployedHandlerFile } from "../../src/executors/lambda/handler-file.ts";
import { type LocalLambda, startLocalLambda } from "../../src/executors/lambda/local/local-lambda.ts";
import {
  createLambdaExecutor,
  createRunStore,
  defineCriterion,
  executorBatchEvaluator,
  type LambdaExecutorOptions,
  leastSquares,
  minimize,
  type OptimizeResult,
  openRun,
  RunFailedError,
  type RunStore,
} from "../../src/index.ts";
import { createHistoryTable } from "../../src/recording/dynamodb/create-table.ts";
import { endpointUrl } from "../../src/recording/local/endpoint.ts";
import { acquireLocalServer, type LocalServer } from "../../src/recording/local/server.ts";
import { type FaultyLambda, type LambdaFault, startFaultyLambda } from "./faulty-lambda.ts";
import { type FaultyProxy, startFaultyProxy } from "./faulty-proxy.ts";

const region = "us-east-1";
const criteria = new URL("../fixtures/criteria.ts", import.meta.url);
const params = { x: -1.2, y: 1 };
interface Params {
  readonly x: number;
  readonly y: number;
}
const slow = leastSquares(defineCriterion<(p: Params) => number[]>(criteria, { export: "slowResiduals" }));

let folder: string;
let server: LocalServer;
let lambda: LocalLambda;
let faulty: FaultyLambda;
let faultyTable: FaultyProxy;
let bare: DynamoDBClient;
let expected: OptimizeResult<Params>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "fanopt-test-"));
  vi.stubEnv("AWS_ACCESS_KEY_ID", "test");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "test");
  [server, lambda, expected] = await Promise.all([
    acquireLocalServer(join(folder, "table")),
    startLocalLambda({ handlerFile: deployedHandlerFile(), concurrency: 8, timeoutSeconds: 30, memoryMB: 256 }),
    minimize({ fun: slow, params, algorithm: "levenberg-marquardt", progress: false }),
  ]);
  bare = new DynamoDBClient({ endpoint: endpointUrl(server.endpoint), region });
  await createHistoryTable(bare, "history");
});
beforeEach(async () => {
  faulty = await startFaultyLambda(lambda.endpoint);
  faultyTable = await startFaultyProxy(endpointUrl(server.endpoint));
});
afterEach(async () => {
  await faulty[Symbol.asyncDispose]();
  await faultyTable[Symbol.asyncDispose]();
});
afterAll(async () => {
  bare?.destroy();
  await Promise.all([lambda?.close(), server?.release()]);
  rmSync(folder, { recursive: true, force: true });
  vi.unstubAllEnvs();
});

function executorOptions(more: LambdaExecutorOptions): LambdaExecutorOptions {
  const { functionName, credentials } = lambda;
  return { functionName, endpoint: faulty.endpoint, region, credentials, maxConcurrency: 8, ...more };
}

function openStore(giveUpAfterMs = 60_000): RunStore {
  return createRunStore({ kind: "dynamodb", table: "history", region, endpoint: faultyTable.url, giveUpAfterMs });
}

async function run(
  store: RunStore,
  fun: typeof slow = slow,
  more: LambdaExecutorOptions = {},
): Promise<OptimizeResult<Params>> {
  await using executor = createLambdaExecutor(executorOptions(more));
  const batchEvaluator = executorBatchEvaluator(executor);
  return await minimize({ fun, params, algorithm: "levenberg-marquardt", batchEvaluator, store, progress: false });
}

/** Sort keys of a run's points in the table, read around the code under test. */
async function storedKeys(runId: string): Promise<string[]> {
  const query = {
    TableName: "history",
    KeyConditionExpression: "pk = :pk AND begins_with(sk, :point)",
    ExpressionAttributeValues: { ":pk": { S: `RUN#${runId}` }, ":point": { S: "POINT#" } },
  };
  const keys: string[] = [];
  for await (const { Items = [] } of paginateQuery({ client: bare }, query))
    keys.push(...Items.map(({ sk }) => sk.S ?? ""));
  return keys;
}

/** The run is the serial one to the bit, and the table has each of its points once. */
async function expectWhole(result: OptimizeResult<Params>): Promise<void> {
  expect(result.history.x).toStrictEqual(expected.history.x);
  expect(result.history.fun).toStrictEqual(expected.history.fun);
  expect(result.params).toStrictEqual(expected.params);
  const keys = await storedKeys(result.runId);
  expect(keys).toHaveLength(expected.history.length);
  expect(new Set(keys).size).toBe(keys.length);
  await using store = createRunStore({
    kind: "dynamodb",
    table: "history",
    region,
    endpoint: endpointUrl(server.endpoint),
  });
  const { history, warning } = await openRun(result.runId, { store });
  expect(warning).toBeNull();
  expect(history.x).toStrictEqual(expected.history.x);
  expect(history.fun).toStrictEqual(expected.history.fun);
}

/** The same faults each time: 30 of 100 invocations. */
function thirtyPercent(fault: LambdaFault): (invocation: number) => LambdaFault {
  const generator = xoroshiro128plus(11);
  return () => (uniformInt(generator, 0, 99) < 30 ? fault : "pass");
}

const clients = [
  ["the SDK", { fastClient: false }],
  ["the fast client", { fastClient: true }],
] as const;

describe.each(clients)("faults on the way to Lambda, through %s", (_name, client) => {
  it.each<[LambdaFault, "throttles" | "duplicates", LambdaExecutorOptions]>([
    ["throttle", "throttles", {}],
    ["reset-before", "duplicates", {}],
    ["reset-during", "duplicates", {}],
    ["reset-after", "duplicates", {}],
    ["delay", "duplicates", { requestTimeoutSeconds: 0.6 }],
    ["error-before", "duplicates", {}],
    ["error-after", "duplicates", {}],
    ["cut", "duplicates", {}],
    ["truncated", "duplicates", {}],
    ["garbage", "duplicates", {}],
  ])("%s at 30 of 100: nothing is lost, nothing recorded twice, and they are counted", async (fault, counted, more) => {
    // No three in a row at the same point: that would be a clear error, which is tested below.
    const draw = thirtyPercent(fault);
    const recent: LambdaFault[] = [];
    faulty.fault = () => {
      const next =
        recent.slice(-16).filter((one) => one !== "pass").length >= 2 && counted === "duplicates" ? "pass" : draw(0);
      recent.push(next);
      return next;
    };
    await using store = openStore();
    const result = await run(store, slow, { ...client, ...more });
    await expectWhole(result);
    const nFaults = faulty.happened.filter((one) => one === fault).length;
    expect(nFaults).toBeGreaterThan(2);
    const { timings, history } = result;
    expect({ [counted]: timings[counted] }).toEqual({ [counted]: nFaults });
    expect(history.usage.reduce((sum, usage) => sum + (usage?.[counted] ?? 0), 0)).toBe(nFaults);
    const other = counted === "throttles" ? "duplicates" : "throttles";
    expect(timings[other]).toBe(0);
  });

  it.each<[LambdaFault, string, RegExp, LambdaExecutorOptions]>([
    ["throttle", "throttled", /TooManyRequestsException/, { retrySeconds: 1 }],
    ["reset-after", "invocation-lost", /each time its answer was lost/, { retrySeconds: 1 }],
    ["delay", "invocation-lost", /each time its answer was lost/, { requestTimeoutSeconds: 0.3, retrySeconds: 1 }],
    ["error-before", "invocation-lost", /ServiceException/, { retrySeconds: 1 }],
    ["garbage", "invocation-lost", /each time its answer was lost/, { retrySeconds: 1 }],
  ])("%s without end is one clear error with the best point so far", async (fault, code, message, more) => {
    faulty.fault = (invocation) => (invocation < 20 ? "pass" : fault);
    await using store = openStore();
    const error = await run(store, slow, { ...client, ...more }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(RunFailedError);
    const failed = error as RunFailedError;
    expect(failed.code).toBe(code);
    expect(failed.message).toMatch(message);
    const partial = failed.partialResult;
    expect(partial?.history.length).toBeGreaterThanOrEqual(12);
    expect(partial?.fun).toBe(Math.min(...(partial?.history.fun ?? [])));
    expect(await storedKeys(partial?.runId ?? "")).toHaveLength(partial?.history.length ?? 0);
  });

  it("a clock that is an hour behind is set right from the service's answer", async () => {
    faulty.clockAheadMs = 3_600_000;
    await using store = openStore();
    const result = await run(store, slow, client);
    await expectWhole(result);
    expect(faulty.skewed).toBeGreaterThan(0);
    expect(result.timings.duplicates).toBe(0);
  });
});

it("an environment that is killed in the middle of an evaluation: the point is evaluated again, once", async () => {
  const marks = mkdtempSync(join(folder, "marks-"));
  const fun = leastSquares(
    defineCriterion<(p: Params, marks: string) => Promise<number[]>>(criteria, { export: "killedOnce", args: [marks] }),
  );
  await using store = openStore();
  const result = await run(store, fun);
  await expectWhole(result);
  const nKilled = readdirSync(marks).length;
  expect(nKilled).toBeGreaterThan(2);
  expect(result.timings.duplicates).toBe(nKilled);
  expect(result.nFailed).toBe(0);
});

it("points that share invocations survive the same faults", async () => {
  const faults: LambdaFault[] = ["pass", "reset-after", "pass", "throttle", "pass", "garbage", "pass"];
  faulty.fault = (invocation) => faults[invocation % faults.length];
  await using store = openStore();
  await expectWhole(await run(store, slow, { pointsPerInvocation: 3 }));
});

it("the table throttles, leaves items unprocessed and loses its answers, while invocations are throttled", async () => {
  faulty.fault = thirtyPercent("throttle");
  faultyTable.fault = (operation, request) => {
    if (operation !== "BatchWriteItem") return null;
    if (request % 4 === 1) return { kind: "unprocessed", taken: 1 };
    if (request % 4 === 2) return { kind: "answer", status: 400, type: "ProvisionedThroughputExceededException" };
    return request % 4 === 3 ? { kind: "reset", carriedOut: true } : null;
  };
  await using store = openStore();
  await expectWhole(await run(store));
  expect(new Set(faultyTable.injected)).toEqual(
    new Set(["unprocessed", "ProvisionedThroughputExceededException", "reset"]),
  );
});

it("a table that is gone ends the run with one error, and the best point so far", async () => {
  faultyTable.fault = (_operation, request) =>
    request > 8 ? { kind: "answer", status: 500, type: "InternalServerError" } : null;
  await using store = openStore(1500);
  const error = await run(store).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(RunFailedError);
  const { partialResult } = error as RunFailedError;
  expect(partialResult?.fun).toBe(Math.min(...(partialResult?.history.fun ?? [])));
});
