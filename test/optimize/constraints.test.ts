/** Constrained problems whose solutions are known in closed form, or by another method. */
import { describe, expect, it } from "vitest";
import {
  type Constraint,
  covariance,
  decreasing,
  equal,
  fixed,
  increasing,
  leastSquares,
  likelihood,
  linear,
  maximize,
  minimize,
  pairwiseEqual,
  probability,
  sdcorr,
} from "../../src/index.ts";

const target = [0.9, -0.4, 0.55, 0.2, 1.3, 1.1];
const distance = leastSquares((p: number[]) => p.map((one, i) => one - target[i]));
const jac = (p: number[]) => p.map((_, i) => p.map((__, j) => (i === j ? 1 : 0)));
const mean = (list: readonly number[]) => list.reduce((sum, one) => sum + one, 0) / list.length;

/** Isotonic regression by pooling adjacent violators: Barlow et al., Statistical Inference under Order Restrictions (1972), chapter 1. */
function pooled(values: readonly number[]): number[] {
  const blocks: number[][] = [];
  for (const value of values) {
    blocks.push([value]);
    while (blocks.length > 1 && mean(blocks[blocks.length - 2]) > mean(blocks[blocks.length - 1]))
      blocks.splice(-2, 2, [...blocks[blocks.length - 2], ...blocks[blocks.length - 1]]);
  }
  return blocks.flatMap((block) => block.map(() => mean(block)));
}

/** Projection onto the simplex: Duchi et al., Efficient Projections onto the l1-Ball (2008), figure 1. */
function projected(values: readonly number[]): number[] {
  const sorted = values.toSorted((a, b) => b - a);
  let threshold = 0;
  let sum = 0;
  for (const [i, value] of sorted.entries()) {
    sum += value;
    if (value - (sum - 1) / (i + 1) > 0) threshold = (sum - 1) / (i + 1);
  }
  return values.map((value) => Math.max(value - threshold, 0));
}

const shifted = (by: number) => target.map((one) => one + by);
const pair = (target[0] + target[3]) / 2;
const problems: ReadonlyArray<readonly [string, Constraint<number[]>[], readonly number[], readonly number[]]> = [
  ["fixed", [fixed((p) => [p[1], p[4]])], [0, 2, 0, 0, 3, 0], [0.9, 2, 0.55, 0.2, 3, 1.1]],
  ["equal", [equal((p) => p)], [1, 1, 1, 1, 1, 1], target.map(() => mean(target))],
  [
    "pairwise equal",
    [pairwiseEqual([(p) => [p[0], p[1]], (p) => [p[3], p[2]]])],
    [1, 2, 2, 1, 0, 0],
    [pair, (target[1] + target[2]) / 2, (target[1] + target[2]) / 2, pair, 1.3, 1.1],
  ],
  ["increasing", [increasing((p) => p)], [0, 1, 2, 3, 4, 5], pooled(target)],
  ["decreasing", [decreasing((p) => p)], [5, 4, 3, 2, 1, 0], pooled(target.toReversed()).toReversed()],
  ["probability", [probability((p) => p)], target.map(() => 1 / 6), projected(target)],
  ["a sum", [linear((p) => p, { weights: 1, value: 3 })], target.map(() => 0.5), shifted((3 - mean(target) * 6) / 6)],
  ["a sum that does not bind", [linear((p) => p, { weights: 1, upper: 9 })], target.map(() => 0.5), target],
  [
    "equal parameters among increasing ones",
    [equal((p) => [p[0], p[1]]), increasing((p) => p)],
    [0, 0, 1, 2, 3, 4],
    pooled(target),
  ],
  [
    "a fixed one among those of a sum",
    [fixed((p) => p[5]), linear((p) => p, { weights: 1, value: 3 })],
    [0.5, 0.5, 0.5, 0.5, 0.5, 0.5],
    [...target.slice(0, 5).map((one) => one + (2.5 - mean(target.slice(0, 5)) * 5) / 5), 0.5],
  ],
];

describe.each(problems)("%s", (_name, constraints, params, solution) => {
  it.each([{}, { jac }, { scaling: { magnitude: 3 } }])("has the known solution (%j)", async (more) => {
    const options = { fun: distance, params: [...params], constraints, progress: false, ...more };
    const result = await minimize({ ...options, algorithm: "levenberg-marquardt" });
    for (const [i, value] of solution.entries()) expect(result.params[i]).toBeCloseTo(value, 4);
    expect(result.startParams).toEqual(params);
  });
});

describe("a probability that is largest at the start", () => {
  const wanted = [-0.3, 0.5, 0.4, 0.2];
  it.each([
    [[0.4, 0.2, 0.2, 0.2]],
    [[0.7, 0.1, 0.1, 0.1]],
    [[0.97, 0.01, 0.01, 0.01]],
    [[1, 0, 0, 0]],
    [[0.5, 0, 0.5, 0]],
  ])("is zero at the solution, to the bit, from %j", async (params) => {
    const result = await minimize({
      fun: leastSquares((p: number[]) => p.map((one, i) => one - wanted[i])),
      params,
      constraints: (c) => [c.probability((p) => p)],
      algorithm: "levenberg-marquardt",
      progress: false,
    });
    expect(result.success).toBe(true);
    expect(result.params[0]).toBe(0);
    for (const [i, value] of projected(wanted).entries()) expect(result.params[i]).toBeCloseTo(value, 10);
  });
});

/** Within common bounds the solution is that without them, cut off: Barlow et al., as above; Hu, Maximum-likelihood estimation under bound restriction and order and uniform bound restrictions (1997). */
describe("increasing between bounds", () => {
  it.each([
    [1, 0, 1.15],
    [1.15, 0, 1.15],
    [0, 0, 1.15],
    [0.6, 0.5, 2],
    [1.9, 0.5, 2],
  ])("from %d within [%d, %d]", async (start, lower, upper) => {
    for (const more of [{}, { jac }, { scaling: { magnitude: 3 } }]) {
      const result = await minimize({
        fun: distance,
        params: target.map(() => start),
        bounds: { lower, upper },
        constraints: [increasing((p: number[]) => p)],
        algorithm: "levenberg-marquardt",
        progress: false,
        ...more,
      });
      for (const [i, value] of pooled(target).entries())
        expect(result.params[i]).toBeCloseTo(Math.min(Math.max(value, lower), upper), 5);
    }
  });
});

describe("correlations with fixed deviations", () => {
  const deviations = [0.1, 2, 30];
  const wanted = [0.5, -0.3, 0.6];
  it.each([{}, { jac: (p: number[]) => wanted.map((_, i) => p.map((__, j) => (j === i + 3 ? 1 : 0))) }])(
    "are found, the deviations to the bit (%j)",
    async (more) => {
      const result = await minimize({
        fun: leastSquares((p: number[]) => wanted.map((one, i) => p[3 + i] - one)),
        params: [...deviations, 0, 0.1, 0],
        constraints: (c) => [c.sdcorr((p) => p), c.fixed((p) => p.slice(0, 3))],
        algorithm: "levenberg-marquardt",
        progress: false,
        ...more,
      });
      expect(result.params.slice(0, 3)).toEqual(deviations);
      for (const [i, value] of wanted.entries()) expect(result.params[3 + i]).toBeCloseTo(value, 8);
      expect(result.history.params.every((value, k) => k % 6 > 2 || value === deviations[k % 6])).toBe(true);
    },
  );
});

/** Four points in the plane: mean (1, 2), covariance [[2.5, 1.5], [1.5, 2.5]] with weights 1/n. */
const points = [
  [1 + 2, 2 + 2],
  [1 - 2, 2 - 2],
  [1 + 1, 2 - 1],
  [1 - 1, 2 + 1],
];

/** Log density of the bivariate normal distribution, by its inverse in closed form. */
function logDensities(mu: readonly number[], [a, b, c]: readonly number[]): number[] {
  const determinant = a * c - b * b;
  return points.map(([x, y]) => {
    const [dx, dy] = [x - mu[0], y - mu[1]];
    return -0.5 * (Math.log(determinant) + (c * dx * dx - 2 * b * dx * dy + a * dy * dy) / determinant);
  });
}

describe("maximum likelihood of a normal distribution is at the moments of the sample", () => {
  const common = { algorithm: "nelder-mead-parallel", progress: false, maxFunEvals: 20_000 } as const;

  it("by its covariance matrix", async () => {
    const result = await maximize({
      ...common,
      fun: likelihood(({ mu, cov }: { mu: number[]; cov: number[] }) => logDensities(mu, cov)),
      params: { mu: [0, 0], cov: [1, 0, 1] },
      constraints: [covariance((p: { cov: number[] }) => p.cov, { regularization: 1e-6 })],
    });
    for (const [i, value] of [1, 2].entries()) expect(result.params.mu[i]).toBeCloseTo(value, 3);
    for (const [i, value] of [2.5, 1.5, 2.5].entries()) expect(result.params.cov[i]).toBeCloseTo(value, 3);
  });

  it("by standard deviations and their correlation", async () => {
    const result = await maximize({
      ...common,
      fun: likelihood(({ mu, sd }: { mu: number[]; sd: number[] }) => {
        const [s, t, r] = sd;
        return logDensities(mu, [s * s, r * s * t, t * t]);
      }),
      params: { mu: [0, 0], sd: [1, 1, 0] },
      constraints: [sdcorr((p: { sd: number[] }) => p.sd, { regularization: 1e-6 })],
    });
    for (const [i, value] of [Math.sqrt(2.5), Math.sqrt(2.5), 0.6].entries())
      expect(result.params.sd[i]).toBeCloseTo(value, 3);
  });
});

describe("a message of an algorithm", () => {
  it("names parameters as the user does, and says what is in their places", async () => {
    const result = await minimize({
      fun: leastSquares(({ a }: { a: number }) => [a - 1, 2 * a]),
      params: { a: 3, fixed: 1, b: [1, 2], cov: [1, 0, 1], shares: [0.6, 0.4] },
      constraints: (c) => [
        c.fixed((p) => p.fixed),
        c.increasing((p) => p.b),
        c.covariance((p) => p.cov),
        c.probability((p) => p.shares),
      ],
      algorithm: "levenberg-marquardt",
      progress: false,
    });
    expect(result.message).toContain(
      "Without effect on the residuals: b[0], b[1] - b[0], cov[0] (transformed), cov[1] (transformed), cov[2] (transformed), … 6 in all.",
    );
  });

  it("follows from constraints that are resolved once", async () => {
    let resolved = 0;
    await minimize({
      fun: distance,
      params: [...target],
      constraints: (c) => {
        resolved += 1;
        return [c.fixed((p) => p[0])];
      },
      algorithm: "levenberg-marquardt",
      progress: false,
    });
    expect(resolved).toBe(1);
  });
});
