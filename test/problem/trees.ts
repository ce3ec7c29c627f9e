import fc from "fast-check";
import type { ParamsTree } from "../../src/problem/tree.ts";

/** Trees of parameters with at least one number. */
export const paramsTree: fc.Arbitrary<ParamsTree> = fc
  .letrec<{ tree: ParamsTree }>((tie) => ({
    tree: fc.oneof(
      { depthSize: "small" },
      fc.double(),
      fc.float64Array({ maxLength: 4 }),
      fc.array(tie("tree"), { maxLength: 4 }),
      fc.dictionary(fc.oneof(fc.string(), fc.constantFrom("beta", "__proto__", "constructor", "a.b")), tie("tree"), {
        maxKeys: 4,
        noNullPrototype: true,
      }) as fc.Arbitrary<ParamsTree>,
    ),
  }))
  .tree.filter((tree) => countNumbers(tree) > 0);

/** Numbers in a tree, counted in another way than by its shape. */
export function countNumbers(tree: ParamsTree): number {
  if (typeof tree === "number") return 1;
  return Object.values(tree).reduce((sum: number, child) => sum + countNumbers(child), 0);
}
