import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { itemBytes, maxItemBytes } from "../../src/recording/dynamodb/item-size.ts";
import { pointItem, readPointItem } from "../../src/recording/dynamodb/point-items.ts";
import { readRunItem, readStepItem, runItem, stepItem } from "../../src/recording/dynamodb/run-items.ts";
import { decodeFloat64, encodeFloat64 } from "../../src/recording/float64.ts";
import type { RunRecord } from "../../src/recording/types.ts";
import { anyDouble, anyRows, anyUsage, bits, doubles, makeRow, makeRun } from "./rows.ts";

const shapeAndRows = fc
  .tuple(fc.nat(4), fc.nat(4))
  .chain(([n, p]) => fc.record({ p: fc.constant(p), rows: anyRows(n, p) }));
const extras = { writerId: "w", expiresAt: null, nPoints: null };

describe("float64 as bytes", () => {
  it("gives every double back with its bits, and is IEEE 754 little-endian", () => {
    fc.assert(
      fc.property(fc.nat(20).chain(doubles), (values) => {
        const bytes = encodeFloat64(values);
        expect(bits(decodeFloat64(bytes) ?? [])).toEqual(bits(values));
        values.forEach((value, i) => {
          const read = Buffer.from(bytes).readDoubleLE(8 * i);
          expect(Object.is(read, value)).toBe(true);
        });
      }),
    );
  });

  it("reads bytes that start anywhere, and refuses broken ones", () => {
    const shifted = Buffer.concat([Buffer.of(7), encodeFloat64([Math.PI])]).subarray(1);
    expect(decodeFloat64(shifted)).toEqual(Float64Array.of(Math.PI));
    expect(decodeFloat64(new Uint8Array(12))).toBeNull();
  });
});

describe("point items", () => {
  it("give every row back exactly", () => {
    fc.assert(
      fc.property(shapeAndRows, ({ p, rows }) => {
        for (const row of rows) {
          const { row: read, rawFunOmitted, infoOmitted } = readPointItem(pointItem("r", row, 7), row.index, p, "t");
          expect([rawFunOmitted, infoOmitted]).toEqual([false, false]);
          expect(bits(read.x)).toEqual(bits(row.x));
          expect(bits(read.params)).toEqual(bits(row.params));
          expect(bits([read.fun])).toEqual(bits([row.fun]));
          expect(bits(read.rawFun ?? [])).toEqual(bits(row.rawFun ?? []));
          const { x, params, fun, rawFun, info, ...rest } = row;
          expect(read).toMatchObject(rest);
          expect(read.info).toEqual(info);
          expect(read.rawFun === null).toBe(rawFun === null);
        }
      }),
    );
  });

  it("never exceed the limit: the error is cut, info and rawFun are left out", () => {
    const length = fc.integer({ min: 0, max: 60_000 });
    const text = fc.tuple(fc.constantFrom("e", "é", "𝄞"), fc.nat(500_000)).map(([s, n]) => s.repeat(n));
    fc.assert(
      fc.property(length, length, length, fc.option(text), (nParams, nRaw, nInfo, error) => {
        fc.pre(nParams <= 25_000);
        const params = new Float64Array(nParams).fill(Math.E);
        const info = { path: new Float64Array(nInfo), note: "é".repeat(nInfo % 1000) };
        const row = makeRow(0, { x: params, params, rawFun: new Float64Array(nRaw), error, info });
        const item = pointItem("r", row, null);
        expect(itemBytes(item)).toBeLessThanOrEqual(maxItemBytes);
        const { row: read, rawFunOmitted, infoOmitted } = readPointItem(item, 0, nParams, "t");
        expect(read.rawFun === null).toBe(rawFunOmitted);
        expect(read.info).toEqual(infoOmitted ? null : info);
        // Nothing is left out where there is room for it.
        const room = maxItemBytes - itemBytes(item);
        if (rawFunOmitted) expect(room).toBeLessThan(8 * nRaw + 100);
        if (infoOmitted) expect(room).toBeLessThan(8 * nInfo + 3000);
        expect(read.params).toEqual(params);
        if (error !== null && read.error !== error) {
          const kept = read.error?.replace(/… \(the rest was cut to fit the store\)$/, "") ?? "";
          expect(error.startsWith(kept)).toBe(true);
          expect(kept.length).toBeLessThan(error.length);
        }
      }),
      { numRuns: 50 },
    );
  });
});

describe("run and step items", () => {
  const anyText = fc.string({ unit: "binary" });
  const summary = fc.record({
    success: fc.boolean(),
    message: fc.string({ unit: "grapheme" }),
    fun: anyDouble,
    nFunEvals: fc.nat(),
    nBatches: fc.nat(),
    usage: fc.option(anyUsage),
  });

  it("give every record back exactly, with any names of parameters and any numbers in the options", () => {
    const run = fc.array(fc.oneof(anyText, fc.string({ unit: "binary-ascii" })), { maxLength: 8 }).chain((paramNames) =>
      fc.record({
        paramNames: fc.constant(paramNames),
        startParams: doubles(paramNames.length),
        options: fc.dictionary(fc.string(), fc.oneof(anyDouble, fc.boolean(), fc.string(), fc.array(anyDouble))),
        summary: fc.option(
          fc.tuple(summary, doubles(paramNames.length)).map(([rest, params]) => ({ ...rest, params })),
        ),
        nPoints: fc.option(fc.nat()),
      }),
    );
    fc.assert(
      fc.property(run, ({ paramNames, startParams, options, summary, nPoints }) => {
        const record: RunRecord = makeRun("r", { paramNames, startParams, summary, algorithmOptions: options });
        const read = readRunItem(runItem(record, { ...extras, nPoints }), "t");
        expect(read).toEqual({ run: record, nPoints });
        expect(bits(read.run.startParams)).toEqual(bits(startParams));
      }),
    );
  });

  it("give steps back", () => {
    const step = {
      step: 3,
      kind: "exploration",
      name: "",
      status: "scheduled",
      startedAt: null,
      endedAt: null,
    } as const;
    expect(readStepItem(stepItem("r", step, null), 3, "t")).toEqual(step);
    const ended = {
      ...step,
      name: "explore",
      status: "failed",
      startedAt: 1.5,
      endedAt: 1_700_000_000_000.123,
    } as const;
    expect(readStepItem(stepItem("r", ended, 9), 3, "t")).toEqual(ended);
  });
});
