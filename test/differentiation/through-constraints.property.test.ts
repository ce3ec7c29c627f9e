/** Differences in the algorithm's parameters agree with an analytical derivative that goes through constraints and scaling by the chain rule. */
import fc from "fast-check";
import { expect, it } from "vitest";
import type { Answer, PointAnswer, Request, Solution } from "../../src/algorithms/types.ts";
import { type NumdiffOptions, resolveNumdiff, withNumericalDerivatives } from "../../src/differentiation/index.ts";
import { type Constraints, leastSquares } from "../../src/index.ts";
import { conversionOf } from "../../src/problem/conversion.ts";
import { freeProblemOf } from "../../src/problem/free-problem.ts";
import { buildInternalFun } from "../../src/problem/internal-fun.ts";
import { shapeOf } from "../../src/problem/tree.ts";

const params = {
  level: 2,
  cutoffs: [-1, 0.5, 2],
  shares: [0.2, 0.5, 0.3],
  cov: [2, 0.3, 1],
  sdcorr: [1, 2, 0.5],
  weights: [1, 2, 3],
  twins: [5, 5],
};
type Params = typeof params;
const shape = shapeOf(params);
const n = shape.length;

const groups: ReadonlyArray<Constraints<Params>> = [
  (c) => [c.fixed((p) => p.level)],
  (c) => [c.increasing((p) => p.cutoffs)],
  (c) => [c.probability((p) => p.shares)],
  (c) => [c.covariance((p) => p.cov)],
  (c) => [c.sdcorr((p) => p.sdcorr)],
  (c) => [c.linear((p) => p.weights, { weights: [1, -1, 2], value: 5 })],
  (c) => [c.equal((p) => p.twins)],
];

/** Two residuals: Σ wᵢ sin pᵢ and Σ wᵢ pᵢ². */
const weights = Array.from({ length: n }, (_, i) => 1 + (i % 5) / 3);
const sum = (p: Float64Array, f: (value: number) => number) => p.reduce((s, value, i) => s + weights[i] * f(value), 0);
const fun = leastSquares((tree: Params) => {
  const p = shape.flatten(tree, "params");
  return [sum(p, Math.sin), sum(p, (value) => value * value)];
});
const jac = (tree: Params) => {
  const p = shape.flatten(tree, "params");
  return [p.map((value, i) => weights[i] * Math.cos(value)), p.map((value, i) => weights[i] * 2 * value)];
};

const problem = fc.record({
  chosen: fc.uniqueArray(fc.nat(groups.length - 1)),
  scaling: fc.option(fc.record({ magnitude: fc.double({ min: 0.1, max: 10, noNaN: true }) }), { nil: undefined }),
  bounds: fc.constantFrom(
    undefined,
    { lower: { weights: [0.5, null, null], cutoffs: [-2, null, null], level: 2 } },
    { upper: { twins: 5 } },
  ),
});
const options: fc.Arbitrary<NumdiffOptions<Params>> = fc.record(
  {
    method: fc.constantFrom("forward", "backward", "central"),
    richardson: fc.nat(2),
    absoluteStep: fc.constantFrom(1e-5, { level: 1e-6, cov: 1e-5 }),
  },
  { requiredKeys: [] },
);

it("agrees with the chain rule, from one batch within the bounds", async () => {
  await fc.assert(
    fc.asyncProperty(problem, options, async ({ chosen, scaling, bounds }, numdiff) => {
      const constraints = chosen.flatMap((i) => groups[i] as never) as unknown[];
      const made: Constraints<Params> = (c) => constraints.flatMap((one) => (one as (c: unknown) => never[])(c));
      const given = { params, bounds, scaling, constraints: made };
      const free = freeProblemOf(given, shape);
      const conversion = conversionOf(free.conversion);
      const x = conversion.scaled(free.start);
      const internalFun = buildInternalFun({ fun, jac, ...given });
      const settings = { ...resolveNumdiff(numdiff, { params, shape, conversion }), ...conversion.bounds, x0: x };
      const answers: PointAnswer[] = [];
      const generator = withNumericalDerivatives(askOnce(x, answers), settings);
      let turn = generator.next();
      let nBatches = 0;
      while (!turn.done) {
        nBatches += 1;
        const outcomes = await Promise.all(turn.value.points.map((point) => internalFun(point.x)));
        for (const point of turn.value.points)
          point.x.forEach((value, j) => {
            expect(value).toBeGreaterThanOrEqual(conversion.bounds.lower[j]);
            expect(value).toBeLessThanOrEqual(conversion.bounds.upper[j]);
          });
        turn = generator.next(
          outcomes.map(({ value }) => ({ fun: 0, residuals: value as Float64Array, jac: null, failed: false })),
        );
      }
      expect(nBatches).toBe(1);
      const analytical = (await internalFun({ x, want: "jac" })).jac as Float64Array;
      const movable = conversion.bounds.lower.map((value, j) => (value < conversion.bounds.upper[j] ? 1 : 0));
      analytical.forEach((value, k) => {
        const expected = value * movable[k % x.length];
        expect(Math.abs((answers[0].jac?.[k] ?? Number.NaN) - expected)).toBeLessThan(2e-3 * (1 + Math.abs(expected)));
      });
    }),
    { numRuns: 60 },
  );
});

function* askOnce(x: Float64Array, answers: PointAnswer[]): Generator<Request, Solution, Answer> {
  answers.push(...(yield { points: [{ x, want: "funAndJac" }] }));
  return { x, fun: 0, success: true, message: "", nIterations: 0 };
}
