import { deepStrictEqual } from "node:assert";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decode, encode, pack, unpack } from "../../src/transport/codec.ts";

const float64Array = fc.float64Array({ maxLength: 40 });
const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { depthSize: "small" },
    fc.double(),
    fc.integer(),
    fc.string(),
    fc.boolean(),
    fc.bigInt(),
    fc.constantFrom(null, undefined, Number.NaN, -0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 5e-324),
    fc.date(),
    float64Array,
    fc.int32Array(),
    fc.uint8Array(),
    fc.float32Array(),
    fc.bigInt64Array(),
    fc.array(fc.double(), { minLength: 8, maxLength: 20 }),
    fc.array(tie("any"), { maxLength: 5 }),
    fc.dictionary(fc.oneof(fc.string(), fc.constantFrom("$", "__proto__", "constructor")), tie("any"), { maxKeys: 5 }),
    fc.array(fc.tuple(tie("any"), tie("any")), { maxLength: 4 }).map((entries) => new Map(entries)),
    fc.array(tie("any"), { maxLength: 4 }).map((items) => new Set(items)),
  ),
})).any;

describe("codec, properties", () => {
  it("gives back what was put in, to the bit", () => {
    fc.assert(
      fc.property(value, (original) => {
        deepStrictEqual(decode(encode(original)), original);
        deepStrictEqual(unpack(JSON.parse(JSON.stringify(pack(original)))), original);
      }),
      { numRuns: 500 },
    );
  });

  it("keeps the bits of every float64, also inside a larger buffer", () => {
    fc.assert(
      fc.property(float64Array, fc.nat(7), (array, offset) => {
        const encoded = encode({ array });
        const shifted = new Uint8Array(encoded.length + offset);
        shifted.set(encoded, offset);
        const back = decode(shifted.subarray(offset)) as { array: Float64Array };
        const bits = (a: Float64Array) => new BigUint64Array(a.buffer, a.byteOffset, a.length);
        expect(bits(back.array)).toStrictEqual(bits(Float64Array.from(array)));
      }),
    );
  });
});
