import { deepStrictEqual } from "node:assert";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { flattenPartial } from "../../src/problem/partial-tree.ts";
import { shapeOf } from "../../src/problem/tree.ts";
import { decode, encode } from "../../src/transport/codec.ts";

class Rates {
  beta = 1;
}
class Vector extends Array<number> {}
class Column extends Float64Array {}
class Table extends Map<string, number> {}
const nested = (depth: number): unknown => {
  let tree: unknown = 1;
  for (let i = 0; i < depth; i++) tree = i % 3 === 0 ? [tree] : i % 3 === 1 ? { a: tree } : new Map([["k", tree]]);
  return tree;
};
const circular: { a: number; self?: unknown } = { a: 1 };
circular.self = { deep: [circular] };
const mapInItself = new Map<string, unknown>();
mapInItself.set("self", mapInItself);

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
    [Object.freeze({ a: Object.freeze([1]) }), ["a[0]"]],
    [{ b: 1, 10: 2, 9: 3 }, ['["9"]', '["10"]', "b"]],
    [
      { rates: new Map([["beta", 1]]), cutoffs: new Map([[3, [1, 2]]]) },
      ['rates.get("beta")', "cutoffs.get(3)[0]", "cutoffs.get(3)[1]"],
    ],
    [
      new Map<unknown, unknown>([
        ["3", 1],
        [3, 2],
        [-0.5, { x: 3 }],
        ['"', new Map([["", 4]])],
      ]),
      ['params.get("3")', "params.get(3)", "params.get(-0.5).x", 'params.get("\\"").get("")'],
    ],
    [runInNewContext("({ a: [1], m: new Map([['k', new Float64Array(1)]]) })"), ["a[0]", 'm.get("k")[0]']],
  ])("names the parameters of %j", (tree, names) => {
    const shape = shapeOf(tree);
    expect([shape.names, shape.length]).toEqual([names, names.length]);
  });

  it.each([
    ["a string", { a: { b: "one" } }, /^a\.b is "one", which is not a parameter\. Parameters are numbers/],
    ["null", [1, null], /^params\[1\] is null, which/],
    ["a hole", new Array(2), /^params\[0\] is undefined, which/],
    ["a boolean", { fit: true }, /^fit is true, which/],
    [
      "a Float32Array",
      { w: new Float32Array(2) },
      /^w is Float32Array \[0, 0\], .* Use Float64Array\.from\(…\): in 32 bits the criterion/,
    ],
    [
      "an Int32Array",
      [new Int32Array(1)],
      /^params\[0\] is Int32Array \[0\], .* Use Float64Array\.from\(…\): whole numbers/,
    ],
    [
      "a BigInt64Array",
      new BigInt64Array(1),
      /^params is BigInt64Array \[0n\], .* Use Float64Array\.from\(…, Number\):/,
    ],
    ["a Buffer", { b: Buffer.from([1]) }, /^b is Buffer \[1\], .* Use Float64Array\.from\(…\):/],
    ["a numeric string", { a: "1e3" }, /^a is "1e3", which is not a parameter\. Convert it by Number\(…\)\.$/],
    ["a key without a value", { a: 1, b: undefined }, /^b is undefined, .* Leave it out/],
    ["a Set", { s: new Set([1]) }, /^s is an instance of Set, .* Use an array, or a Map/],
    ["a Promise", Promise.resolve(1), /^params is a Promise, .* Await it/],
    [
      "a class instance",
      { rates: new Rates() },
      /^rates is an instance of Rates, .* give a plain object of its numbers, such as \{ \.\.\.it \}/,
    ],
    ["an object that inherits", Object.create({ a: 1 }), /^params is \{\}, .* without its class/],
    ["an array that is more", Vector.of(1), /^params is of a class that extends Array, .* Give Array\.from\(…\)/],
    [
      "a typed array that is more",
      [Column.of(1)],
      /^params\[0\] is of a class that extends Float64Array, .* Give Float64Array\.from\(…\)/,
    ],
    ["a Map that is more", { t: new Table([["a", 1]]) }, /^t is of a class that extends Map, .* Give new Map\(…\)/],
    [
      "an array with a name",
      { w: Object.assign([1, 2], { unit: 1 }) },
      /^w is an array with a property "unit", which would be lost/,
    ],
    [
      "a Map with a key that is an object",
      { m: new Map([[{}, 1]]) },
      /^m is a Map with the key \{\}: keys must be strings or finite numbers/,
    ],
    ["a Map with the key NaN", new Map([[Number.NaN, 1]]), /^params is a Map with the key NaN: keys/],
    ["a Map that holds itself", mapInItself, /^params\.get\("self"\) is one of the objects that it is in/],
    [
      "a key that is a symbol",
      { s: { [Symbol("beta")]: 1 } },
      /^s has the key Symbol\(beta\): names of parameters must be strings/,
    ],
    [
      "a getter",
      {
        a: 1,
        get twice() {
          return 2 * this.a;
        },
      },
      /^twice is a getter, .* Compute it in the criterion/,
    ],
    ["a Date", new Date(0), /^params is an instance of Date, .* Parameters are numbers/],
    ["a tree without end", nested(10_000), /^params must not be nested deeper than 500/],
    ["a bigint", 3n, /^params is 3n, .* Convert it by Number/],
    ["a function", { f: () => 1 }, /^f is function f, which/],
    ["null alone", null, /^params must hold at least one number, received null/],
    ["undefined alone", undefined, /^params must hold at least one number, received undefined/],
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

  it("takes a tree as deep as it may be, which the codec takes too", () => {
    const tree = nested(500);
    const shape = shapeOf(tree);
    expect(shape.flatten(decode(encode(shape.unflatten([7]))), "params")).toEqual(Float64Array.of(7));
  });

  it("gives back plain values, which can be changed, whatever the user did to theirs", () => {
    const tree = Object.freeze({ a: Object.freeze([1, 2]), hidden: 1 });
    const back = shapeOf(tree).unflatten([3, 4, 5]);
    expect(back).toEqual({ a: [3, 4], hidden: 5 });
    expect([Object.isFrozen(back), Object.isFrozen(back.a)]).toEqual([false, false]);
  });

  it("gives back objects without a prototype as such, also with a key that is __proto__", () => {
    const tree = Object.assign(Object.create(null), JSON.parse('{"__proto__": 1, "a": 2}')) as object;
    const back = shapeOf(tree).unflatten([3, 4]);
    expect(Object.getPrototypeOf(back)).toBe(null);
    expect(Object.entries(back)).toEqual([
      ["__proto__", 3],
      ["a", 4],
    ]);
  });

  it("takes a million parameters, in lists, objects and Maps", () => {
    const keys = Array.from({ length: 200_000 }, (_, i) => `p${i}`);
    const tree = {
      list: new Array(300_000).fill(1),
      array: new Float64Array(300_000),
      object: Object.fromEntries(keys.map((key) => [key, 1])),
      map: new Map(keys.map((key) => [key, 1])),
    };
    const shape = shapeOf(tree);
    expect([shape.length, shape.names.at(-1)]).toEqual([1_000_000, 'map.get("p199999")']);
    const values = Float64Array.from({ length: shape.length }, (_, i) => i);
    deepStrictEqual(shape.flatten(shape.unflatten(values), "params"), values);
    deepStrictEqual(flattenPartial(tree, tree, 0, "p"), shape.flatten(tree, "params"));
  }, 60_000);

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

  const ofMap = shapeOf(
    new Map<unknown, unknown>([
      ["beta", 1],
      [3, [1, 2]],
      ["gamma", { x: 1 }],
    ]),
  );
  it.each<[string, Map<unknown, unknown>, string]>([
    ["a key is missing", new Map([["beta", 1]]), "gradient.get(3) is missing: the shape must be that of params."],
    [
      "a key is misspelt",
      new Map([["betta", 1]]),
      'gradient.get("betta") is not in params. Did you mean "beta"? There: "beta", 3, "gamma".',
    ],
    [
      "a key is text for a number",
      new Map([["3", 1]]),
      'gradient.get("3") is not in params. Did you mean 3? There: "beta", 3, "gamma".',
    ],
    ["a key is an object", new Map([[{}, 1]]), 'gradient.get({}) is not in params. There: "beta", 3, "gamma".'],
    ["it is no Map", { beta: 1 } as never, 'gradient must be a Map as in params, received {"beta":1}.'],
    [
      "an inner one is a Map",
      new Map<unknown, unknown>([
        ["beta", 1],
        [3, [1, 2]],
        ["gamma", new Map()],
      ]),
      'gradient.get("gamma") must be an object as in params, received an instance of Map.',
    ],
  ])("says where a tree with Maps differs: %s", (_what, tree, message) => {
    expect(() => ofMap.flatten(tree, "gradient")).toThrow(message);
  });

  it("takes keys of Maps in any order, and arrays for Float64Arrays", () => {
    const tree = new Map<unknown, unknown>([
      [3, new Float64Array([2, 3])],
      ["gamma", { x: 4 }],
      ["beta", 1],
    ]);
    expect(ofMap.flatten(tree, "gradient")).toEqual(Float64Array.of(1, 2, 3, 4));
  });

  it("tells few of many names", () => {
    const many = shapeOf(Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`p${i}`, 1])));
    expect(() => many.flatten({ other: 1 } as never, "gradient")).toThrow(
      /^gradient\.other is not in params\. There: p0, .*, p7, … 100 in all\.$/,
    );
  });
});
