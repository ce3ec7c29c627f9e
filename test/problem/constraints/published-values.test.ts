/** Free parameters, against papers and against the figures of optimagic's tests (`test_space_conversion.py`). */
import { describe, expect, it } from "vitest";
import * as c from "../../../src/problem/constraints/constraints.ts";
import {
  covarianceToInternal,
  sdcorrFromInternal,
  sdcorrToInternal,
} from "../../../src/problem/constraints/covariance.ts";
import { conversionOf } from "../../../src/problem/conversion.ts";
import { freeProblemOf, type ParamsOptions } from "../../../src/problem/free-problem.ts";
import { shapeOf } from "../../../src/problem/tree.ts";

type List = number[];
const none = Number.NEGATIVE_INFINITY;
const at =
  (...places: number[]) =>
  (p: List) =>
    places.map((place) => p[place]);
const first = (count: number) => (p: List) => p.slice(0, count);

const cases: ReadonlyArray<readonly [string, ParamsOptions<List>, readonly number[], readonly number[]]> = [
  ["fixed", { params: [0, 1, 2, 3, 4], constraints: [c.fixed(at(0, 2, 4))] }, [1, 3], [none, none]],
  [
    "equality, with the narrowest bounds",
    {
      params: [0, 1.5, 1.5, 0, 1.5, 1],
      bounds: { lower: [-10, 1, 0.9, null, null, -10] as never },
      constraints: [c.equal(at(1, 2)), c.equal(at(1, 4))],
    },
    [0, 1.5, 0, 1],
    [-10, 1, none, -10],
  ],
  [
    // Not optimagic's ratios to the last, which cannot reach zero there: the shares of Stan's reference manual.
    "probability",
    { params: [0.1, 0.2, 0.2, 0.5, 10], constraints: [c.probability(first(4))] },
    [0.1, 0.2 / 0.9, 0.2 / 0.7, 10],
    [0, 0, 0, none],
  ],
  [
    "uncorrelated covariance",
    { params: [1, 0, 4, 0, 0, 9, 10], constraints: [c.covariance(first(6)), c.fixed(at(1, 3, 4))] },
    [1, 4, 9, 10],
    [0, 0, 0, none],
  ],
  [
    "covariance",
    { params: [1, -0.2, 1.2, -0.2, 0.1, 1.3, 0.1, -0.05, 0.2, 1, 10], constraints: [c.covariance(first(10))] },
    [1, -0.2, 1.07703296, -0.2, 0.0557086, 1.12111398, 0.1, -0.0278543, 0.19761748, 0.97476739, 10],
    [0, none, 0, none, none, 0, none, none, none, 0, none],
  ],
  [
    "covariance with its first variance fixed",
    { params: [4, 0.1, 2, 0.2, 0.3, 3, 10], constraints: [c.covariance(first(6)), c.fixed(at(0))] },
    [0.05, 1.4133294025, 0.1, 0.2087269956, 1.7165177078, 10],
    [none, 0, none, none, 0, none],
  ],
  [
    "standard deviations and correlations",
    { params: [2, 1.5, 3, 0.2, 0.15, 0.33, 10], constraints: [c.sdcorr(first(6))] },
    [2, 0.3, 1.46969385, 0.45, 0.91855865, 2.82023935, 10],
    [0, none, 0, none, none, 0, none],
  ],
];

describe("optimagic's free parameters and lower bounds", () => {
  it.each(cases)("of %s", (_name, options, start, lower) => {
    const { conversion, start: free } = freeProblemOf(options, shapeOf(options.params));
    expect(free).toHaveLength(start.length);
    for (const [i, value] of start.entries()) expect(free[i]).toBeCloseTo(value, 8);
    expect(Array.from(conversion.bounds.lower)).toEqual(lower);
    const back = conversionOf(conversion).toExternal(free);
    for (const [i, value] of options.params.entries()) expect(back[i]).toBeCloseTo(value, 14);
  });
});

/** Pinheiro and Bates, Unconstrained Parametrizations for Variance-Covariance Matrices (1996), Statistics and Computing 6, section 2. */
describe("the matrix 1 1 5 1 5 14 of Pinheiro and Bates", () => {
  const factor = [1, 1, 2, 1, 2, 3];
  const deviations = [1, Math.sqrt(5), Math.sqrt(14)];
  const correlations = [1 / Math.sqrt(5), 1 / Math.sqrt(14), 5 / Math.sqrt(70)];

  it("has their Cholesky factor, also by deviations and correlations", () => {
    expect(Array.from(covarianceToInternal([1, 1, 5, 1, 5, 14], 3) ?? [])).toEqual(factor);
    const internal = sdcorrToInternal([...deviations, ...correlations], 3) ?? [];
    for (const [i, value] of factor.entries()) expect(internal[i]).toBeCloseTo(value, 14);
    const external = sdcorrFromInternal(factor, 3);
    for (const [i, value] of [...deviations, ...correlations].entries()) expect(external[i]).toBeCloseTo(value, 15);
  });

  it("keeps its correlations at any size", () => {
    for (const size of [1e-300, 1e-160, 1e160, 1e300]) {
      const external = sdcorrFromInternal(
        factor.map((one) => one * size),
        3,
      );
      for (const [i, value] of deviations.entries()) expect(external[i] / size).toBeCloseTo(value, 14);
      for (const [i, value] of correlations.entries()) expect(external[3 + i]).toBeCloseTo(value, 14);
    }
  });
});
