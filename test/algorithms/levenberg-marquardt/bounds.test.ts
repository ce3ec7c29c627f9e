import { describe, expect, it } from "vitest";
import { algorithms } from "../../../src/algorithms/index.ts";
import { powellSingular, rosenbrock } from "../fixtures/test-problems.ts";
import { problem, solve } from "../solve.ts";

const { start } = algorithms.levenbergMarquardt();

describe("bounds", () => {
  it("hold where the solution is outside: Rosenbrock with x ≤ 0.8 ends at (0.8, 0.64)", () => {
    // At x = 0.8 the first residual vanishes with y = 0.64; the second is 0.2, and its slope pushes against the bound.
    const solved = solve(start, rosenbrock.residuals, problem([-1.2, 1], [-2, -2], [0.8, 3]));
    expect(solved.x[0]).toBe(0.8);
    expect(solved.x[1]).toBeCloseTo(0.64, 11);
    expect(solved.fun).toBeCloseTo(0.04, 12);
    expect(solved.success).toBe(true);
  });

  it("are followed to a solution on them: Rosenbrock with y ≥ 0.5, started at the corner", () => {
    // With y = 0.5 the stationary points solve 400 x³ − 198 x − 2 = 0 (Karush–Kuhn–Tucker); the one near the start is a
    // minimum of the face, its multiplier 200 (y − x²) is positive.
    const solved = solve(start, rosenbrock.residuals, problem([-1.5, 0.5], [-1.5, 0.5], [0, 3]));
    const [x, y] = solved.x;
    expect(y).toBe(0.5);
    expect(Math.abs(400 * x ** 3 - 198 * x - 2)).toBeLessThan(1e-7);
    expect(200 * (y - x * x)).toBeGreaterThan(0);
    expect(solved.success).toBe(true);
  });

  it("stop the straight way: a box that cuts off the minimum of a quadratic", () => {
    const solved = solve(start, (x) => Float64Array.of(x[0] - 3, x[1] + 1), problem([0, 0], [-1, -0.5], [1, 1]));
    expect(Array.from(solved.x)).toEqual([1, -0.5]);
    expect(solved.message).toBe("Converged: every parameter is fixed, or held at a bound by the gradient.");
  });

  it("are left again when the descent turns: the start is held at a bound that the solution is not on", () => {
    const solved = solve(start, rosenbrock.residuals, problem([-1.2, 2], [-2, -1], [2, 2]));
    expect(solved.x[0]).toBeCloseTo(1, 9);
    expect(solved.x[1]).toBeCloseTo(1, 9);
  });

  it("that agree fix a coordinate, which costs no evaluation", () => {
    const seen = new Set<number>();
    const solved = solve(
      start,
      (x) => {
        seen.add(x[1]);
        return Float64Array.of(x[0] + x[1] - 3, x[0] - x[1]);
      },
      problem([0, 2], [-5, 2], [5, 2]),
    );
    expect([...seen]).toEqual([2]);
    expect(solved.x[0]).toBeCloseTo(1.5, 9);
    expect(solved.success).toBe(true);
  });

  it("may fix everything", () => {
    const solved = solve(start, (x) => Float64Array.of(x[0] - 3), problem([0], [0], [0]));
    expect(solved).toMatchObject({ fun: 9, success: true, rounds: 1, evaluations: 1 });
  });

  it("may be met by a singular solution: Powell's function in the positive orthant", () => {
    const solved = solve(start, powellSingular.residuals, problem([3, 1, 0, 1], [0, 0, 0, 0], [9, 9, 9, 9]));
    expect(solved.fun).toBeLessThan(1e-18);
    expect(Math.min(...solved.x)).toBeGreaterThanOrEqual(0);
  });
});
