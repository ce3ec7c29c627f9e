/** Random problems with random constraints: what an algorithm can ask for satisfies them, and the derivative is that of the composition. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InvalidInputError } from "../../../src/errors.ts";
import {
  type Constraint,
  covariance,
  decreasing,
  equal,
  fixed,
  increasing,
  linear,
  pairwiseEqual,
  probability,
  sdcorr,
} from "../../../src/problem/constraints/constraints.ts";
import { conversionOf } from "../../../src/problem/conversion.ts";
import { freeProblemOf } from "../../../src/problem/free-problem.ts";
import { shapeOf } from "../../../src/problem/tree.ts";
import { holds } from "./holds.ts";

const params = {
  level: 2,
  free: [1, -3],
  cutoffs: [-1, 0.5, 0.5, 4],
  falling: new Float64Array([3, 3, 1]),
  shares: [0.2, 0.5, 0.3],
  cov: [2, 0.3, 1, -0.2, 0.1, 3],
  sdcorr: [1, 2, 0.5, 0.3, -0.4, 0.2],
  weights: [1, 2, 3],
  twins: { a: [5, 6], b: [5, 6] },
};
type Params = typeof params;

const possible: readonly Constraint<Params>[] = [
  fixed((p) => p.level),
  fixed((p) => [p.free[0]]),
  fixed((p) => p.shares),
  fixed((p) => p.cov[0]),
  fixed((p) => p.sdcorr[0]),
  fixed((p) => p.sdcorr[1]),
  fixed((p) => p.sdcorr.slice(0, 3)),
  fixed((p) => p.sdcorr.slice(3)),
  fixed((p) => p.shares[1]),
  increasing((p) => [p.cutoffs[0], p.cutoffs[3]]),
  decreasing((p) => [...p.cutoffs].reverse()),
  equal((p) => p.cutoffs.slice(1, 3)),
  pairwiseEqual([(p) => p.twins.a, (p) => p.twins.b]),
  increasing((p) => p.cutoffs),
  decreasing((p) => p.falling),
  increasing((p) => [p.falling[2], p.level, p.twins.a[0]]),
  probability((p) => p.shares),
  covariance((p) => p.cov),
  covariance((p) => p.cov, { regularization: 0.1 }),
  sdcorr((p) => p.sdcorr),
  linear((p) => p.weights, { weights: [1, -1, 2], value: 5 }),
  linear((p) => [p.weights[0], p.level], { weights: 1, lower: 0, upper: 8 }),
  linear((p) => [p.twins.b[1], p.free[1]], { weights: [1, 2], upper: 0.5 }),
];

const shape = shapeOf(params);
const chosen = fc.uniqueArray(fc.nat({ max: possible.length - 1 }), { minLength: 1, maxLength: 9 });
const scaling = fc.option(fc.record({ magnitude: fc.double({ min: 0.1, max: 10, noNaN: true }) }), { nil: undefined });
const bounds = fc.constantFrom(
  undefined,
  { lower: { free: -10, cutoffs: -2 }, upper: { twins: { a: 7 } } },
  {
    lower: { cutoffs: -2, falling: 0, weights: [1, null, null] },
    upper: { cutoffs: 5, falling: 3, weights: [1, null, null] },
  },
);
const problem = fc.record({ chosen, scaling, bounds });

/** A problem whose constraints go together; null where they do not: that is told, by a message with a constraint's name. */
function freeProblem(given: { chosen: number[]; scaling?: { magnitude: number }; bounds?: object }) {
  const constraints = given.chosen.map((i) => possible[i]);
  try {
    const { conversion, start } = freeProblemOf({ params, ...given, constraints } as never, shape);
    return { constraints, start, conversion: conversionOf(structuredClone(conversion)) };
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidInputError);
    expect((error as Error).message).toMatch(/constraints\[\d\] \(\w+\)/);
    return null;
  }
}

describe("constraints", () => {
  it("hold at every point within the internal bounds, and the start comes back", () => {
    let solved = 0;
    fc.assert(
      fc.property(
        problem,
        fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 40, maxLength: 40 }),
        (given, steps) => {
          const made = freeProblem(given as never);
          if (made === null) return;
          solved += 1;
          const { constraints, conversion, start } = made;
          const x0 = conversion.scaled(start);
          const back = conversion.toExternal(x0);
          for (const [i, value] of shape.flatten(params, "params").entries()) expect(back[i]).toBeCloseTo(value, 7);
          const { lower, upper } = conversion.bounds;
          const x = x0.map((value, j) => Math.min(Math.max(value + 3 * steps[j], lower[j]), upper[j]));
          const external = shape.unflatten(conversion.toExternal(x));
          for (const constraint of constraints)
            expect([constraint, holds(constraint, external, params)]).toEqual([constraint, true]);
        },
      ),
      { numRuns: 400 },
    );
    expect(solved).toBeGreaterThan(100);
  });

  it("have the derivative of the composition", () =>
    fc.assert(
      fc.property(problem, fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 60, maxLength: 60 }), (given, c) => {
        const made = freeProblem(given as never);
        if (made === null) return;
        const { conversion, start } = made;
        const x = conversion.scaled(start).map((v) => v + 0.01);
        const n = shape.length;
        const jac = Float64Array.from({ length: 2 * n }, (_, k) => c[k % c.length]);
        const internal = conversion.derivativeToInternal(jac, x);
        const along = (moved: Float64Array, r: number) =>
          conversion.toExternal(moved).reduce((sum, v, j) => sum + jac[r * n + j] * v, 0);
        const k = x.length;
        for (let j = 0; j < k; j++)
          for (let r = 0; r < 2; r++) {
            const step = 1e-5 * Math.max(1, Math.abs(x[j]));
            const [above, below] = [step, -step].map((d) =>
              along(
                x.map((v, i) => (i === j ? v + d : v)),
                r,
              ),
            );
            const numeric = (above - below) / (2 * step);
            // Where bounds cut a step off, scaled values are clipped.
            if (x[j] - step < conversion.bounds.lower[j] || x[j] + step > conversion.bounds.upper[j]) continue;
            expect(Math.abs(internal[r * k + j] - numeric)).toBeLessThan(1e-4 * (1 + Math.abs(numeric)));
          }
      }),
      { numRuns: 200 },
    ));
});
