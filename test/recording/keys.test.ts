import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { itemKind, maxIndex, pointKey, runKey, stepKey } from "../../src/recording/dynamodb/keys.ts";

describe("keys", () => {
  it("are those of the documented design", () => {
    expect(runKey("01J")).toEqual({ pk: "RUNS", sk: "01J" });
    expect(stepKey("01J", 1)).toEqual({ pk: "RUN#01J", sk: "STEP#0001" });
    expect(pointKey("01J", 23)).toEqual({ pk: "RUN#01J", sk: "POINT#000000023" });
  });

  it("sort points by index as DynamoDB sorts strings, by UTF-8 bytes, and give the index back", () => {
    const index = fc.integer({ min: 0, max: maxIndex });
    fc.assert(
      fc.property(index, index, (a, b) => {
        const [first, second] = [pointKey("r", a).sk, pointKey("r", b).sk];
        expect(Math.sign(Buffer.compare(Buffer.from(first), Buffer.from(second)))).toBe(Math.sign(a - b));
        expect(itemKind(first)).toEqual({ kind: "point", number: a });
      }),
    );
    expect(pointKey("r", maxIndex).sk).toHaveLength(pointKey("r", 0).sk.length);
  });

  it("tell steps from points and from what is neither", () => {
    expect(itemKind(stepKey("r", 12).sk)).toEqual({ kind: "step", number: 12 });
    expect(itemKind("NOTE#1")).toBeNull();
    expect(itemKind("POINT#x")).toBeNull();
  });
});
