import { describe, expect, it } from "vitest";
import { InvalidInputError } from "../../../src/errors.ts";
import { checkConstraints, countFreeParams } from "../../../src/problem/check-constraints.ts";
import * as c from "../../../src/problem/constraints/constraints.ts";

const params = { a: 1, b: [0.2, 0.3, 0.5], cov: [1, 0, 2], free: [4, 5, 6] };
type Params = typeof params;
type Constraints = readonly c.Constraint<Params>[];

const refusals: ReadonlyArray<readonly [string, Constraints, string]> = [
  [
    "not equal",
    [c.equal((p) => p.b)],
    "constraints[0] (equal) does not hold at the start: the parameters are not equal (b[0] = 0.2, b[1] = 0.3, b[2] = 0.5). Move the start.",
  ],
  [
    "not increasing",
    [c.increasing((p) => [p.free[1], p.free[0]])],
    "constraints[0] (increasing) does not hold at the start: a parameter is below the one before it (free[1] = 5, free[0] = 4)",
  ],
  ["not decreasing", [c.decreasing((p) => p.b)], "a parameter is above the one before it"],
  ["no probabilities", [c.probability((p) => p.free)], "they do not sum to 1"],
  [
    "a wrong number for a matrix",
    [c.covariance((p) => [p.a, p.b[0]])],
    "must be about d (d + 1) / 2 parameters for a matrix of dimension d, but its selector picks 2",
  ],
  [
    "not semidefinite",
    [c.covariance((p) => [p.a, p.free[0], p.a].slice(0, 2).concat(p.b[0]))],
    "the matrix is not positive semidefinite",
  ],
  [
    "a sum that is off",
    [c.linear((p) => p.free, { weights: 1, value: 3 })],
    "the weighted sum is 15, which is above 3",
  ],
  [
    "a wrong number of weights",
    [c.linear((p) => p.free, { weights: [1, 2], value: 3 })],
    "expected a weight for each of the 3 parameters that its selector picks, received 2",
  ],
  [
    "pairs of different length",
    [c.pairwiseEqual([(p) => p.b, (p) => p.a])],
    "its selectors must pick the same number of parameters, but they pick 3 and 1",
  ],
  ["a selector that computes", [c.fixed((p) => p.a + 1)], "among them is a number that is none of them"],
  ["a selector that compares", [c.fixed((p) => Math.max(...p.b))], "the same parts of params whatever their values"],
  ["a selector that sorts", [c.increasing((p) => p.b.toSorted())], "the same parts of params whatever their values"],
  ["a selector that filters", [c.fixed((p) => p.b.filter((one) => one > 0))], "its selector picks no parameter"],
  ["a selector that takes sizes", [c.fixed((p) => Math.abs(p.a))], "among them is a number that is none of them"],
  [
    "a selector of what is not there",
    [c.fixed((p) => (p as unknown as { d: number }).d)],
    "among them is undefined: params has no such part",
  ],
  ["a selector that throws", [c.fixed((p) => (p as unknown as { d: number[] }).d[0])], "its selector threw TypeError"],
  ["a selector of nothing", [c.fixed(() => [])], "its selector picks no parameter"],
  ["a parameter twice", [c.increasing((p) => [p.a, p.a])], "its selector picks a twice"],
  [
    "overlapping transformations",
    [c.probability((p) => p.b), c.increasing((p) => p.b)],
    "but of b[0] constraints[0] (probability) and constraints[1] (increasing) both do",
  ],
  [
    "a covariance of which one is fixed",
    [c.covariance((p) => p.cov), c.fixed((p) => p.cov[2])],
    "does not go together with fixing a parameter but its first: cov[2] is fixed. Fix all of them, or none.",
  ],
  [
    "dependent sums",
    [
      c.linear((p) => p.free, { weights: 1, value: 15 }),
      c.linear((p) => p.free.slice(0, 2), { weights: 1, lower: 8 }),
      c.linear((p) => p.free[2], { weights: 1, lower: 5 }),
    ],
    "Too many or dependent linear constraints: free[0] + free[1] + free[2] = 15 (constraints[0] (linear)); 8 <= free[0] + free[1] " +
      "(constraints[1] (linear)); 5 <= free[2] (the bounds of free[2] by constraints[2] (linear)). Each is a weighted sum of the others, so that",
  ],
  [
    "a sum of all that are not negative",
    [
      c.linear((p) => p.b, { weights: 1, value: 1 }),
      ...[0, 1, 2].map((i) => c.linear((p: Params) => p.b[i], { weights: 1, lower: 0 })),
    ],
    "Parameters that are not negative and sum to 1 are probability(…), without bounds.",
  ],
  ["nothing that is free", [c.fixed((p) => [p.a, p.b, p.cov, p.free])], "The constraints leave no free parameter"],
  [
    "pivots below the regularization",
    [c.covariance((p) => p.cov, { regularization: 1.5 })],
    "with regularization 1.5 each pivot of the matrix must be at least that, but that of cov[0] is 1",
  ],
  [
    "what is no constraint",
    [{ fix: 1 } as never],
    "constraints[0] must be what fixed, equal, increasing or the like returned",
  ],
  ["a sum written by hand", [{ type: "linear", select: (p: Params) => p.b } as never], "must be what linear returned"],
  [
    "a nonlinear one written by hand",
    [{ type: "nonlinear", select: (p: Params) => p.b, fun: () => 1, upper: 1 } as never],
    "constraints[0] must be what nonlinear returned",
  ],
  ["a type that is none", [{ type: "increasin", select: (p: Params) => p.b } as never], "Did you mean increasing?"],
];

describe("checkConstraints", () => {
  it.each(refusals)("refuses %s", (_name, constraints, message) => {
    const check = () => checkConstraints({ params, constraints });
    expect(check).toThrow(InvalidInputError);
    expect(check).toThrow(message);
  });

  it("refuses bounds on what has none of its own", () => {
    const check = () =>
      checkConstraints({ params, constraints: [c.probability((p: Params) => p.b)], bounds: { upper: { b: 0.6 } } });
    expect(check).toThrow(
      "does not go together with bounds on its parameters: the bounds of b[0] are [-Infinity, 0.6]",
    );
  });

  it("refuses bounds that differ along a list in order", () => {
    const constraints = [c.increasing((p: Params) => p.free)];
    const check = () =>
      checkConstraints({ params, constraints, bounds: { lower: { free: [0, 1, null] }, upper: { free: 10 } } });
    expect(check).toThrow("Parameters in an order can have one lower and one upper bound for all.");
  });

  it("refuses equal bounds as it does fixes", () => {
    const constraints = [c.covariance((p: Params) => p.cov)];
    const check = () =>
      checkConstraints({
        params,
        constraints,
        bounds: { lower: { cov: [null, null, 2] }, upper: { cov: [null, null, 2] } },
      });
    expect(check).toThrow("fixing a parameter but its first: cov[2] is fixed by its bounds");
  });

  it("refuses probabilities to which the fixed ones leave nothing", () => {
    const options = {
      params: [1, 0, 0],
      constraints: [c.probability((p: number[]) => p), c.fixed((p: number[]) => p[0])],
    };
    expect(() => checkConstraints(options)).toThrow("the fixed parameters leave nothing for params[1], params[2]");
  });

  it("takes bounds that hold anyway", () => {
    const constraints: Constraints = [c.probability((p) => p.b), c.covariance((p) => p.cov)];
    checkConstraints({ params, constraints, bounds: { lower: { b: 0, cov: [0.5, null, 0] }, upper: { b: 1 } } });
  });

  it("gives equal parameters the narrowest of their bounds", () => {
    const problem = { params: [1, 1], constraints: [c.equal((p: number[]) => p)] };
    expect(countFreeParams({ ...problem, bounds: { lower: [0, 0.5], upper: [1, 2] } })).toBe(1);
    expect(countFreeParams({ ...problem, bounds: { lower: [0, 1], upper: [1, 2] } })).toBe(0);
  });
});

describe("constraints that are made wrongly", () => {
  it.each([
    [
      () => c.fixed("a" as never),
      'fixed: expected a function that picks parts of params, such as (p) => p.a, received "a".',
    ],
    [() => c.pairwiseEqual([(p: Params) => p.a]), "pairwiseEqual: expected an array of at least two selectors"],
    [
      () => c.linear((p: Params) => p.b, { weights: 1 } as never),
      "linear: give either value, or lower or upper or both",
    ],
    [
      () => c.linear((p: Params) => p.b, { weights: 1, value: 1, lower: 0 } as never),
      "linear: give either value, or lower or upper or both",
    ],
    [
      () => c.linear((p: Params) => p.b, { weights: Number.NaN, value: 1 }),
      "linear: weights must be a finite number or an array of them, received NaN.",
    ],
    [
      () => c.linear((p: Params) => p.b, { weights: 1, lower: 2, upper: 1 }),
      "linear: lower must not be above upper, received 2 > 1.",
    ],
    [
      () => c.linear((p: Params) => p.b, { weights: 1, uper: 1 } as never),
      "linear: unknown option uper. Did you mean upper?",
    ],
    [
      () => c.covariance((p: Params) => p.cov, { regularization: -1 }),
      "covariance: regularization must be a number that is not negative, received -1.",
    ],
  ])("are refused (%#)", (make, message) => {
    expect(make).toThrow(InvalidInputError);
    expect(make).toThrow(message);
  });
});

describe("countFreeParams", () => {
  it.each<readonly [string, Constraints, number]>([
    ["none", [], 10],
    ["fixed", [c.fixed((p) => p.b)], 7],
    ["fixed twice", [c.fixed((p) => p.b), c.fixed((p) => p.b[0])], 7],
    ["probability", [c.probability((p) => p.b)], 9],
    ["probability, all fixed", [c.probability((p) => p.b), c.fixed((p) => p.b)], 7],
    ["covariance", [c.covariance((p) => p.cov)], 10],
    ["covariance, first fixed", [c.covariance((p) => p.cov), c.fixed((p) => p.cov[0])], 9],
    ["variances alone", [c.covariance((p) => p.cov), c.fixed((p) => p.cov[1])], 9],
    ["a sum", [c.linear((p) => p.free, { weights: 1, value: 15 })], 9],
    ["bounds of a sum", [c.linear((p) => p.free, { weights: 1, upper: 15 })], 10],
    ["increasing", [c.increasing((p) => p.free)], 10],
  ])("%s", (_name, constraints, expected) => {
    expect(countFreeParams({ params, constraints })).toBe(expected);
  });
});

it("takes a function that makes the list", () => {
  expect(countFreeParams({ params, constraints: (make) => [make.fixed((p) => p.b), make.equal((p) => [p.a])] })).toBe(
    7,
  );
  const wrong = () => checkConstraints({ params, constraints: () => 3 as never });
  expect(wrong).toThrow("constraints must be an array such as [fixed((p) => p.a)], received 3.");
});
