import { describe, expect, it } from "vitest";
import { flattenPartial } from "../../src/problem/partial-tree.ts";

describe("flattenPartial", () => {
  const params = { rates: { beta: 1, gamma: 2 }, w: new Float64Array(2), k: [{ a: 1 }] };
  it.each<[string, unknown, number[]]>([
    ["nothing", undefined, [9, 9, 9, 9, 9]],
    ["null", null, [9, 9, 9, 9, 9]],
    ["a number for all", 0, [0, 0, 0, 0, 0]],
    ["a number for a part", { rates: 1 }, [1, 1, 9, 9, 9]],
    ["parts", { rates: { gamma: 3 }, w: [4, undefined], k: [{ a: null }] }, [9, 3, 4, 9, 9]],
    ["a typed array", { w: new Float64Array([5, 6]) }, [9, 9, 5, 6, 9]],
  ])("takes %s", (_what, partial, flat) => {
    expect(flattenPartial(params, partial, 9, "bounds.lower")).toEqual(Float64Array.from(flat));
  });

  it.each<[unknown, string]>([
    [{ rate: 1 }, "bounds.lower.rate is not in params. Did you mean rates? There: rates, w, k."],
    [{ w: [1] }, "bounds.lower.w must have length 2, as in params; received length 1."],
    [{ w: "0" }, 'bounds.lower.w must be an array of length 2 or a number, received "0".'],
    [{ rates: [0, 0] }, "bounds.lower.rates must be an object with the names of params, or a number, received [0, 0]."],
    [{ rates: { beta: "0" } }, 'bounds.lower.rates.beta must be a number or absent, received "0".'],
    [{ rates: { beta: { x: 1 } } }, 'bounds.lower.rates.beta must be a number or absent, received {"x":1}.'],
  ])("refuses %j", (partial, message) => {
    expect(() => flattenPartial(params, partial, 9, "bounds.lower")).toThrow(message);
  });

  it("does not take what an object inherits for a part", () => {
    expect(flattenPartial({ constructor: 1, toString: 2 }, {}, 9, "bounds.lower")).toEqual(Float64Array.of(9, 9));
  });

  const withMaps = {
    rates: new Map([
      ["beta", 1],
      ["gamma", 2],
    ]),
    k: new Map([[3, [1, 2]]]),
  };
  it.each<[string, unknown, number[]]>([
    ["some keys of a Map", { rates: new Map([["gamma", 3]]) }, [9, 3, 9, 9]],
    ["a number for a Map", { rates: 1, k: new Map([[3, 4]]) }, [1, 1, 4, 4]],
    ["parts in a Map", { k: new Map([[3, [null, 5]]]), rates: new Map([["beta", undefined]]) }, [9, 9, 9, 5]],
  ])("takes %s", (_what, partial, flat) => {
    expect(flattenPartial(withMaps, partial, 9, "bounds.lower")).toEqual(Float64Array.from(flat));
  });

  it.each<[unknown, string]>([
    [
      { rates: { beta: 1 } },
      'bounds.lower.rates must be a Map with the keys of params, or a number, received {"beta":1}.',
    ],
    [
      { rates: new Map([["gama", 1]]) },
      'bounds.lower.rates.get("gama") is not in params. Did you mean "gamma"? There: "beta", "gamma".',
    ],
    [{ k: new Map([["3", 1]]) }, 'bounds.lower.k.get("3") is not in params. Did you mean 3? There: 3.'],
    [new Map(), "bounds.lower must be an object with the names of params, or a number, received an instance of Map."],
  ])("refuses %j in trees with Maps", (partial, message) => {
    expect(() => flattenPartial(withMaps, partial, 9, "bounds.lower")).toThrow(message);
  });
});
