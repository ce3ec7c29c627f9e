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
