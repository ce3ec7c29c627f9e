import { stripVTControlCharacters } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InvalidInputError } from "../../src/errors.ts";
import { linearAxis, logAxis, logScaleHelps } from "../../src/report/chart-axis.ts";
import { criterionChart } from "../../src/report/criterion-chart.ts";
import { terminalChart } from "../../src/report/terminal-chart.ts";

describe("axes", () => {
  test("linear ticks are round, at both ends when it may be extended", () => {
    const axis = linearAxis(3, 298, { nTicks: 4, round: true });
    expect(axis.labels).toEqual(["0", "100", "200", "300"]);
    expect(axis.position(0)).toBe(0);
    expect(axis.position(300)).toBe(1);
    expect(axis.value(0.5)).toBe(150);
  });

  test("linear ticks lie within an axis that must not be extended", () => {
    expect(linearAxis(1, 14, { nTicks: 4, round: false }).labels).toEqual(["5", "10"]);
  });

  test("steps of a tenth do not lose the last tick to rounding", () => {
    expect(linearAxis(0, 0.3, { nTicks: 4, round: true }).labels).toEqual(["0", "0.1", "0.2", "0.3"]);
  });

  test("labels have the digits that tell neighbours apart", () => {
    const { labels } = linearAxis(1_000_001, 1_000_005, { nTicks: 5, round: true });
    expect(labels).toEqual(["1000001", "1000002", "1000003", "1000004", "1000005"]);
    expect(linearAxis(0, 4e8, { nTicks: 5, round: true }).labels).toEqual(["0", "1e8", "2e8", "3e8", "4e8"]);
  });

  test("logarithmic ticks: 1, 2, 5 over little, powers of ten over much", () => {
    expect(logAxis(3, 45, { nTicks: 6 }).labels).toEqual(["2", "5", "10", "20", "50"]);
    expect(logAxis(4122, 120_321, { nTicks: 4 }).labels).toEqual(["10000", "100000"]);
    expect(logAxis(1e-12, 1e8, { nTicks: 5 }).labels).toEqual(["1e-12", "1e-8", "0.0001", "1", "10000", "1e8"]);
  });

  test("any data lie within their axis, and value inverts position", () => {
    const magnitude = fc.double({ min: 1e-9, max: 1e9, noNaN: true });
    fc.assert(
      fc.property(magnitude, magnitude, fc.integer({ min: 2, max: 9 }), (a, b, nTicks) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        for (const axis of [linearAxis(low, high, { nTicks, round: true }), logAxis(low, high, { nTicks })]) {
          expect(axis.position(low)).toBeGreaterThanOrEqual(-1e-6);
          expect(axis.position(high)).toBeLessThanOrEqual(1 + 1e-6);
          expect(axis.ticks.length).toBeLessThanOrEqual(2 * nTicks + 2);
          expect(new Set(axis.labels).size).toBe(axis.labels.length);
          expect(axis.value(axis.position(high)) / high).toBeCloseTo(1, 6);
        }
      }),
    );
  });

  test("a logarithmic scale is taken for positive values that differ by a factor of twenty", () => {
    expect(logScaleHelps([1, Number.NaN, 20])).toBe(true);
    expect(logScaleHelps([1, 19])).toBe(false);
    expect(logScaleHelps([0, 1000])).toBe(false);
    expect(logScaleHelps([])).toBe(false);
  });
});

/** Rows of the plotting area, without axis. */
function plotRows(chart: string): string[] {
  return chart
    .split("\n")
    .filter((line) => /[│┤]/.test(line))
    .map((line) => line.replace(/^[^│┤]*[│┤]/, ""));
}

describe("terminalChart", () => {
  const line = { name: "model", kind: "line", x: [0, 10], y: [0, 10] } as const;
  const points = { name: "data", kind: "points", x: [0, 5, 10], y: [10, 5, 0] } as const;

  test("draws data over fit, with axes, labels and a legend", () => {
    const chart = terminalChart({
      series: [points, line],
      title: "Fit",
      xLabel: "day",
      yLabel: "in bed",
      width: 26,
      height: 5,
    });
    expect(chart.split("\n")).toEqual([
      "Fit",
      "in bed",
      "10 ┤●                 ╭───",
      "   │             ╭────╯",
      " 5 ┤       ╭───●─╯",
      "   │  ╭────╯",
      " 0 ┤──╯                  ●",
      "   └┬──────────┬─────────┬",
      "    0          5        10",
      "             day",
      "  ● data    ── model",
    ]);
  });

  test("a point stands where its value is", () => {
    const chart = terminalChart({ series: [points], width: 44, height: 11 });
    const rows = plotRows(chart);
    const marked = rows.flatMap((row, i) => [...row].flatMap((glyph, j) => (glyph === "●" ? [[i, j]] : [])));
    const columns = 44 - 4;
    expect(marked).toEqual([
      [0, 0],
      [5, Math.round((columns - 1) / 2)],
      [10, columns - 1],
    ]);
  });

  test("a step holds its value until the next", () => {
    const chart = terminalChart({
      series: [{ name: "best", kind: "step", x: [0, 9, 10], y: [4, 0, 0] }],
      width: 24,
      height: 5,
    });
    const [top] = plotRows(chart);
    expect(top.length).toBeGreaterThan(15);
    expect(top).toMatch(/^─+╮$/);
  });

  test("two lines differ without colour", () => {
    const chart = terminalChart({ series: [line, { ...line, name: "other", y: [10, 0] }], width: 40 });
    expect(chart).toContain("── model    ━━ other");
    expect(plotRows(chart).join("")).toMatch(/━.*─|─.*━/);
  });

  test("is the same with colours but for control sequences", () => {
    const series = [points, line];
    const colored = terminalChart({ series, color: true });
    expect(colored).not.toBe(stripVTControlCharacters(colored));
    expect(stripVTControlCharacters(colored)).toBe(terminalChart({ series }));
  });

  test("never exceeds its width, whatever the values", () => {
    const value = fc.oneof(fc.double(), fc.constantFrom(0, 1, -1, 1e-300, 1e300, Number.NaN, Number.POSITIVE_INFINITY));
    fc.assert(
      fc.property(
        fc.array(value, { maxLength: 12 }),
        fc.constantFrom("points", "line", "step"),
        fc.integer({ min: 30, max: 90 }),
        fc.integer({ min: 3, max: 20 }),
        fc.constantFrom("linear", "auto"),
        (y, kind, width, height, yScale) => {
          const x = y.map((_, i) => i);
          const chart = terminalChart({ series: [{ name: "s", kind, x, y }], width, height, yScale });
          for (const row of plotRows(chart)) expect(row.length).toBeLessThanOrEqual(width);
          expect(chart).not.toContain("NaN");
        },
      ),
    );
  });

  test("without a finite value it says so", () => {
    expect(terminalChart({ series: [{ ...points, y: [Number.NaN, Number.NaN, Number.NaN] }], title: "Fit" })).toBe(
      "Fit\n(no finite values to draw)",
    );
  });

  test.each([
    [{ series: [{ ...points, x: [1] }] }, /x and y of series "data" must be equally long, received 1 and 3/],
    [{ series: [points], width: 5 }, /width must be at least 20 columns/],
    [{ series: [points], yScale: "log" }, /yScale "log" needs positive values, series "data"/],
  ] as const)("refuses %o", (options, message) => {
    expect(() => terminalChart(options)).toThrow(InvalidInputError);
    expect(() => terminalChart(options)).toThrow(message);
  });
});

describe("criterionChart", () => {
  test("falls to the smallest value and holds it to the end; failed points are left out", () => {
    const fun = Float64Array.of(1000, Number.NaN, 2000, 10, 500, 10, 900, 900);
    const chart = criterionChart({ fun, length: fun.length }, "minimize", { yLabel: "sum of squares" });
    const rows = plotRows(chart);
    expect(chart).toContain("sum of squares (log scale)");
    expect(rows[0]).toMatch(/^─+╮$/);
    expect(rows[rows.length - 1]).toMatch(/^ +╰─+$/);
  });

  test("maximize rises", () => {
    const fun = Float64Array.of(-1000, -2000, -10, -500);
    const rows = plotRows(criterionChart({ fun, length: fun.length }, "maximize"));
    expect(rows[0]).toMatch(/^ +╭─+$/);
  });

  test("a history without values", () => {
    expect(criterionChart({ fun: new Float64Array(0), length: 0 }, "minimize")).toContain("(no finite values to draw)");
  });
});
