/** Constraints that meet in the same parameters: what must be refused, and what must not. */
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
    ["probabilities at 0 and 1", { params: [1, 0, 0], constraints: [c.probability(all)] }, 2],
  ])("%s", (_name, options, free) => {
    expect(countFreeParams(options)).toBe(free);
  });

  it("many parameters in a sum", () => {
    const params = new Array<number>(2_000).fill(1);
    expect(countFreeParams({ params, constraints: [c.linear(all, { weights: 1, value: 2_000 })] })).toBe(1_999);
  });
});
