import { deepStrictEqual } from "node:assert";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { flattenPartial } from "../../src/problem/partial-tree.ts";
import { shapeOf } from "../../src/problem/tree.ts";
import { decode, encode } from "../../src/transport/codec.ts";
import { ListWriter, readList } from "../../src/transport/list-codec.ts";
import { numbersIn } from "./tree-criterion.ts";
import { paramsTree } from "./trees.ts";

const bits = (values: Float64Array) => [...new BigUint64Array(values.buffer, values.byteOffset, values.length)];

describe("trees, properties", () => {
  it("gives back the tree that was made flat: types, prototypes, keys and their order", () => {
    fc.assert(
      fc.property(paramsTree, (tree) => {
        const shape = shapeOf(tree);
        const back = shape.unflatten(shape.flatten(tree, "params"));
        // Assertions on Maps ignore the order of their entries.
        deepStrictEqual(ordered(back), ordered(tree));
        deepStrictEqual(back, tree);
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

  it("gives the numbers in the order in which the tree holds them, with as many different names", () => {
    fc.assert(
      fc.property(paramsTree, (tree) => {
        const { names, length, flatten } = shapeOf(tree);
        expect(bits(flatten(tree, "params"))).toEqual(bits(Float64Array.from(numbersIn(tree))));
        expect(length).toBe(numbersIn(tree).length);
        expect(new Set(names).size).toBe(length);
      }),
    );
  });

  it("names each parameter by the expression that reads it", () => {
    fc.assert(
      fc.property(paramsTree, (tree) => {
        const shape = shapeOf({ root: tree });
        const values = Array.from({ length: shape.length }, (_, i) => i);
        const params = shape.unflatten(values);
        expect(shape.names.map((name) => runInNewContext(`params.${name}`, { params }))).toEqual(values);
      }),
    );
  });

  it("travels: the codecs give back the tree, with the same shape", () => {
    fc.assert(
      fc.property(paramsTree, (tree) => {
        const writer = new ListWriter();
        writer.add(tree, "tree");
        for (const back of [decode(encode(tree)), readList(writer.finish())[0]]) {
          deepStrictEqual(ordered(back), ordered(tree));
          expect(shapeOf(back).names).toEqual(shapeOf(tree).names);
        }
      }),
    );
  });
});

describe("partial trees, properties", () => {
  it("are the whole tree, nothing, or one number for all", () => {
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

  it("are read as by a list of what each says", () => {
    fc.assert(
      fc.property(paramsTree, fc.infiniteStream(fc.constantFrom("keep", "drop", "number", "null")), (tree, choices) => {
        const expected: number[] = [];
        const partial = partOf(tree, choices, expected);
        expect(bits(flattenPartial(tree, partial, 9, "p"))).toEqual(bits(Float64Array.from(expected)));
      }),
    );
  });
});

/** A part of a tree, with the values that it stands for: the numbers of what is kept, 7 below a number in a node's place, 9 where nothing is said. */
function partOf(tree: unknown, choices: Iterator<string>, values: number[]): unknown {
  const choice = choices.next().value as string;
  if (choice !== "keep") {
    values.push(...numbersIn(tree).map(() => (choice === "number" ? 7 : 9)));
    return choice === "number" ? 7 : choice === "null" ? null : undefined;
  }
  if (typeof tree === "number" || tree instanceof Float64Array) {
    values.push(...numbersIn(tree));
    return tree;
  }
  if (Array.isArray(tree)) return tree.map((child) => partOf(child, choices, values));
  const entries = [...(tree instanceof Map ? tree : Object.entries(tree as object))];
  // Parts that say nothing may be absent, and the order of keys says nothing.
  const parts = entries
    .map(([key, child]) => [key, partOf(child, choices, values)] as const)
    .filter(([, part]) => part !== undefined)
    .reverse();
  return tree instanceof Map ? new Map(parts) : Object.fromEntries(parts);
}

/** With entries of Maps and keys of objects as lists, whose order counts. */
function ordered(tree: unknown): unknown {
  if (typeof tree === "number" || tree instanceof Float64Array) return tree;
  if (Array.isArray(tree)) return tree.map(ordered);
  const entries = [...(tree instanceof Map ? tree : Object.entries(tree as object))];
  return { prototype: Object.getPrototypeOf(tree), entries: entries.map(([key, child]) => [key, ordered(child)]) };
}
