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
