import { describe, expect, it } from "vitest";
import { type Bounds, resolveBounds } from "../../src/problem/bounds.ts";
import { shapeOf } from "../../src/problem/tree.ts";

const params = { rates: { beta: 2, gamma: 0.5 }, w: [1, 1] };
type Params = typeof params;
const resolve = (bounds: unknown, start = params) => {
  const shape = shapeOf(params);
  return resolveBounds(params, shape, shape.flatten(start, "params"), bounds as Bounds<Params>);
};
const { POSITIVE_INFINITY: INF } = Number;

describe("resolveBounds", () => {
  it("is unbounded where nothing is said", () => {
    expect(resolve(undefined)).toEqual({
      lower: new Float64Array(4).fill(-INF),
      upper: new Float64Array(4).fill(INF),
    });
    expect(resolve({ lower: { rates: 0 }, upper: { rates: { beta: 10 }, w: [5, null] } })).toEqual({
      lower: new Float64Array([0, 0, -INF, -INF]),
      upper: new Float64Array([10, INF, 5, INF]),
    });
  });

  it("takes a start on a bound, and equal bounds", () => {
    expect(() => resolve({ lower: { rates: { beta: 2 } }, upper: { rates: { beta: 2 } } })).not.toThrow();
  });

  it.each([
    [
      5,
      "bounds must be an object { lower, upper, softLower, softUpper }, each a number or a tree like params, received 5.",
    ],
    [null, "each a number or a tree like params, received null."],
    [[[0, 1]], "each a number or a tree like params, received [[0, 1]]."],
    [{ lowr: 1 }, "bounds: unknown option lowr. Did you mean lower? Known: lower, softLower, softUpper, upper."],
    [
      { lower: { rates: { beta: 3 } } },
      "The start value of rates.beta must lie within its bounds [3, Infinity], received 2.",
    ],
    [{ upper: { w: [1, 0.5] } }, "The start value of w[1] must lie within its bounds [-Infinity, 0.5], received 1."],
    [{ lower: 1, upper: 0 }, "The lower bound of rates.beta must not be above its upper bound, received 1 > 0."],
    [{ lower: { w: [Number.NaN, 0] } }, "The bounds of w[0] must be numbers, received lower NaN and upper Infinity."],
    [{ upper: { rates: { gama: 1 } } }, "bounds.upper.rates.gama is not in params. Did you mean gamma?"],
    [{ upper: "1" }, 'bounds.upper must be an object with the names of params, or a number, received "1".'],
  ])("refuses %j", (bounds, message) => {
    expect(() => resolve(bounds)).toThrow(message);
  });
});
