import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BatchWriteItemCommand, DynamoDBClient, paginateQuery } from "@aws-sdk/client-dynamodb";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { createHistoryTable } from "../../src/recording/dynamodb/create-table.ts";
import { endpointUrl } from "../../src/recording/local/endpoint.ts";
import { acquireLocalServer, type LocalServer } from "../../src/recording/local/server.ts";
import { createRunStore } from "../../src/recording/store.ts";
import type { RunStore } from "../../src/recording/types.ts";
import { makeRow, makeRun } from "../recording/rows.ts";
import { type Fault, type FaultyProxy, startFaultyProxy } from "./faulty-proxy.ts";

const throttled: Fault = { kind: "answer", status: 400, type: "ProvisionedThroughputExceededException" };
const nPoints = 200;
const rows = Array.from({ length: nPoints }, (_, i) => makeRow(i));

let folder: string;
let server: LocalServer;
let proxy: FaultyProxy;
let bare: DynamoDBClient;
let runNumber = 0;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "fanopt-"));
  server = await acquireLocalServer(folder);
  vi.stubEnv("AWS_ACCESS_KEY_ID", "test");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "test");
  bare = new DynamoDBClient({ endpoint: endpointUrl(server.endpoint), region: "eu-central-1" });
  await createHistoryTable(bare, "history");
});
beforeEach(async () => {
  proxy = await startFaultyProxy(endpointUrl(server.endpoint));
});
afterEach(() => proxy[Symbol.asyncDispose]());
afterAll(async () => {
  bare.destroy();
  await server.release();
  rmSync(folder, { recursive: true });
  vi.unstubAllEnvs();
});

function openStore(giveUpAfterMs = 60_000): RunStore {
  return createRunStore({
    kind: "dynamodb",
    table: "history",
    region: "eu-central-1",
    endpoint: proxy.url,
    giveUpAfterMs,
  });
}

/** Sort keys of a run's points, by a client that does not go through the code under test. */
async function storedKeys(runId: string): Promise<string[]> {
  const keys: string[] = [];
  const query = {
    TableName: "history",
    KeyConditionExpression: "pk = :pk AND begins_with(sk, :point)",
    ExpressionAttributeValues: { ":pk": { S: `RUN#${runId}` }, ":point": { S: "POINT#" } },
  };
  for await (const page of paginateQuery({ client: bare }, query))
    keys.push(...(page.Items ?? []).map((i) => String(i.sk.S)));
  return keys;
}

const expectedKeys = rows.map((row) => `POINT#${String(row.index).padStart(9, "0")}`);
const newRun = () => makeRun(`fault-${runNumber++}`);

/** The fault for the first `count` batch writes, or for every k-th of them. */
const first = (count: number, fault: Fault) => {
  let seen = 0;
  return (operation: string) => (operation === "BatchWriteItem" && seen++ < count ? fault : null);
};

describe("faults that pass", () => {
  const cases: [string, Fault][] = [
    ["unprocessed items", { kind: "unprocessed", taken: 9 }],
    ["batches of which nothing is processed", { kind: "unprocessed", taken: 0 }],
    ["throttles", throttled],
    ["request limits", { kind: "answer", status: 400, type: "RequestLimitExceeded" }],
    ["internal errors", { kind: "answer", status: 500, type: "InternalServerError" }],
    ["resets before the request is carried out", { kind: "reset", carriedOut: false }],
    ["resets after the request was carried out", { kind: "reset", carriedOut: true }],
  ];
  it.each(cases)("%s: every point is stored, once", async (_name, fault) => {
    await using store = openStore();
    const run = newRun();
    const writer = await store.createRun(run);
    proxy.fault = first(6, fault);
    writer.addPoints(rows);
    await writer.flush();
    expect(proxy.injected).toHaveLength(6);
    expect(await storedKeys(run.runId)).toEqual(expectedKeys);
    expect((await store.readRun(run.runId)).points).toEqual(rows);
  });

  it("of every operation are retried: creating, steps, the end, reading", async () => {
    await using store = openStore();
    const run = newRun();
    const faults: Fault[] = [throttled, { kind: "reset", carriedOut: true }];
    const seen = new Map<string, number>();
    // The first two attempts of every operation fail, the second after it was carried out.
    proxy.fault = (operation) => {
      const n = seen.get(operation) ?? 0;
      seen.set(operation, n + 1);
      return faults[n] ?? null;
    };
    const writer = await store.createRun(run);
    await expect(store.createRun(run)).rejects.toThrow(/exists already/);
    seen.clear();
    await writer.putStep({ step: 0, kind: "optimization", name: "o", status: "running", startedAt: 1, endedAt: null });
    writer.addPoints(rows.slice(0, 3));
    await writer.finish("complete", null);
    const stored = await store.readRun(run.runId);
    expect(stored.run.status).toBe("complete");
    expect(stored.points).toEqual(rows.slice(0, 3));
    expect(stored.steps).toHaveLength(1);
    expect([...seen.keys()].sort()).toEqual(["BatchWriteItem", "GetItem", "PutItem", "Query"]);
    expect(Math.min(...seen.values())).toBeGreaterThan(2);
  });

  it("longer than the deadline do no harm in the background, as nobody waits", async () => {
    await using store = openStore(1);
    const run = newRun();
    const writer = await store.createRun(run);
    proxy.fault = first(5, throttled);
    writer.addPoints(rows.slice(0, 25));
    await vi.waitFor(() => expect(proxy.injected).toHaveLength(5), { timeout: 30_000 });
    await vi.waitFor(async () => expect(await storedKeys(run.runId)).toHaveLength(25), { timeout: 30_000 });
    await writer.flush();
  });
});

describe("faults that stay", () => {
  it("end a flush with what is unwritten, and the next flush can still write it", async () => {
    await using store = openStore(200);
    const run = newRun();
    const writer = await store.createRun(run);
    let written = 0;
    proxy.fault = (operation) => (operation === "BatchWriteItem" && written++ >= 2 ? throttled : null);
    writer.addPoints(rows);
    await expect(writer.flush()).rejects.toMatchObject({
      code: "store-unavailable",
      message: expect.stringMatching(
        /write points of run fault-\d+ in DynamoDB table history in eu-central-1 at http.*retried for .* without success; the last failure was ProvisionedThroughputExceededException.* 150 of 200 points are unwritten/s,
      ),
    });
    expect(await storedKeys(run.runId)).toHaveLength(50);
    proxy.fault = () => null;
    await writer.finish("complete", null);
    expect(await storedKeys(run.runId)).toEqual(expectedKeys);
    expect((await store.readRun(run.runId)).missing).toEqual([]);
  });

  it("keep the run from being called complete", async () => {
    await using store = openStore(50);
    const run = newRun();
    const writer = await store.createRun(run);
    proxy.fault = (operation) => (operation === "BatchWriteItem" ? throttled : null);
    writer.addPoints(rows.slice(0, 30));
    await expect(writer.finish("complete", null)).rejects.toThrow(/30 of 30 points are unwritten/);
    expect((await store.readRun(run.runId)).run.status).toBe("running");
  });

  it.each([
    ["UnrecognizedClientException", "store-credentials", /AWS_PROFILE/],
    ["AccessDeniedException", "store-access-denied", /dynamodb:PutItem/],
  ])("%s is not repeated", async (type, code, message) => {
    await using store = openStore();
    proxy.fault = () => ({ kind: "answer", status: 400, type });
    const creation = store.createRun(newRun());
    await expect(creation).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
    expect(proxy.operations).toEqual(["PutItem"]);
  });

  it("name table, region, endpoint and remedy when there is no such table", async () => {
    const options = { kind: "dynamodb", table: "nowhere", region: "eu-west-1", endpoint: proxy.url } as const;
    await using store = createRunStore(options);
    await expect(store.createRun(newRun())).rejects.toMatchObject({
      code: "store-no-table",
      message: expect.stringMatching(
        /table nowhere in eu-west-1 at http:\S+: there is no such table there.*sst deploy/,
      ),
    });
  });

  it("say how to give a region", async () => {
    vi.stubEnv("AWS_REGION", "");
    vi.stubEnv("AWS_DEFAULT_REGION", "");
    vi.stubEnv("AWS_CONFIG_FILE", join(folder, "none"));
    vi.stubEnv("AWS_SHARED_CREDENTIALS_FILE", join(folder, "none"));
    await using store = createRunStore({ kind: "dynamodb", table: "history", endpoint: proxy.url });
    await expect(store.listRuns()).rejects.toThrow(/No AWS region is known.*set AWS_REGION/);
  });
});

describe("how points are written", () => {
  it("fills batches of 25, with at most 8 requests in flight", async () => {
    await using store = openStore();
    const writer = await store.createRun(newRun());
    for (const row of rows) writer.addPoints([row]);
    await writer.flush();
    expect(proxy.operations.filter((operation) => operation === "BatchWriteItem")).toHaveLength(nPoints / 25);
    writer.addPoints(Array.from({ length: 1000 }, (_, i) => makeRow(nPoints + i)));
    await writer.flush();
    expect(proxy.operations.filter((operation) => operation === "BatchWriteItem")).toHaveLength((nPoints + 1000) / 25);
    expect(proxy.peak).toBeGreaterThan(1);
    expect(proxy.peak).toBeLessThanOrEqual(8);
  });

  it("writes what is added without a flush", async () => {
    await using store = openStore();
    const run = newRun();
    const writer = await store.createRun(run);
    writer.addPoints(rows.slice(0, 3));
    await vi.waitFor(async () => expect(await storedKeys(run.runId)).toHaveLength(3), { timeout: 30_000 });
  });

  it("takes the client it is given, and leaves it usable", async () => {
    const run = newRun();
    {
      await using store = createRunStore({ kind: "dynamodb", table: "history", client: bare });
      const writer = await store.createRun(run);
      writer.addPoints(rows.slice(0, 2));
      await writer.finish("complete", null);
    }
    expect(await storedKeys(run.runId)).toHaveLength(2);
  });

  it("stamps every item with its time to live, and hides runs whose time has passed", async () => {
    const options = { kind: "dynamodb", table: "history", client: bare, ttlDays: 1 } as const;
    await using store = createRunStore(options);
    const alive = { ...newRun(), createdAt: Date.now() };
    const writer = await store.createRun(alive);
    await store.createRun({ ...newRun(), runId: "expired", createdAt: Date.now() - 25 * 3600 * 1000 });
    writer.addPoints(rows.slice(0, 1));
    await writer.finish("complete", null);
    const ids = (await store.listRuns()).map((run) => run.runId);
    expect(ids).toContain(alive.runId);
    expect(ids).not.toContain("expired");
    await expect(store.readRun("expired")).rejects.toThrow(/no run "expired"/);
  });

  it("reads back in words what somebody deleted", async () => {
    await using store = openStore();
    const run = newRun();
    const writer = await store.createRun(run);
    writer.addPoints(rows.slice(0, 10));
    await writer.finish("complete", null);
    const gone = [4, 9].map((i) => ({
      DeleteRequest: { Key: { pk: { S: `RUN#${run.runId}` }, sk: { S: expectedKeys[i] } } },
    }));
    await bare.send(new BatchWriteItemCommand({ RequestItems: { history: gone } }));
    expect((await store.readRun(run.runId)).missing).toEqual([4, 9]);
  });
});
