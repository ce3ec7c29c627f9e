import { deepStrictEqual } from "node:assert";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InvalidInputError } from "../../src/errors.ts";
import { pack, unpack } from "../../src/transport/codec.ts";
import { ListWriter, readList } from "../../src/transport/list-codec.ts";

const float = fc.oneof(fc.double(), fc.constantFrom(-0, Number.NaN, Number.NEGATIVE_INFINITY, 5e-324));
const values = fc.letrec((tie) => ({
  plain: fc.oneof(
    { depthSize: "small" },
    float,
    fc.string({ unit: "binary" }),
    fc.constantFrom(null, undefined, true, false, "fun"),
    fc.float64Array({ maxLength: 40 }),
    fc.array(float, { maxLength: 20 }),
    fc.array(tie("plain"), { maxLength: 5 }),
    fc.record({ x: fc.float64Array({ maxLength: 3 }), want: fc.constantFrom("fun", "jac") }),
    fc.dictionary(fc.constantFrom("a", "b", "$", "3", "constructor"), tie("plain"), { maxKeys: 4 }),
  ),
  any: fc.oneof(
    { depthSize: "small" },
    tie("plain"),
    fc.bigInt(),
    fc.date({ noInvalidDate: false }),
    fc.int32Array(),
    fc.uint8Array(),
    fc.float32Array(),
    fc.bigInt64Array(),
    fc.sparseArray(float, { maxNumElements: 5, maxLength: 12 }),
    fc.array(tie("any"), { maxLength: 4 }),
    fc.dictionary(fc.oneof(fc.string(), fc.constantFrom("$", "__proto__", "then")), tie("any"), { maxKeys: 4 }),
    fc.dictionary(fc.constantFrom("a", "b"), tie("any"), { maxKeys: 2, noNullPrototype: false }),
    // The same object twice.
    tie("any").map((one) => ({ one, same: [one] })),
    fc.array(fc.tuple(tie("any"), tie("any")), { maxLength: 3 }).map((entries) => new Map(entries)),
    fc.array(tie("any"), { maxLength: 4 }).map((items) => new Set(items)),
  ),
}));
const refused = fc.constantFrom<unknown>(
  () => 1,
  Symbol("s"),
  { a: "text", b: [new WeakMap()] },
  new Map([[1, Promise]]),
);
const list = fc.array(fc.oneof(values.plain, values.any), { maxLength: 12 });
const added = (given: readonly unknown[], writer = new ListWriter()): ListWriter => {
  for (const value of given) writer.add(value, "value");
  return writer;
};

describe("a list, properties", () => {
  it("gives back to the bit what codec.ts does", () => {
    fc.assert(
      fc.property(list, (given) => {
        deepStrictEqual(
          readList(added(given).finish()),
          given.map((value) => unpack(pack(value))),
        );
      }),
      { numRuns: 1000 },
    );
  });

  it("keeps which parts of a value are the same object", () => {
    const same = (value: { one: unknown; same: unknown[] }) => value.one === value.same[0];
    fc.assert(
      fc.property(values.any, (one) => {
        const value = { one, same: [one] };
        const [back] = readList(added([value]).finish()) as (typeof value)[];
        expect(same(back)).toBe(same(unpack(pack(value)) as typeof value));
      }),
    );
  });

  it("is the same whatever was refused in between", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(list, refused), { maxLength: 6 }), (given) => {
        const writer = new ListWriter();
        const accepted = given.filter((value) => {
          try {
            writer.add(value, "value");
            return true;
          } catch (error) {
            expect(error).toBeInstanceOf(InvalidInputError);
            return false;
          }
        });
        deepStrictEqual(writer.finish(), added(accepted).finish());
      }),
    );
  });

  it("is read or refused, whatever became of its bytes", () => {
    const change = fc.record({ at: fc.nat(), to: fc.nat(255) });
    fc.assert(
      fc.property(list, fc.array(change, { minLength: 1, maxLength: 4 }), fc.nat(), (given, changes, cut) => {
        const bytes = added(given).finish();
        for (const { at, to } of changes) bytes[at % bytes.length] = to;
        for (const damaged of [bytes, bytes.subarray(0, cut % bytes.length)])
          try {
            expect(readList(damaged)).toBeInstanceOf(Array);
          } catch (error) {
            expect(error).toBeInstanceOf(InvalidInputError);
          }
      }),
      { numRuns: 2000 },
    );
  });
});
