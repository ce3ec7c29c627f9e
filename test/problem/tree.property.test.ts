import { deepStrictEqual } from "node:assert";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { flattenPartial, shapeOf } from "../../src/problem/tree.ts";
import { countNumbers, paramsTree } from "./trees.ts";

const bits = (values: Float64Array) => [...new BigUint64Array(values.buffer, values.byteOffset, values.length)];

describe("trees, properties", () => {
  it("gives back the tree that was made flat", () => {
    fc.assert(
      fc.property(paramsTree, (tree) => {
        const shape = shapeOf(tree);
        deepStrictEqual(shape.unflatten(shape.flatten(tree, "params")), tree);
      }),
    );
  });

  it("gives back the flat vector, to the bit", () => {
    fc.assert(
      fc.property(paramsTree, fc.infiniteStream(fc.double()), (tree, numbers) => {
        const shape = shapeOf(tree);
        const flat = Float64Array.from([...numbers.take(shape.length)]);
        expect(bits(shape.flatten(shape.unflatten(flat), "params"))).toEqual(bits(flat));
      }),
    );
  });

  it("has as many different names as numbers", () => {
    fc.assert(
      fc.property(paramsTree, (tree) => {
        const { names, length } = shapeOf(tree);
        expect(length).toBe(countNumbers(tree));
        expect(new Set(names).size).toBe(length);
      }),
    );
  });

  it("takes the whole tree, nothing and one number as partial trees", () => {
    fc.assert(
      fc.property(paramsTree, fc.double(), (tree, number) => {
        const shape = shapeOf(tree);
        const flat = shape.flatten(tree, "params");
        expect(bits(flattenPartial(tree, tree, number, "p"))).toEqual(bits(flat));
        expect(bits(flattenPartial(tree, number, 0, "p"))).toEqual(bits(flat.fill(number)));
        expect(bits(flattenPartial(tree, undefined, number, "p"))).toEqual(bits(flat));
      }),
    );
  });
});
