/** Constraints that meet in the same parameters: what must be refused, and what must not. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkConstraints, countFreeParams } from "../../../src/problem/check-constraints.ts";
import * as c from "../../../src/problem/constraints/constraints.ts";
import { conversionOf } from "../../../src/problem/conversion.ts";
import { freeProblemOf, type ParamsOptions } from "../../../src/problem/free-problem.ts";
import { shapeOf } from "../../../src/problem/tree.ts";

type List = number[];
const all = (p: List) => p;
const at =
  (...places: number[]) =>
  (p: List) =>
    places.map((place) => p[place]);

/** External parameters at the start, as the first evaluation gets them. */
function firstPoint(options: ParamsOptions<List>): number[] {
  const { conversion, start } = freeProblemOf(options, shapeOf(options.params));
  const space = conversionOf(conversion);
  return Array.from(space.toExternal(space.scaled(start)));
}

describe("the start comes back", () => {
  it.each<readonly [string, List, c.Constraint<List>[]]>([
    ["variances of very different size", [1e8, 0, 1e-5], [c.covariance(all)]],
    ["deviations of very different size", [1e4, 0.003, 1, 0.5, 0.1, 0.2], [c.sdcorr(all)]],
    ["a tiny variance", [1e-13, 2e-7, 1], [c.covariance(all)]],
    ["variances whose product is more than there are numbers", [1e200, 0, 1e200], [c.covariance(all)]],
    [
      "weights of equal parameters that cancel but for rounding",
      [1, 1, 1, 2],
      [c.equal(at(0, 1, 2)), c.linear(at(0, 1, 2), { weights: [0.1, 0.2, -0.3], value: 0 })],
    ],
    [
      "weights of very different size",
      [0.3, 0.3, 0.3],
      [c.linear(all, { weights: [1, 1, 1e-11], value: 0.6 + 0.3e-11 })],
    ],
  ])("%s", (_name, params, constraints) => {
    for (const [i, value] of firstPoint({ params, constraints }).entries())
      expect(value / (params[i] || 1)).toBeCloseTo(params[i] === 0 ? 0 : 1, 9);
  });
});

describe("what is exact", () => {
  it("is what is fixed, also inside a matrix", () => {
    const params = [0.3, 0.1, 2];
    const [first] = firstPoint({ params, constraints: [c.covariance(all), c.fixed(at(0))] });
    expect(first).toBe(0.3);
  });

  it("is a bound of a parameter in a sum", () => {
    const params = [0, 0.4, 0.7];
    const constraints = [c.linear(all, { weights: [0.2, 0.3, 0.8], value: 0.2 * 0 + 0.3 * 0.4 + 0.8 * 0.7 })];
    const options = { params, constraints, bounds: { lower: [0, 0, null] } };
    const { conversion, start } = freeProblemOf<List>(options, shapeOf(params));
    const space = conversionOf(conversion);
    const x0 = space.scaled(start);
    for (let j = 0; j < x0.length; j++) {
      const external = space.toExternal(
        x0.map((value, i) => (i === j ? (space.bounds.lower[i] > -1e9 ? space.bounds.lower[i] : value) : value)),
      );
      for (const i of [0, 1]) expect(external[i]).toBeGreaterThanOrEqual(0);
    }
  });
});

describe("bounds of parameters in order", () => {
  const limits = fc.array(fc.constantFrom(Number.NEGATIVE_INFINITY, 0, 1, Number.POSITIVE_INFINITY), {
    minLength: 8,
    maxLength: 8,
  });
  const moves = fc.array(fc.oneof(fc.double({ min: -4, max: 4, noNaN: true }), fc.constantFrom(0, -1e300, 1e300)), {
    minLength: 8,
    maxLength: 8,
  });

  it("hold with the order at every point, to the bit, where they go together", () => {
    let solved = 0;
    fc.assert(
      fc.property(limits, moves, fc.boolean(), (edges, steps, isScaled) => {
        const params = [0.25, 0.25, 0.5, 0.75];
        const lower = edges.slice(0, 4).map((edge, i) => (edge <= params[i] ? edge : Number.NEGATIVE_INFINITY));
        const upper = edges.slice(4).map((edge, i) => (edge >= params[i] ? edge : Number.POSITIVE_INFINITY));
        const options = {
          params,
          constraints: [c.increasing(all)],
          bounds: { lower, upper },
          scaling: isScaled ? {} : undefined,
        };
        let made: ReturnType<typeof freeProblemOf>;
        try {
          made = freeProblemOf<List>(options, shapeOf(params));
        } catch (error) {
          // Four parameters take four sums and bounds at most, unless both ends are bounded alike.
          expect((error as Error).message).toContain("one lower and one upper bound for all");
          return;
        }
        solved += 1;
        const space = conversionOf(made.conversion);
        const x0 = space.scaled(made.start);
        for (const [i, value] of space.toExternal(x0).entries()) expect(value).toBeCloseTo(params[i], 14);
        const x = x0.map((value, j) =>
          Math.min(Math.max(value + steps[j], space.bounds.lower[j]), space.bounds.upper[j]),
        );
        const external = space.toExternal(x);
        for (let i = 0; i < 4; i++) {
          expect(external[i]).toBeGreaterThanOrEqual(lower[i]);
          expect(external[i]).toBeLessThanOrEqual(upper[i]);
          if (i > 0) expect(external[i]).toBeGreaterThanOrEqual(external[i - 1]);
        }
      }),
      { numRuns: 500 },
    );
    expect(solved).toBeGreaterThan(200);
  });
});

describe("a row that follows from others but for more than rounding", () => {
  it("stays, though bounds are large", () => {
    const options = {
      params: [-1e308, 1e308],
      constraints: [c.increasing(all)],
      bounds: { lower: -1.7e308, upper: 1.7e308 },
    };
    expect(() => checkConstraints(options)).toThrow("params[0] - params[1] <= 0 (constraints[0] (increasing))");
    const near = {
      params: [0, 1e12],
      constraints: [c.increasing(all)],
      bounds: { lower: [null, 1e12 - 1], upper: [1e12, null] },
    };
    expect(() => checkConstraints(near)).toThrow("params[0] - params[1] <= 0 (constraints[0] (increasing))");
  });
});

describe("a parameter in small units, with a small weight", () => {
  it.each<readonly [string, List, readonly [readonly number[], readonly number[]], number]>([
    [
      "beside others",
      [1, 2, 3e11],
      [
        [1, 1, 1e-11],
        [1, 1, 0],
      ],
      3,
    ],
    [
      "with another weight in the other sum",
      [1, 2, 3e11],
      [
        [1, 1, 1e-11],
        [1, 1, 3e-11],
      ],
      3,
    ],
    [
      "in much smaller units",
      [1, 2, 3e18],
      [
        [1, 1, 1e-18],
        [1, 1, 0],
      ],
      3,
    ],
  ])("%s, is bounded by both sums", (_name, params, weights, free) => {
    const sum = (list: readonly number[], p: ArrayLike<number>) =>
      list.reduce((total, weight, i) => total + weight * p[i], 0);
    const constraints = weights.map((one) => c.linear(all, { weights: one, upper: 20 }));
    const { conversion, start } = freeProblemOf<List>({ params, constraints }, shapeOf(params));
    expect(start).toHaveLength(free);
    const space = conversionOf(conversion);
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -1e3, max: 1e3, noNaN: true }), { minLength: free, maxLength: free }),
        (steps) => {
          const moved = start.map((value, j) => value + steps[j] * Math.max(1, Math.abs(value)));
          const x = moved.map((value, j) => Math.min(Math.max(value, space.bounds.lower[j]), space.bounds.upper[j]));
          const external = space.toExternal(x);
          for (const one of weights) {
            const slack = 1e-9 * one.reduce((total, weight, i) => total + Math.abs(weight * external[i]), 1);
            expect(sum(one, external)).toBeLessThanOrEqual(20 + slack);
          }
        },
      ),
    );
    const values = weights.map((one) => c.linear(all, { weights: one, value: sum(one, params) }));
    expect(countFreeParams({ params, constraints: values })).toBe(1);
    expect(firstPoint({ params, constraints: values })[2] / params[2]).toBeCloseTo(1, 4);
  });
});

describe("refused", () => {
  it.each<readonly [string, List, c.Constraint<List>[], string]>([
    [
      "a covariance that is equal to a variance",
      [1, 1, 2],
      [c.covariance(all), c.equal(at(0, 1))],
      "of params[0] constraints[0] (covariance) has it twice",
    ],
    [
      "a correlation that is equal to a deviation",
      [0.5, 1, 0.5],
      [c.sdcorr(all), c.equal(at(0, 2))],
      "of params[0] constraints[0] (sdcorr) has it twice",
    ],
    [
      "a deviation that is a covariance",
      [1, 0.2, 1, 2, 0.1],
      [c.covariance(at(0, 1, 2)), c.sdcorr(at(1, 3, 4))],
      "the bounds of params[1] by constraints[1] (sdcorr) are [0, Infinity]",
    ],
    [
      "the same the other way round",
      [1, 0.2, 1, 2, 0.1],
      [c.sdcorr(at(1, 3, 4)), c.covariance(at(0, 1, 2))],
      "the bounds of params[1] by constraints[0] (sdcorr) are [0, Infinity]",
    ],
    [
      "a variance below the regularization, without covariances",
      [1, 0, 2],
      [c.covariance(all, { regularization: 1.5 }), c.fixed(at(1))],
      "asks params[0] to be within [1.5, Infinity], but it is 1",
    ],
    [
      "the larger of two regularizations",
      [1, 0.9, 1],
      [c.covariance(all), c.covariance(all, { regularization: 0.5 })],
      "with regularization 0.5 each pivot",
    ],
    [
      "a singular start",
      [1, 0, 0],
      [c.covariance(all)],
      "the matrix is singular at the start (its pivot at params[2] is zero)",
    ],
    ["a correlation without a deviation", [0, 1, 1, 0.5, 0, 0], [c.sdcorr(all)], "its pivot at params[0] is zero"],
    [
      "an order all the way round",
      [1, 1, 1],
      [c.increasing(all), c.increasing(at(2, 0))],
      "Parameters of which each is at most the next, all the way round, are equal(…).",
    ],
    [
      "an order by two ways",
      [0, 1, 2, 3],
      [c.increasing(at(0, 1, 3)), c.increasing(at(0, 2, 3))],
      "Leave one out, or widen it until it follows from the others.",
    ],
    [
      "a fixed correlation among free ones",
      [1, 2, 3, 0.5, 0.3, 0.2],
      [c.sdcorr(all), c.fixed(at(3))],
      "fixing some of its correlations, or a deviation beside a regularization: params[3] is fixed. Fix all of them, or none.",
    ],
    [
      "a sum that is more than there are numbers",
      [1e308, 1, 2],
      [c.linear(all, { weights: [10, 1, 1], lower: 0 }), c.fixed(at(0))],
      "its terms add up to more than there are numbers",
    ],
    ["an indefinite matrix with a zero variance", [0, 1e-6, 1], [c.covariance(all)], "not positive semidefinite"],
    [
      "a type that there is not",
      [1, 2],
      [{ type: "increasin", select: all } as never],
      'constraints[0]: unknown type "increasin". Did you mean increasing?',
    ],
    [
      "a selector of another collection",
      [1, 2],
      [c.fixed((p) => [p[1], new Set(p)])],
      "among them is an instance of Set",
    ],
  ])("%s", (_name, params, constraints, message) => {
    expect(() => checkConstraints({ params, constraints })).toThrow(message);
  });

  it("a difference with a value, without advice on orders", () => {
    const options = {
      params: [0.5, 1],
      constraints: [c.linear(all, { weights: [1, -1], value: -0.5 })],
      bounds: { lower: 0, upper: 3 },
    };
    expect(() => checkConstraints(options)).toThrow(/widen it until it follows from the others\.$/);
  });
});

describe("not refused", () => {
  it.each<readonly [string, ParamsOptions<List>, number]>([
    [
      "sums that say the same but for rounding",
      {
        params: [1, 2],
        constraints: [c.linear(all, { weights: 0.1, value: 0.3 }), c.linear(all, { weights: 1, value: 3 })],
      },
      1,
    ],
    [
      "bounds of multiples of a sum",
      {
        params: [1, 2],
        constraints: [c.linear(all, { weights: [3, 0.7], upper: 50 }), c.linear(all, { weights: [30, 7], lower: 0 })],
      },
      2,
    ],
    [
      "a lower bound of all that increase",
      { params: [1, 2, 3], constraints: [c.increasing(all)], bounds: { lower: 0 } },
      3,
    ],
    [
      "an upper bound of all that increase",
      { params: [1, 2, 3], constraints: [c.increasing(all)], bounds: { upper: 9 } },
      3,
    ],
    [
      "both bounds of all that increase",
      { params: [1, 2, 3], constraints: [c.increasing(all)], bounds: { lower: 0, upper: 9 } },
      3,
    ],
    [
      "a lower bound of the first and an upper one of the last",
      {
        params: [3, 2, 1],
        constraints: [c.decreasing(all)],
        bounds: { lower: [null, null, 0], upper: [9, null, null] },
      },
      3,
    ],
    [
      "bounds that follow from a fixed one",
      { params: [1, 2, 3], constraints: [c.increasing(all), c.fixed(at(0))], bounds: { lower: -1, upper: 9 } },
      2,
    ],
    [
      "bounds that keep the order themselves",
      { params: [1, 2, 3], constraints: [c.increasing(all)], bounds: { lower: [0, 1, 3], upper: [1, 2, 4] } },
      3,
    ],
    [
      "the same order by many constraints",
      {
        params: [1, 2, 3],
        constraints: [
          c.increasing(all),
          c.increasing(at(0, 2)),
          c.increasing(all),
          c.decreasing(at(2, 1)),
          c.linear(at(0, 2), { weights: [-3, 3], lower: 0 }),
        ],
      },
      3,
    ],
    [
      "sums that follow from others",
      {
        params: [4, 5, 6],
        constraints: [
          c.linear(all, { weights: 1, value: 15 }),
          c.linear(at(0, 1), { weights: 1, value: 9 }),
          c.linear(at(2), { weights: 1, upper: 6 }),
          c.linear(at(0), { weights: 1, upper: 6 }),
        ],
      },
      1,
    ],
    [
      "sums with values to eight digits that follow from others",
      {
        params: [1 / 3, 1 / 3, 1 / 3, 2],
        constraints: [
          c.linear(at(0, 1, 2), { weights: 1, value: 1 }),
          c.linear(at(0, 1), { weights: 1, value: 0.666666667 }),
          c.linear(at(1, 2), { weights: 1, value: 0.666666667 }),
          c.linear(at(0, 2), { weights: [1, -1], value: 0 }),
          c.linear(at(0, 1, 2), { weights: [1, 2, 1], value: 1.33333333 }),
        ],
      },
      1,
    ],
    [
      "a bound of a sum that the bounds of its parameters keep",
      { params: [4, 5], constraints: [c.linear(all, { weights: 1, lower: -1 })], bounds: { lower: 0 } },
      2,
    ],
    [
      "an upper bound of a sum, where only its lower one is kept",
      {
        params: [4, 5],
        constraints: [c.linear(all, { weights: 1, lower: -1, upper: 20 })],
        bounds: { lower: [0, null] },
      },
      2,
    ],
    [
      "equal bounds among those that increase",
      {
        params: [1, 2, 3],
        constraints: [c.increasing(all)],
        bounds: { lower: [null, 2, null], upper: [null, 2, null] },
      },
      2,
    ],
    ["a fixed probability", { params: [0.2, 0.3, 0.5], constraints: [c.probability(all), c.fixed(at(0))] }, 1],
    [
      "a probability with equal bounds",
      {
        params: [0.2, 0.3, 0.5],
        constraints: [c.probability(all)],
        bounds: { lower: [0.2, null, null], upper: [0.2, null, null] },
      },
      1,
    ],
    [
      "a variance that is bounded by a sum of itself",
      { params: [1, 0.1, 2], constraints: [c.covariance(all), c.linear(at(0), { weights: 2, lower: 1 })] },
      3,
    ],
    [
      "fixed deviations beside correlations",
      { params: [1, 2, 3, 0.5, 0.3, 0.2], constraints: [c.sdcorr(all), c.fixed(at(0, 1, 2))] },
      3,
    ],
    [
      "fixed correlations beside deviations",
      { params: [1, 2, 3, 0.5, 0.3, 0.2], constraints: [c.sdcorr(all), c.fixed(at(3, 4, 5))] },
      3,
    ],
    ["probabilities at 0 and 1", { params: [1, 0, 0], constraints: [c.probability(all)] }, 2],
  ])("%s", (_name, options, free) => {
    expect(countFreeParams(options)).toBe(free);
  });

  it("distances of many neighbours, above one lower bound", () => {
    const params = Array.from({ length: 300 }, (_, i) => i);
    const constraints = params.slice(1).map((i) => c.linear(at(i - 1, i), { weights: [-1, 1], lower: 0.1 }));
    expect(countFreeParams({ params, constraints, bounds: { lower: 0 } })).toBe(300);
  });

  it("many parameters in a sum", () => {
    const params = new Array<number>(2_000).fill(1);
    expect(countFreeParams({ params, constraints: [c.linear(all, { weights: 1, value: 2_000 })] })).toBe(1_999);
  });
});
