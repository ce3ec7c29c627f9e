import fc from "fast-check";
import type { ParamsTree } from "../../src/problem/tree.ts";
import { numbersIn } from "./tree-criterion.ts";

const name = fc.oneof(fc.string(), fc.constantFrom("beta", "__proto__", "constructor", "a.b", "1"));
const mapKey = fc.oneof(name, fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constantFrom(1, -3, 0.5));

/** Trees of parameters with at least one number: lists, objects with and without a prototype, Maps. */
export const paramsTree: fc.Arbitrary<ParamsTree> = fc
  .letrec<{ tree: ParamsTree }>((tie) => ({
    tree: fc.oneof(
      { depthSize: "small" },
      fc.double(),
      fc.float64Array({ maxLength: 4 }),
      fc.array(tie("tree"), { maxLength: 4 }),
      fc.dictionary(name, tie("tree"), { maxKeys: 4 }) as fc.Arbitrary<ParamsTree>,
      fc
        .uniqueArray(fc.tuple(mapKey, tie("tree")), {
          selector: ([key]) => key,
          comparator: "SameValueZero",
          maxLength: 4,
        })
        .map((entries) => new Map(entries)),
    ),
  }))
  .tree.filter((tree) => numbersIn(tree).length > 0);
