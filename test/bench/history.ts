/** History items a second on disk, against the bare SDK on the same embedded server: node test/bench/history.ts [points] */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BatchWriteItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { createClient } from "../../src/recording/dynamodb/connection.ts";
import { createHistoryTable } from "../../src/recording/dynamodb/create-table.ts";
import { itemBytes } from "../../src/recording/dynamodb/item-size.ts";
import { pointItem } from "../../src/recording/dynamodb/point-items.ts";
import { endpointUrl } from "../../src/recording/local/endpoint.ts";
import { acquireLocalServer } from "../../src/recording/local/server.ts";
import { createRunStore } from "../../src/recording/store.ts";
import { makeRow, makeRun } from "../recording/rows.ts";

const nPoints = Number(process.argv[2] ?? 8000);
const table = "fanopt";
const folder = mkdtempSync(join(tmpdir(), "fanopt-bench-"));
const server = await acquireLocalServer(folder);
const credentials = { accessKeyId: "local", secretAccessKey: "local" };
const client = await createClient({ endpoint: endpointUrl(server.endpoint), region: "local", credentials });
await createHistoryTable(client, table);
await using store = createRunStore({ kind: "local", path: folder });

// 20 parameters, all free, and 40 residuals: a calibration of ordinary size.
const values = (length: number) => Float64Array.from({ length }, (_, i) => Math.sqrt(i + 2));
const paramNames = Array.from({ length: 20 }, (_, i) => `p${i}`);
const rows = Array.from({ length: nPoints }, (_, i) =>
  makeRow(i, {
    x: values(20),
    params: values(20),
    rawFun: values(40),
    worker: "lambda-0123456789abcdef",
    workerDuration: 12.345,
  }),
);
let run = 0;

/** Runs `write` once and prints items a second and how long the driver's own thread was busy for each. */
async function measure(label: string, count: number, write: (runId: string) => Promise<void>): Promise<number> {
  const loop = performance.eventLoopUtilization();
  const startedAt = performance.now();
  await write(`run-${run++}`);
  const elapsed = performance.now() - startedAt;
  const { active } = performance.eventLoopUtilization(loop);
  const perSecond = (1000 * count) / elapsed;
  console.log(
    `${label.padEnd(58)} ${perSecond.toFixed(0).padStart(6)} items/s   ${(active / count).toFixed(3)} ms of the driver an item`,
  );
  return perSecond;
}

async function bareBatches(runId: string, atOnce: number): Promise<void> {
  let next = 0;
  const writer = async () => {
    while (next < nPoints) {
      const batch = rows.slice(next, next + 25);
      next += 25;
      const requests = batch.map((row) => ({ PutRequest: { Item: pointItem(runId, row, null) } }));
      await client.send(new BatchWriteItemCommand({ RequestItems: { [table]: requests } }));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, writer));
}

async function throughStore(runId: string): Promise<void> {
  const writer = await store.createRun(makeRun(runId, { paramNames, startParams: values(20) }));
  for (const row of rows) writer.addPoints([row]);
  await writer.flush();
}

try {
  console.log(
    `${nPoints} points of ${itemBytes(pointItem("run-0", rows[0], null))} bytes, embedded DynamoDB on disk (aim: 4,000 items/s)`,
  );
  // Once before it counts: the SDK and the server are compiled on their way.
  await bareBatches("warm-up", 8);
  const nSingle = Math.ceil(nPoints / 4);
  await measure("baseline: bare PutItem, one after the other", nSingle, async (runId) => {
    for (const row of rows.slice(0, nSingle))
      await client.send(new PutItemCommand({ TableName: table, Item: pointItem(runId, row, null) }));
  });
  await measure("baseline: bare BatchWriteItem of 25, one after the other", nPoints, (runId) => bareBatches(runId, 1));
  // In turns, the best of each: other load on the machine then meets both alike.
  let [bare, ours] = [0, 0];
  for (let round = 0; round < 3; round++) {
    bare = Math.max(
      bare,
      await measure("baseline: bare BatchWriteItem of 25, 8 at once", nPoints, (id) => bareBatches(id, 8)),
    );
    ours = Math.max(ours, await measure("run store: addPoints one by one, flush", nPoints, throughStore));
  }
  console.log(`best: run store ${ours.toFixed(0)} items/s, ${(ours / bare).toFixed(2)} of the bare BatchWriteItem`);
  const readAt = performance.now();
  const { points } = await store.readRun(`run-${run - 1}`);
  console.log(`reading ${points.length} points back: ${(performance.now() - readAt).toFixed(0)} ms`);
} finally {
  client.destroy();
  await store[Symbol.asyncDispose]();
  await server.release();
  rmSync(folder, { recursive: true });
}
