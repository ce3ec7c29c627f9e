import { describe, expect, it } from "vitest";
import { algorithms } from "../../../src/algorithms/index.ts";
import { certifiedProblems, residualsOf } from "../fixtures/certified-problems.ts";
import { influenza, sirResiduals } from "../fixtures/influenza.ts";
import { testProblems } from "../fixtures/test-problems.ts";
import { problem, solve } from "../solve.ts";

const { start } = algorithms.levenbergMarquardt();

/** Correct digits of the worst parameter; eleven when all digits of the reference are right. */
function digitsRight(x: Float64Array, reference: readonly number[]): number {
  return Math.min(11, ...reference.map((value, j) => -Math.log10(Math.abs(x[j] - value) / Math.abs(value))));
}

describe("NIST certified regressions", () => {
  const cases = certifiedProblems.flatMap((certified) =>
    certified.starts.map((from, i) => [certified.name, i + 1, certified, from] as const),
  );

  it.each(cases)("%s from start %i", (_name, _start, certified, from) => {
    const solved = solve(start, residualsOf(certified), problem(from));
    expect(solved.success, solved.message).toBe(true);
    expect(digitsRight(solved.x, certified.certified)).toBeGreaterThanOrEqual(9);
    expect(solved.fun / certified.residualSumOfSquares).toBeCloseTo(1, 9);
    const claimed = Number(/About (\d+) digits/.exec(solved.message)?.[1]);
    expect(claimed).toBeGreaterThanOrEqual(6);
    expect(digitsRight(solved.x, certified.certified)).toBeGreaterThanOrEqual(Math.min(claimed, 10) - 1);
  });
});

describe("NIST MGH17, whose far start leads away", () => {
  const y = [
    0.844, 0.908, 0.932, 0.936, 0.925, 0.908, 0.881, 0.85, 0.818, 0.784, 0.751, 0.718, 0.685, 0.658, 0.628, 0.603, 0.58,
    0.558, 0.538, 0.522, 0.506, 0.49, 0.478, 0.467, 0.457, 0.448, 0.438, 0.431, 0.424, 0.42, 0.414, 0.411, 0.406,
  ];
  const residuals = (b: Float64Array) =>
    Float64Array.from(
      y,
      (value, i) => b[0] + b[1] * Math.exp(-10 * i * b[3]) + b[2] * Math.exp(-10 * i * b[4]) - value,
    );
  const certified = {
    x: [0.37541005211, 1.9358469127, -1.4646871366, 0.01286753464, 0.022122699662],
    fun: 5.4648946975e-5,
  };

  it("is solved from the near start", () => {
    const solved = solve(start, residuals, problem([0.5, 1.5, -1, 0.01, 0.02]));
    expect(solved.success, solved.message).toBe(true);
    expect(digitsRight(solved.x, certified.x)).toBeGreaterThanOrEqual(8);
    expect(solved.fun / certified.fun).toBeCloseTo(1, 8);
  });

  it("claims no success from the far start, where a parameter loses its effect", () => {
    const solved = solve(start, residuals, problem([50, 150, -100, 1, 2]));
    expect(solved.fun).toBeGreaterThan(1.1 * certified.fun);
    expect(solved.success).toBe(false);
    expect(solved.message).toMatch(/lost their effect.*Without effect on the residuals: x\d.*bounds/);
  });
});

describe("problems of Moré, Garbow and Hillstrom", () => {
  it.each(testProblems.map((test) => [test.name, test] as const))("%s", (_name, test) => {
    const solved = solve(start, test.residuals, problem(test.start));
    expect(solved.success, solved.message).toBe(true);
    if (test.minimum === 0) expect(solved.fun).toBeLessThan(1e-20);
    else expect(Math.abs(solved.fun - test.minimum) / test.minimum).toBeLessThan(5e-6);
    test.minimiser?.forEach((value, j) => {
      expect(solved.x[j]).toBeCloseTo(value, 9);
    });
  });
});

describe("the influenza outbreak of 1978", () => {
  it.each([
    [1, 0.5],
    [2, 0.5],
    [0.5, 0.1],
    [3, 1],
  ])("is fitted from %d and %d per day", (...from) => {
    const solved = solve(start, sirResiduals, problem(from, [0, 0], [10, 5]));
    expect(solved.success, solved.message).toBe(true);
    expect(solved.x[0]).toBeCloseTo(influenza.transmission, 4);
    expect(solved.x[1]).toBeCloseTo(influenza.recovery, 4);
    expect(solved.fun).toBeCloseTo(influenza.residualSumOfSquares, 2);
  });
});
