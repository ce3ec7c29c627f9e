import { describe, expect, it } from "vitest";
import { leastSquares, minimize, type NumdiffOptions } from "../../src/index.ts";

interface Params {
  readonly a: number;
  readonly b: number;
}
const params: Params = { a: 2, b: 0.5 };
const t = [0, 1, 2, 3, 4, 5];
const y = t.map((s) => 3 * Math.exp(-0.7 * s));
const fun = leastSquares(({ a, b }: Params) => t.map((s, i) => a * Math.exp(-b * s) - y[i]));
const quiet = { progress: false, algorithm: "levenberg-marquardt" } as const;

/** The result, and the points of its first batch. */
async function run(numdiff: NumdiffOptions<Params>, more: object = {}) {
  const result = await minimize({ fun, params, numdiff, ...quiet, ...more });
  const first = result.history.batch.filter((batch) => batch === 0).length;
  return { result, points: Array.from({ length: first }, (_, i) => Array.from(result.history.row(i).params)) };
}

describe("numdiff", () => {
  it.each<[NumdiffOptions<Params>, number[][]]>([
    [
      { method: "forward", relativeStep: 1 / 8 },
      [
        [2, 0.5],
        [2.25, 0.5],
        [2, 0.5625],
      ],
    ],
    [
      { method: "backward", relativeStep: 1 / 8 },
      [
        [2, 0.5],
        [1.75, 0.5],
        [2, 0.4375],
      ],
    ],
    [
      { method: "backward", absoluteStep: { a: 1 / 2, b: 1 / 4 } },
      [
        [2, 0.5],
        [1.5, 0.5],
        [2, 0.25],
      ],
    ],
    [
      { method: "central", absoluteStep: 1 / 4 },
      [
        [2, 0.5],
        [2.25, 0.5],
        [1.75, 0.5],
        [2, 0.75],
        [2, 0.25],
      ],
    ],
    [
      { method: "forward", absoluteStep: 1 / 8, richardson: 1 },
      [
        [2, 0.5],
        [2.125, 0.5],
        [2.25, 0.5],
        [2, 0.625],
        [2, 0.75],
      ],
    ],
  ])("%j takes these points, all in the first batch", async (numdiff, expected) => {
    const { result, points } = await run(numdiff, { maxFunEvals: expected.length });
    expect(points).toEqual(expected);
    expect(result.nBatches).toBe(1);
  });

  it("has its steps in the unit of the parameters, whatever the scaling", async () => {
    const scaling = { clippingValue: 1e-3, magnitude: 16 };
    const { points } = await run({ method: "forward", absoluteStep: 1 / 8 }, { scaling, maxFunEvals: 3 });
    expect(points).toEqual([
      [2, 0.5],
      [2.125, 0.5],
      [2, 0.625],
    ]);
  });

  it.each<NumdiffOptions<Params>>([
    { method: "forward" },
    { method: "backward" },
    { method: "central" },
    { method: "central", richardson: 2 },
    { richardson: 1 },
    { accuracy: 1e-12 },
    { absoluteStep: { a: 1e-6 } },
  ])("%j reaches the minimum", async (numdiff) => {
    const { result } = await run(numdiff);
    expect(result.params.a).toBeCloseTo(3, 6);
    expect(result.params.b).toBeCloseTo(0.7, 6);
  });

  it("is refused beside jac", async () => {
    const jac = ({ a, b }: Params) => t.map((s) => [Math.exp(-b * s), -a * s * Math.exp(-b * s)]);
    await expect(minimize({ fun, params, jac, numdiff: { method: "central" }, ...quiet })).rejects.toThrow(
      "minimize: the option numdiff has no effect where jac gives the derivative. Drop numdiff, or jac to take differences.",
    );
    const funAndJac = (p: Params) => ({ value: [p.a], jac: jac(p) });
    await expect(minimize({ fun, params, funAndJac, numdiff: {}, ...quiet })).rejects.toThrow(/where funAndJac gives/);
  });

  it("suggests names", async () => {
    const numdiff = { steps: 1, methode: "central" } as never;
    await expect(minimize({ fun, params, numdiff, ...quiet })).rejects.toThrow(/numdiff: unknown option/);
  });
});
