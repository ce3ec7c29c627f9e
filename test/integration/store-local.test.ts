import { once } from "node:events";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { mersenne } from "pure-rand/generator/mersenne";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isAlive, readEndpoint } from "../../src/recording/local/endpoint.ts";
import { openRun } from "../../src/recording/runs.ts";
import { createRunStore } from "../../src/recording/store.ts";
import type { HistoryRow, RunStore, StepRecord } from "../../src/recording/types.ts";
import { noUsage } from "../../src/usage.ts";
import { anyRows, bits, makeRow, makeRun } from "../recording/rows.ts";

let folder: string;
let store: RunStore;
const at = (name: string) => createRunStore({ kind: "local", path: join(folder, name) });

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "fanopt-"));
  store = at("shared");
});
afterAll(async () => {
  await store[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

function expectSameBits(read: readonly HistoryRow[], written: readonly HistoryRow[]): void {
  expect(read).toEqual(written);
  for (const [i, row] of read.entries()) {
    expect(bits(row.x)).toEqual(bits(written[i].x));
    expect(bits(row.params)).toEqual(bits(written[i].params));
    expect(bits([row.fun])).toEqual(bits([written[i].fun]));
    expect(bits(row.rawFun ?? [])).toEqual(bits(written[i].rawFun ?? []));
  }
}

describe("local store", () => {
  it("gives a whole run back exactly: record, steps, points, summary", async () => {
    const step: StepRecord = {
      step: 0,
      kind: "exploration",
      name: "e",
      status: "running",
      startedAt: 1.5,
      endedAt: null,
    };
    const run = makeRun("whole", { algorithmOptions: { maxIterations: Number.POSITIVE_INFINITY, trials: 4 } });
    const writer = await store.createRun(run);
    expect(writer.location).toBe(`run whole in ${store.description}`);
    await writer.putStep(step);
    await writer.putStep({ ...step, status: "complete", endedAt: 2.5 });
    const rows = [
      makeRow(0, { fun: -0, rawFun: Float64Array.of(Number.NaN, -0, Number.MIN_VALUE) }),
      makeRow(1, { fun: Number.NaN, error: "Error: no\n    at f (model.ts:3:1)", workerDuration: Number.NaN }),
      makeRow(2, { task: "jac", fun: Number.NaN, worker: "" }),
    ];
    writer.addPoints(rows);
    const params = Float64Array.of(Number.MAX_VALUE, 1 / 3);
    const summary = {
      success: true,
      message: "converged",
      fun: 1e-300,
      params,
      nFunEvals: 3,
      nBatches: 1,
      usage: { ...noUsage, cost: 0.41 },
    };
    await writer.finish("complete", summary);
    const stored = await store.readRun("whole");
    expectSameBits(stored.points, rows);
    expect(stored.steps).toEqual([{ ...step, status: "complete", endedAt: 2.5 }]);
    const { endedAt, ...record } = stored.run;
    expect(record).toEqual({ ...record, ...run, status: "complete", summary, endedAt: undefined });
    expect(endedAt).toBeGreaterThan(run.createdAt);
  });

  it("keeps any rows exactly", async () => {
    let number = 0;
    await fc.assert(
      fc.asyncProperty(anyRows(2, 2, 60), async (rows) => {
        const runId = `any-${number++}`;
        const writer = await store.createRun(makeRun(runId));
        writer.addPoints(rows);
        await writer.flush();
        expectSameBits((await store.readRun(runId)).points, rows);
      }),
      { numRuns: 30 },
    );
  });

  it("puts 1,000 points that arrive in random order, some twice, in order and once", async () => {
    const writer = await store.createRun(makeRun("shuffled"));
    const rows = Array.from({ length: 1000 }, (_, i) => makeRow(i));
    const random = mersenne(42);
    const arrivals = [...rows, ...rows.slice(0, 300)]
      .map((row) => ({ row, key: random.next() }))
      .sort((a, b) => a.key - b.key);
    for (const [i, { row }] of arrivals.entries()) {
      writer.addPoints([row]);
      if (i % 97 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await writer.finish("complete", null);
    const stored = await store.readRun("shuffled");
    expectSameBits(stored.points, rows);
    expect(stored.missing).toEqual([]);
  });

  it("serves two runs at once, from two stores of one folder, each with its own points", async () => {
    await using other = at("shared");
    symlinkSync(join(folder, "shared"), join(folder, "alias"));
    await using alias = at("alias");
    const runs = ["a", "b", "c"].map((id, i) => makeRun(`both-${id}`, { createdAt: 1_800_000_000_000 + i }));
    const writers = await Promise.all([store, other, alias].map((s, i) => s.createRun(runs[i])));
    for (let i = 0; i < 100; i++)
      for (const [j, writer] of writers.entries()) writer.addPoints([makeRow(i, { fun: 1000 * j + i })]);
    await Promise.all(writers.map((writer) => writer.finish("complete", null)));
    for (const [j, run] of runs.entries()) {
      const { history, warning } = await openRun(run.runId, { store: alias });
      expect(warning).toBeNull();
      expect(history.fun).toEqual(Float64Array.from({ length: 100 }, (_, i) => 1000 * j + i));
    }
    const newest = (await other.listRuns()).slice(0, 3).map((run) => run.runId);
    expect(newest).toEqual(["both-c", "both-b", "both-a"]);
  });

  it("refuses a run id twice and suggests the nearest of an unknown one", async () => {
    await store.createRun(makeRun("twice"));
    await expect(store.createRun(makeRun("twice"))).rejects.toThrow(
      /Run twice exists already in DynamoDB table fanopt/,
    );
    await expect(store.readRun("twcie")).rejects.toThrow(/no run "twcie" in .* Did you mean twice\?/);
    await expect(store.readRun("")).rejects.toThrow(/no run ""/);
    await expect(store.createRun(makeRun(""))).rejects.toThrow(/run id takes 1 to 512 bytes, got ""/);
  });

  it("takes large points, without rawFun where that is too much, and refuses in advance what cannot fit", async () => {
    const params = new Float64Array(12_000).fill(Math.PI);
    const paramNames = Array.from(params, (_, i) => `p${i}`);
    const writer = await store.createRun(makeRun("large", { paramNames, startParams: params }));
    const withRawFun = makeRow(0, { x: params, params, rawFun: new Float64Array(26_000) });
    const without = makeRow(1, { x: params, params, rawFun: new Float64Array(30_000) });
    writer.addPoints([withRawFun, without]);
    await writer.flush();
    const stored = await store.readRun("large");
    expect(stored.points.map((row) => row.rawFun?.length)).toEqual([26_000, undefined]);
    expect(stored.points[1].params).toEqual(params);
    expect(stored.rawFunOmitted).toEqual([1]);
    const tooLarge = store.createRun(makeRun("too-large", { paramNames: new Array(50_000).fill("p") }));
    await expect(tooLarge).rejects.toThrow(
      /point with 50000 parameters does not fit.*limit is 409600.*store: "memory"/,
    );
    await expect(store.readRun("too-large")).rejects.toThrow(/no run "too-large"/);
  });

  it("tells where info takes the room of residuals", async () => {
    const warnings: Error[] = [];
    const listen = (warning: Error) => warnings.push(warning);
    process.on("warning", listen);
    try {
      const writer = await store.createRun(makeRun("beside"));
      const rawFun = new Float64Array(30_000);
      const info = { field: new Float64Array(30_000) };
      writer.addPoints([makeRow(0, { rawFun }), makeRow(1, { rawFun, info }), makeRow(2, { rawFun, info })]);
      await writer.finish("complete", null);
      const { history, rawFunOmitted, infoOmitted } = await openRun("beside", { store });
      expect(history.info).toEqual([null, info, info]);
      expect([rawFunOmitted, infoOmitted]).toEqual([[1, 2], []]);
      await new Promise(setImmediate);
    } finally {
      process.off("warning", listen);
    }
    expect(warnings.map(({ message }) => message)).toEqual([
      expect.stringMatching(
        /^The info of point 1 is too large for run beside in .*: it leaves no room for rawFun, .*Return less info/,
      ),
    ]);
  });

  it("gives info back as it was, and tells once where it is too large", async () => {
    const info = { converged: true, path: new Float64Array([1, -0, Number.NaN]), sizes: new Map([["a", 2n]]) };
    const warnings: Error[] = [];
    const listen = (warning: Error) => warnings.push(warning);
    process.on("warning", listen);
    try {
      const writer = await store.createRun(makeRun("with-info"));
      const tooLarge = { field: new Float64Array(60_000) };
      writer.addPoints([info, null, tooLarge, tooLarge].map((one, i) => makeRow(i, { info: one })));
      await writer.finish("complete", null);
      const { history, infoOmitted } = await openRun("with-info", { store });
      expect(history.info).toEqual([info, null, null, null]);
      expect(infoOmitted).toEqual([2, 3]);
      expect(history.fun).toEqual(Float64Array.of(100, 99, 98, 97));
      // Warnings come a turn later.
      await new Promise(setImmediate);
    } finally {
      process.off("warning", listen);
    }
    expect(warnings.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^The info of point 2 is too large for run with-info in .*Return less info/),
    ]);
  });

  it("ends its server with the last store of the folder, and not before; then it can be opened again", async () => {
    const [one, two] = [at("counted"), at("counted")];
    await one.createRun(makeRun("kept"));
    await two.listRuns();
    const endpoint = readEndpoint(join(folder, "counted"));
    if (endpoint === null) throw new Error("no endpoint was published");
    await one[Symbol.asyncDispose]();
    expect(await isAlive(endpoint)).toBe(true);
    expect(await two.listRuns()).toHaveLength(1);
    const closing = two[Symbol.asyncDispose]();
    await using three = at("counted");
    expect(await three.listRuns()).toHaveLength(1);
    await closing;
    expect(await isAlive(endpoint)).toBe(false);
    await expect(two.listRuns()).rejects.toThrow(/was disposed/);
  });

  it("answers only who knows its secret, and outlives requests that break off", async () => {
    await using guarded = at("guarded");
    await guarded.createRun(makeRun("r"));
    const endpoint = readEndpoint(join(folder, "guarded"));
    if (endpoint === null) throw new Error("no endpoint was published");
    const stranger = await fetch(`http://127.0.0.1:${endpoint.port}/another-id`, { method: "POST", body: "{}" });
    expect(stranger.status).toBe(503);
    const socket = connect(endpoint.port, "127.0.0.1");
    await once(socket, "connect");
    const head = `POST /${endpoint.id} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{`;
    await new Promise((resolve) => socket.write(head, resolve));
    socket.resetAndDestroy();
    expect(await isAlive(endpoint)).toBe(true);
    expect(await guarded.listRuns()).toHaveLength(1);
    expect(readEndpoint(join(folder, "guarded"))).toEqual(endpoint);
  });

  it("says what to do when the folder cannot be used", async () => {
    writeFileSync(join(folder, "file"), "");
    await using unusable = at("file");
    await expect(unusable.listRuns()).rejects.toMatchObject({
      code: "store-unusable",
      message: expect.stringMatching(/cannot be opened in .*file: .*createRunStore\(\{ kind: "local", path \}\)/),
    });
    await using broken = at("broken");
    await broken.listRuns();
    await broken[Symbol.asyncDispose]();
    writeFileSync(join(folder, "broken", "data", "CURRENT"), "nonsense");
    await using again = at("broken");
    await expect(again.listRuns()).rejects.toMatchObject({ code: "store-unusable" });
  });
});
