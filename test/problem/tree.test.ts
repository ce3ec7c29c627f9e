import { describe, expect, it } from "vitest";
import { flattenPartial, shapeOf } from "../../src/problem/tree.ts";

class Rates {
  beta = 1;
}
const circular: { a: number; self?: unknown } = { a: 1 };
circular.self = { deep: [circular] };

describe("shapeOf", () => {
  it.each([
    [1, ["params"]],
    [
      [1, 2],
      ["params[0]", "params[1]"],
    ],
    [new Float64Array(2), ["params[0]", "params[1]"]],
    [
      { rates: { beta: 1, gamma: 2 }, cutoffs: new Float64Array(2) },
      ["rates.beta", "rates.gamma", "cutoffs[0]", "cutoffs[1]"],
    ],
    [
      [{ a: 1 }, [2, { b: 3 }]],
      ["params[0].a", "params[1][0]", "params[1][1].b"],
    ],
    [{ "two words": 1, "": { $x: 2 }, "a.b": 3, a: { b: 4 } }, ['["two words"]', '[""].$x', '["a.b"]', "a.b"]],
    [{ a: [], b: 1 }, ["b"]],
    [Object.assign(Object.create(null), { a: 1 }), ["a"]],
  ])("names the parameters of %j", (tree, names) => {
    const shape = shapeOf(tree);
    expect([shape.names, shape.length]).toEqual([names, names.length]);
  });

  it.each([
    ["a string", { a: { b: "1" } }, /^a\.b is "1", which is not a parameter\. Parameters are numbers/],
    ["null", [1, null], /^params\[1\] is null, which/],
    ["a hole", new Array(2), /^params\[0\] is undefined, which/],
    ["a boolean", { fit: true }, /^fit is true, which/],
    ["a Float32Array", { w: new Float32Array(2) }, /^w is Float32Array \[0, 0\], .* Use a Float64Array: steps/],
    ["a Map", { m: new Map() }, /^m is an instance of Map, which/],
    ["a class instance", { rates: new Rates() }, /^rates is an instance of Rates, which/],
    ["a Date", new Date(0), /^params is an instance of Date, which/],
    ["a bigint", 3n, /^params is 3n, which/],
    ["a function", { f: () => 1 }, /^f is function f, which/],
    ["nothing", {}, /^params must hold at least one number, received \{\}/],
    ["empty lists", { a: [], b: {} }, /^params must hold at least one number/],
    ["a circle", circular, /^self\.deep\[0\] is one of the objects that it is in: parameters must be a tree/],
  ])("refuses %s, with its path", (_what, tree, message) => {
    expect(() => shapeOf(tree)).toThrow(message);
  });

  it("takes the same object twice: that is no circle", () => {
    const pair = [1, 2];
    expect(shapeOf({ a: pair, b: pair }).length).toBe(4);
  });

  it("keeps the shape when the user's object changes", () => {
    const tree: { a: number[]; b?: number } = { a: [1, 2] };
    const shape = shapeOf(tree);
    tree.a.push(3);
    tree.b = 4;
    expect(shape.unflatten([5, 6])).toEqual({ a: [5, 6] });
    expect(shape.flatten({ a: [7, 8] }, "x")).toEqual(new Float64Array([7, 8]));
  });

  it("does not let a key reach the prototype", () => {
    const tree = JSON.parse('{"__proto__": {"polluted": 1}}') as object;
    const back = shapeOf(tree).unflatten([2]);
    expect(Object.getPrototypeOf(back)).toBe(Object.prototype);
    expect(JSON.stringify(back)).toBe('{"__proto__":{"polluted":2}}');
  });

  const shape = shapeOf({ rates: { beta: 1 }, w: [1, 2] });
  it.each([
    [{ rates: { beta: 1 } }, "gradient.w is missing: the shape must be that of params."],
    [
      { rates: { beta: 1 }, w: [1] },
      "gradient.w must be an array of length 2, as in params; received one of length 1.",
    ],
    [{ rates: { beta: 1 }, w: 1 }, "gradient.w must be an array of length 2, as in params; received 1."],
    [{ rates: { beta: "1" }, w: [1, 2] }, 'gradient.rates.beta must be a number, received "1".'],
    [{ rates: { betta: 1 }, w: [1, 2] }, "gradient.rates.betta is not in params. Did you mean beta? There: beta."],
    [{ rates: 1, w: [1, 2] }, "gradient.rates must be an object as in params, received 1."],
    [undefined, "gradient must be an object as in params, received undefined."],
  ])("says where another tree differs: %j", (tree, message) => {
    expect(() => shape.flatten(tree as never, "gradient")).toThrow(message);
  });
});

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
});
