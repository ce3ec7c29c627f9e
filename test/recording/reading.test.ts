import { describe, expect, it } from "vitest";
import { describeMissing, missingIndices } from "../../src/recording/reading.ts";
import { makeRow, makeRun } from "./rows.ts";

describe("missing points", () => {
  it("are the holes, and the tail when the number of points is known", () => {
    expect(missingIndices([], null)).toEqual([]);
    expect(missingIndices([0, 1, 2], 3)).toEqual([]);
    expect(missingIndices([1, 2, 5], null)).toEqual([0, 3, 4]);
    expect(missingIndices([0, 2], 5)).toEqual([1, 3, 4]);
  });

  it("are told in words, with the likely cause", () => {
    const points = [makeRow(3), makeRow(5)];
    expect(describeMissing({ run: makeRun("r1"), points, missing: [] })).toBeNull();
    expect(describeMissing({ run: makeRun("r1"), points, missing: [0, 1, 2, 4] })).toBe(
      "Run r1 lacks 4 of its 6 points (index 0–2, 4): the run is still being written, or its driver ended before they were.",
    );
    const ended = makeRun("r1", { status: "complete" });
    expect(describeMissing({ run: ended, points, missing: [4] })).toMatch(
      /1 of its 3 points \(index 4\).*deleted since/,
    );
    const many = Array.from({ length: 20 }, (_, i) => 2 * i);
    expect(describeMissing({ run: ended, points, missing: many })).toMatch(/index 0, 2, 4, 6, 8, 10, …\)/);
  });
});
