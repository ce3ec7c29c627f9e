import { describe, expect, it } from "vitest";
import {
  type Coordinate,
  type DifferenceMethod,
  difference,
  errorExponent,
  ladders,
  largestChange,
  needsBase,
  scaleFloors,
} from "../../src/differentiation/stencil.ts";

const stencils = (at: Coordinate, method: DifferenceMethod) => ladders(at, method).map(([only]) => only);

const unbounded = { lower: Number.NEGATIVE_INFINITY, upper: Number.POSITIVE_INFINITY };

describe("stencils", () => {
  it("go forward, and backward when that fails", () => {
    expect(stencils({ value: 1, step: 0.25, ...unbounded }, "forward")).toEqual([[1.25], [0.75]]);
  });

  it("go backward, and forward when that fails", () => {
    expect(stencils({ value: 1, step: 0.25, ...unbounded }, "backward")).toEqual([[0.75], [1.25]]);
    expect(stencils({ value: 1, step: 0.25, lower: 1, upper: 5 }, "backward")).toEqual([[1.25]]);
  });

  it("go to both sides, then two steps to one side, then one step", () => {
    expect(stencils({ value: 1, step: 0.25, ...unbounded }, "central")).toEqual([
      [1.25, 0.75],
      [1.25, 1.5],
      [0.75, 0.5],
      [1.25],
      [0.75],
    ]);
  });

  it("leave out what is beyond a bound", () => {
    expect(stencils({ value: 1, step: 0.25, lower: -5, upper: 1 }, "forward")).toEqual([[0.75]]);
    expect(stencils({ value: 1, step: 0.25, lower: -5, upper: 1 }, "central")).toEqual([[0.75, 0.5], [0.75]]);
  });

  it("go as far as a narrow box allows", () => {
    expect(stencils({ value: 1, step: 0.25, lower: 0.9, upper: 1.05 }, "forward")).toEqual([[0.9]]);
    expect(stencils({ value: 1, step: 0.25, lower: 1, upper: 1.05 }, "central")).toEqual([[1.05]]);
  });

  it("are none for a fixed coordinate", () => {
    expect(stencils({ value: 1, step: 0.25, lower: 1, upper: 1 }, "central")).toEqual([]);
  });

  it("do not overflow at the largest numbers", () => {
    const value = Number.MAX_VALUE;
    for (const stencil of stencils({ value, step: value / 4, ...unbounded }, "forward"))
      expect(stencil.every(Number.isFinite)).toBe(true);
  });
});

describe("ladders", () => {
  it("double the step at each extrapolation, and have fewer where that fails", () => {
    expect(ladders({ value: 1, step: 0.25, ...unbounded }, "forward", 2)).toEqual([
      [[1.25], [1.5], [2]],
      [[0.75], [0.5], [0]],
      [[1.25], [1.5]],
      [[0.75], [0.5]],
      [[1.25]],
      [[0.75]],
    ]);
    expect(ladders({ value: 1, step: 0.25, ...unbounded }, "central", 1).slice(0, 3)).toEqual([
      [
        [1.25, 0.75],
        [1.5, 0.5],
      ],
      [
        [1.25, 1.5],
        [1.5, 2],
      ],
      [
        [0.75, 0.5],
        [0.5, 0],
      ],
    ]);
  });

  it("have shorter steps where a bound is near, but not shorter than allowed", () => {
    const [[[up, down], [farUp, farDown]]] = ladders(
      { value: 1, step: 0.25, shortest: 0.01, lower: 0.9, upper: 9 },
      "central",
      1,
    ) as unknown as number[][][];
    expect([up - 1, 1 - down, farUp - 1]).toEqual([expect.closeTo(0.05, 6), up - 1, 2 * (up - 1)]);
    expect(farDown).toBeGreaterThanOrEqual(0.9);
    const [first] = ladders({ value: 1, step: 0.25, shortest: 0.2, lower: 0.9, upper: 9 }, "central", 1);
    expect(first).toEqual([
      [1.25, 1.5],
      [1.5, 2],
    ]);
  });

  it("have fewer steps where the bounds leave no room for more", () => {
    expect(ladders({ value: 1, step: 0.25, lower: 1, upper: 1.75 }, "central", 2)[0]).toEqual([[1.25, 1.5]]);
  });
});

describe("errorExponent", () => {
  const exponents = (stencil: [number] | [number, number]) => [1, 2, 3].map((q) => errorExponent(stencil, 1, q));

  it("is that of the stencil's expansion", () => {
    expect(exponents([1.5, 0.5])).toEqual([2, 4, 6]);
    expect(exponents([1.5, 2])).toEqual([2, 3, 4]);
    expect(exponents([0.5, 0])).toEqual([2, 3, 4]);
    expect(exponents([0.5])).toEqual([1, 2, 3]);
  });
});

describe("difference", () => {
  const quadratic = (x: number) => 3 * x * x - 5 * x + 2;
  const slope = (x: number) => 6 * x - 5;

  it.each([
    ["central", [1.5, 0.5]],
    ["to the right", [1.5, 2]],
    ["to the left", [0.5, 0]],
  ] as const)("of two values is exact for a quadratic: %s", (_, stencil) => {
    expect(difference(stencil, 1, quadratic(1), stencil.map(quadratic))).toBe(slope(1));
  });

  it("of one value is exact for a line", () => {
    expect(difference([1.5], 1, 7, [8])).toBe(2);
    expect(difference([0.5], 1, 7, [6])).toBe(2);
  });

  it("needs the value at the point itself unless it is central", () => {
    expect(needsBase([1.5, 0.5], 1)).toBe(false);
    expect(needsBase([1.5, 2], 1)).toBe(true);
    expect(needsBase([1.5], 1)).toBe(true);
  });
});

describe("scaleFloors", () => {
  const infinite = (n: number) => [new Float64Array(n).fill(-Infinity), new Float64Array(n).fill(Infinity)] as const;

  it("are a hundredth of the start, whatever its magnitude", () => {
    expect(Array.from(scaleFloors(Float64Array.of(1e-4, -1e5), ...infinite(2)).narrow)).toEqual([
      expect.closeTo(1e-6, 18),
      1e3,
    ]);
  });

  it("are taken from the other coordinates for a start at zero, but not above the width of the box", () => {
    expect(Array.from(scaleFloors(Float64Array.of(0, 2, 4, 6), ...infinite(4)).narrow)).toEqual([
      0.02, 0.02, 0.04, 0.06,
    ]);
    expect(Array.from(scaleFloors(Float64Array.of(0), ...infinite(1)).narrow)).toEqual([0.01]);
    expect(scaleFloors(Float64Array.of(0), Float64Array.of(0), Float64Array.of(1e-4)).narrow[0]).toBeCloseTo(1e-6, 18);
  });
});

describe("largestChange", () => {
  it("is relative, of the value that changes most", () => {
    expect(largestChange([1, 1e10], [1 - 2 ** -53, 1e10])).toBe(2 ** -53);
    expect(largestChange([1, 1e10], [1, 0.5e10])).toBe(0.5);
    expect(largestChange([1, 1e10], [1 - 2 ** -53, 0.5e10], 1e-17)).toBe(2 ** -53);
    expect(largestChange([0], [-0])).toBe(0);
    expect(largestChange([0], [1e-300])).toBe(1);
    expect(largestChange([1], [Number.NaN])).toBe(Number.POSITIVE_INFINITY);
    expect(largestChange([1], [Number.POSITIVE_INFINITY])).toBe(Number.POSITIVE_INFINITY);
  });
});
