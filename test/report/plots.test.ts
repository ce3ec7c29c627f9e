import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { InvalidInputError } from "../../src/errors.ts";
import { criterionPlotData } from "../../src/report/criterion-plot-data.ts";
import { criterionPlot, fitPlot, type HistoryForPlot, renderSvg } from "../../src/report/plots.ts";

const nan = Number.NaN;
/** Three rounds of 2, 3 and 2 points; the third point failed, the fifth is a derivative alone. */
const history: HistoryForPlot = {
  fun: [1000, 400, nan, 900, nan, 20, 300],
  batch: [0, 0, 1, 1, 1, 2, 2],
  error: [null, null, "Error: singular", null, null, null, null],
  length: 7,
};

function count(svg: string, text: string): number {
  return svg.split(text).length - 1;
}

describe("criterionPlotData", () => {
  test("over evaluations: points, running best to the end, failures, every other round", () => {
    const data = criterionPlotData(history, "minimize", "evaluations");
    expect(data.points.map((p) => p.x)).toEqual([1, 2, 4, 6, 7]);
    expect(data.best).toEqual([
      { x: 1, fun: 1000 },
      { x: 2, fun: 400 },
      { x: 6, fun: 20 },
      { x: 7, fun: 20 },
    ]);
    expect(data.failed).toEqual([{ x: 3 }]);
    expect(data.bands).toEqual([{ from: 2.5, to: 5.5 }]);
    expect(data.end).toBe(7);
  });

  test("over rounds: the best of each round, counted from 1 also in the later step of a run", () => {
    const later = { ...history, batch: Array.from(history.batch, (b) => b + 10) };
    const data = criterionPlotData(later, "minimize", "rounds");
    expect(data.points.map((p) => p.x)).toEqual([1, 1, 2, 3, 3]);
    expect(data.best).toEqual([
      { x: 1, fun: 400 },
      { x: 3, fun: 20 },
    ]);
    expect(data.failed).toEqual([{ x: 2 }]);
  });

  test("maximize: the largest so far", () => {
    const best = criterionPlotData(history, "maximize", "evaluations").best;
    expect(best).toEqual([
      { x: 1, fun: 1000 },
      { x: 7, fun: 1000 },
    ]);
  });

  test("a long history is thinned, its running best is not", () => {
    const n = 10_000;
    const fun = Float64Array.from({ length: n }, (_, i) => n - i);
    const data = criterionPlotData({ fun, batch: new Int32Array(n), length: n }, "minimize", "evaluations");
    expect(data.points.length).toBeLessThanOrEqual(3000);
    expect(data.points.length).toBeGreaterThan(2000);
    expect(data.best[data.best.length - 1]).toEqual({ x: n, fun: 1 });
  });
});

describe("rendered", () => {
  const warnings: unknown[] = [];
  beforeEach(() => {
    warnings.length = 0;
    for (const method of ["warn", "log", "error"] as const)
      vi.spyOn(console, method).mockImplementation((...args: unknown[]) => warnings.push(args));
  });
  afterEach(() => {
    vi.restoreAllMocks();
    expect(warnings).toEqual([]);
  });

  test("criterion of a run: a stand-alone SVG on white with every point, the legend and the titles", async () => {
    const svg = await criterionPlot(history, { title: "Influenza", yTitle: "sum of squares" }).svg();
    expect(svg).toMatch(/^<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
    expect(svg).toContain('fill="white"');
    expect(svg).not.toContain("NaN");
    expect(count(svg, 'aria-roledescription="point"')).toBe(5 + 1);
    for (const text of [
      "Influenza",
      "sum of squares (log scale)",
      "evaluations",
      "best so far",
      "failed",
      "Every other round",
    ])
      expect(svg, text).toContain(text);
  });

  test("without failures the legend does not speak of them", async () => {
    const svg = await criterionPlot({ ...history, error: new Array<null>(7).fill(null) }).svg();
    expect(svg).not.toContain("failed");
  });

  test("several runs: one line and one colour each, names in full", async () => {
    const names = ["levenberg-marquardt", "nelder-mead-parallel with sixteen points"];
    const svg = await criterionPlot([history, history], { names, over: "rounds" }).svg();
    expect(count(svg, 'aria-roledescription="line mark"')).toBe(2);
    for (const text of [...names, "#0072B2", "#D55E00"]) expect(svg, text).toContain(text);
  });

  test("values that are not positive are drawn on a linear scale", async () => {
    const svg = await criterionPlot(
      { ...history, fun: [-1000, -400, nan, -900, nan, -20, -300] },
      { direction: "maximize" },
    ).svg();
    expect(svg).not.toContain("log scale");
    expect(svg).not.toContain("NaN");
  });

  test.each<[string, HistoryForPlot]>([
    ["no point", { fun: [], batch: [], length: 0 }],
    ["one point", { fun: [5], batch: [0], length: 1 }],
    ["only failures", { fun: [nan, nan], batch: [0, 0], error: ["a", "b"], length: 2 }],
    ["a constant", { fun: [7, 7, 7], batch: [0, 0, 1], length: 3 }],
  ])("%s is a picture too", async (_, odd) => {
    const svg = await criterionPlot(odd).svg();
    expect(svg).toContain("</svg>");
    expect(/NaN|Infinity/.test(svg)).toBe(false);
  });

  test("a fit without a value is a picture too", async () => {
    const svg = await fitPlot({ observed: { x: [], y: [] }, fitted: { x: [1], y: [nan] } }).svg();
    expect(/NaN|Infinity/.test(svg)).toBe(false);
  });

  test("fit: data as points, model as a line, both named", async () => {
    const svg = await fitPlot({
      observed: { x: [1, 2, 3, 4], y: [3, 8, nan, 76], name: "in bed" },
      fitted: { x: [0, 2, 4], y: [1, 9, 80] },
      title: "Fit",
      xTitle: "day",
      yTitle: "pupils",
    }).svg();
    expect(count(svg, 'aria-roledescription="point"')).toBe(3);
    expect(count(svg, 'aria-roledescription="line mark"')).toBe(1);
    for (const text of ["Fit", "day", "pupils", "in bed", "model"]) expect(svg, text).toContain(`>${text}<`);
  });

  test("the specification is plain data: it survives JSON and renders the same", async () => {
    const plot = criterionPlot(history);
    expect(await renderSvg(JSON.parse(JSON.stringify(plot.spec)))).toBe(await plot.svg());
  });
});

test("fitPlot refuses x and y of different length and names the series", () => {
  const good = { x: [1], y: [1] };
  expect(() => fitPlot({ observed: good, fitted: { x: [1, 2], y: [1] } })).toThrow(InvalidInputError);
  expect(() => fitPlot({ observed: good, fitted: { x: [1, 2], y: [1] } })).toThrow(
    /x and y of fitted.*received 2 and 1/,
  );
});

test("criterionPlot refuses a logarithmic scale for values that have none", () => {
  expect(() => criterionPlot({ fun: [1, -2], batch: [0, 0], length: 2 }, { yScale: "log" })).toThrow(
    /yScale "log" needs positive values, the history has -2/,
  );
});
