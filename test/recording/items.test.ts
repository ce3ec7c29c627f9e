import { describe, expect, it } from "vitest";
import { checkPointItemFits, pointItem, readPointItem } from "../../src/recording/dynamodb/point-items.ts";
import { checkRunItemFits, isExpired, readRunItem, runItem } from "../../src/recording/dynamodb/run-items.ts";
import { noUsage } from "../../src/usage.ts";
import { makeRow, makeRun } from "./rows.ts";

const extras = { writerId: "w", expiresAt: null, nPoints: null };

describe("reading items that are not as they should be", () => {
  it("names item, attribute, what was expected and what is there", () => {
    const item = pointItem("r1", makeRow(3), null);
    const read = (changed: object) => () => readPointItem({ ...item, ...changed }, 3, 2, "table fanopt");
    expect(read({ fun: { N: "1" } })).toThrow(
      /item RUN#r1 \/ POINT#000000003 of table fanopt: expected attribute fun to be 1 float64 as binary, but its type is N/,
    );
    expect(read({ params: { B: new Uint8Array(24) } })).toThrow(/expected attribute params to be 2 float64/);
    expect(read({ x: { B: new Uint8Array(3) } })).toThrow(/expected attribute x/);
    expect(read({ task: { S: "nap" } })).toThrow(/task to be one of fun, jac, fun-and-jac, exploration/);
    expect(read({ info: { S: "{" } })).toThrow(/expected attribute info to be JSON/);
    expect(read({ info: { S: '{"$":"Float64Array","o":0,"n":9}' } })).toThrow(
      /expected attribute info to be a value as fanopt writes it, with infoData/,
    );
    expect(read({ info: { S: "1" }, infoData: { S: "" } })).toThrow(/expected attribute infoData to be binary/);
    const { step, ...without } = item;
    expect(() => readPointItem(without, 3, 2, "t")).toThrow(/attribute step to be a number, but it is missing/);
    expect(step).toEqual({ N: "0" });
  });

  it("refuses a layout from the future, and says to update", () => {
    const item = { ...runItem(makeRun("r1", { version: "9.0.0" }), extras), format: { N: "99" } };
    expect(() => readRunItem(item, "table t")).toThrow(/written by fanopt 9\.0\.0 in a layout.*Update fanopt/);
  });
});

describe("limits", () => {
  it("say size, limit and the way out when a point or a run cannot fit", () => {
    expect(() => checkPointItemFits(25_000)).not.toThrow();
    expect(() => checkPointItemFits(30_000)).toThrow(/takes 484096 bytes, the limit is 409600.*store: "memory"/);
    const paramNames = Array.from({ length: 20_000 }, (_, i) => `coefficient of county ${i}`);
    const item = runItem(makeRun("r", { paramNames, startParams: new Float64Array(20_000) }), extras);
    expect(() => checkRunItemFits(item, 20_000)).toThrow(/run with 20000 parameters does not fit.*limit is 409600/);
  });
});

describe("info", () => {
  const itemOf = (info: unknown) => pointItem("r", makeRow(0, { info }), null);

  it("is JSON as far as JSON can say it, and takes nothing where there is none", () => {
    const info = { converged: true, solver: { name: "bdf", steps: 12 }, defects: [1e-9, 2] };
    expect(itemOf(info).info).toEqual({ S: JSON.stringify(info) });
    expect(Object.keys(itemOf(info))).not.toContain("infoData");
    expect(Object.keys(itemOf(null)).filter((name) => name.startsWith("info"))).toEqual([]);
  });

  it("has typed arrays and long arrays of numbers beside it, little-endian", () => {
    const { info, infoData } = itemOf({ path: Float64Array.of(1.5, -0) });
    expect(JSON.parse(info.S ?? "")).toEqual({ path: { $: "Float64Array", o: 0, n: 2 } });
    expect(Buffer.from(infoData.B ?? []).readDoubleLE(0)).toBe(1.5);
  });

  it("is kept before residuals where both do not fit", () => {
    const rawFun = new Float64Array(30_000);
    const large = { field: new Float64Array(30_000) };
    const both = readPointItem(pointItem("r", makeRow(0, { rawFun, info: large }), null), 0, 2, "t");
    expect([both.rawFunOmitted, both.infoOmitted, both.row.rawFun, both.row.info]).toEqual([true, false, null, large]);
    const tooLarge = { field: new Float64Array(60_000) };
    const alone = readPointItem(pointItem("r", makeRow(0, { rawFun, info: tooLarge }), null), 0, 2, "t");
    expect([alone.rawFunOmitted, alone.infoOmitted, alone.row.rawFun, alone.row.info]).toEqual([
      false,
      true,
      rawFun,
      null,
    ]);
  });
});

describe("durations", () => {
  it("that DynamoDB's decimals cannot hold are 0, and not finite ones are unknown", () => {
    const stored = (workerDuration: number) =>
      readPointItem(pointItem("r", makeRow(0, { workerDuration }), null), 0, 2, "t").row.workerDuration;
    expect(stored(5e-324)).toBe(0);
    expect(stored(Number.POSITIVE_INFINITY)).toBeNaN();
    expect(stored(0.1)).toBe(0.1);
  });
});

describe("usage", () => {
  it("is stored without its zeros, and unknown where an older version wrote the point or the run", () => {
    const usage = { ...noUsage, invocations: 1, coldStarts: 1, billedMs: 113.5, cost: 2.3e-7 };
    const item = pointItem("r", makeRow(0, { usage }), null);
    expect(item.usage).toEqual({
      M: { invocations: { N: "1" }, coldStarts: { N: "1" }, billedMs: { N: "113.5" }, cost: { N: "2.3e-7" } },
    });
    const { usage: kept, ...older } = item;
    expect(readPointItem({ ...older, usage: kept }, 0, 2, "t").row.usage).toEqual(usage);
    expect(readPointItem(older, 0, 2, "t").row.usage).toBeNull();
    expect(readPointItem(pointItem("r", makeRow(0, { usage: noUsage }), null), 0, 2, "t").row.usage).toEqual(noUsage);

    const summary = { success: true, message: "", fun: 1, params: Float64Array.of(1, 2), nFunEvals: 1, nBatches: 1 };
    const run = runItem(makeRun("r", { summary: { ...summary, usage: { ...noUsage, cost: 0.41 } } }), extras);
    expect(readRunItem(run, "t").run.summary?.usage).toEqual({ ...noUsage, cost: 0.41 });
    const { usage: ofRun, ...olderSummary } = run.summary.M ?? {};
    expect(ofRun).toEqual({ M: { cost: { N: "0.41" } } });
    expect(readRunItem({ ...run, summary: { M: olderSummary } }, "t").run.summary).toEqual({ ...summary, usage: null });
  });
});

describe("time to live", () => {
  it("has passed from its second on", () => {
    const item = runItem(makeRun("r"), { ...extras, expiresAt: 1000 });
    expect(item.expiresAt).toEqual({ N: "1000" });
    expect(isExpired(item, 999_999)).toBe(false);
    expect(isExpired(item, 1_000_000)).toBe(true);
    expect(isExpired(runItem(makeRun("r"), extras), 1e15)).toBe(false);
  });
});
