import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { History } from "../../src/recording/history.ts";
import { anyRows } from "./rows.ts";

const shapeAndRows = fc
  .tuple(fc.nat(4), fc.nat(4))
  .chain(([n, p]) => fc.record({ p: fc.constant(p), rows: anyRows(n, p, 60) }));

describe("History", () => {
  it("gives every row back exactly, by position and by iteration", () => {
    fc.assert(
      fc.property(shapeAndRows, ({ p, rows }) => {
        const history = new History(Array.from({ length: p }, (_, i) => `p${i}`));
        for (const row of rows) history.append(row);
        expect([...history]).toEqual(rows);
        expect(rows.map((_, i) => history.row(i))).toEqual(rows);
      }),
    );
  });

  it("agrees with a plain search for the best", () => {
    fc.assert(
      fc.property(shapeAndRows, fc.constantFrom("minimize" as const, "maximize" as const), ({ p, rows }, direction) => {
        const history = History.from(
          Array.from({ length: p }, (_, i) => `p${i}`),
          rows,
        );
        const sign = direction === "minimize" ? 1 : -1;
        const eligible = rows.filter(
          (row) => row.error === null && !Number.isNaN(row.fun) && !Number.isNaN(row.violation),
        );
        const sorted = eligible.toSorted((a, b) => {
          if (a.violation !== b.violation) return a.violation < b.violation ? -1 : 1;
          return a.fun === b.fun ? a.index - b.index : sign * (a.fun < b.fun ? -1 : 1);
        });
        expect(history.best(direction)?.index).toBe(sorted[0]?.index);
        const running = history.runningBest(direction);
        rows.forEach((_, i) => {
          const values = eligible.filter((row) => row.index <= i && row.violation === 0).map((row) => sign * row.fun);
          expect(running[i] === (values.length === 0 ? Number.NaN : sign * Math.min(...values))).toBe(
            values.length > 0,
          );
        });
      }),
    );
  });
});
