import { describe, expect, it } from "vitest";
import { selectedIndices } from "../../../src/problem/constraints/select.ts";
import { shapeOf } from "../../../src/problem/tree.ts";

const params = {
  rates: new Map([
    ["beta", 1],
    ["gamma", 2],
  ]),
  cutoffs: new Map([[3, [3, 4]]]),
  bare: Object.assign(Object.create(null) as { a: number }, { a: 5 }),
  w: new Float64Array([6, 7]),
};
const select = (selector: (p: typeof params) => unknown) => selectedIndices(selector, shapeOf(params), "fixed");

describe("selectedIndices", () => {
  it.each<[string, (p: typeof params) => unknown, number[]]>([
    ["an entry of a Map", (p) => p.rates.get("gamma"), [1]],
    ["a whole Map", (p) => p.rates, [0, 1]],
    ["parts of an entry", (p) => p.cutoffs.get(3)?.[1], [3]],
    [
      "a Map of its own",
      (p) =>
        new Map<unknown, unknown>([
          ["x", p.w[1]],
          [{}, p.rates],
        ]),
      [6, 0, 1],
    ],
    ["an object without prototype", (p) => p.bare, [4]],
    ["a slice of a typed array, and an object", (p) => [p.w.subarray(1), { b: p.rates.get("beta") }], [6, 0]],
    ["all", (p) => p, [0, 1, 2, 3, 4, 5, 6]],
  ])("picks %s", (_what, selector, indices) => {
    expect(select(selector)).toEqual(indices);
  });

  it.each<[string, (p: typeof params) => unknown, string]>([
    ["a key that is not there", (p) => p.rates.get("betta"), "among them is undefined: params has no such part."],
    ["the keys of a Map", (p) => [...p.rates.keys()], 'among them is "beta".'],
    ["entries with their keys", (p) => [...p.rates], 'among them is "beta".'],
    ["an iterator", (p) => p.rates.values(), "among them is an instance of"],
    ["one twice", (p) => [p.rates, p.rates.get("beta")], 'its selector picks rates.get("beta") twice.'],
  ])("refuses %s", (_what, selector, message) => {
    expect(() => select(selector)).toThrow(message);
  });
});
