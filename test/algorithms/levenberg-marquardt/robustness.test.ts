import { describe, expect, it } from "vitest";
import { algorithms } from "../../../src/algorithms/index.ts";
import { InvalidInputError } from "../../../src/errors.ts";
import { certifiedProblems, residualsOf } from "../fixtures/certified-problems.ts";
import { rosenbrock } from "../fixtures/test-problems.ts";
import { problem, solve } from "../solve.ts";

const { start } = algorithms.levenbergMarquardt();
const misra = certifiedProblems[0];
const of = (...values: number[]): Float64Array => Float64Array.from(values);

describe("the start", () => {
  it("may be the solution: zero residuals end it after one round", () => {
    const solved = solve(start, (x) => of(x[0] - 3, 2 * (x[1] + 1)), problem([3, -1]));
    expect(solved).toMatchObject({ rounds: 1, success: true, fun: 0, message: "Converged: all residuals are zero." });
  });

  it("may be the solution with residuals left", () => {
    const solved = solve(start, residualsOf(misra), problem(misra.certified));
    expect(solved.success).toBe(true);
    expect(solved.x[1] / misra.certified[1]).toBeCloseTo(1, 9);
  });

  it("must have finite residuals", () => {
    const solved = solve(start, (x) => of(1, Math.log(x[0])), problem([-1]));
    expect(solved).toMatchObject({ success: false, rounds: 1 });
    expect(solved.message).toBe("Not started: residual 1 at the start is NaN; all must be finite.");
  });

  it("must not fail", () => {
    const fails = (): never => {
      throw new Error("no licence");
    };
    const solved = solve(start, fails, problem([1]));
    expect(solved.success).toBe(false);
    expect(solved.message).toMatch(/^Not started: the criterion failed at the start/);
  });

  it("must not overflow in the sum of squares", () => {
    const solved = solve(start, (x) => of(1e200 * x[0]), problem([1]));
    expect(solved.message).toMatch(/overflows; scale the residuals/);
  });

  it("may not be stationary for lack of effect: success needs a direction", () => {
    const solved = solve(start, (x) => of(x[0] ** 2 - 1, 1), problem([0]));
    expect(solved.success).toBe(false);
    expect(solved.message).toMatch(/the Jacobian is zero/);
  });

  it("of zeros works with solutions of any scale", () => {
    const solved = solve(start, (x) => of(x[0] - 1e-6, x[1] - 1e6), problem([0, 0]));
    expect(solved.x[0] / 1e-6).toBeCloseTo(1, 9);
    expect(solved.x[1] / 1e6).toBeCloseTo(1, 9);
  });
});

describe("a start near zero", () => {
  it.each([1e-9, 1e-30, 5e-324])("of %d does not hide the effect of a parameter", (tiny) => {
    const solved = solve(start, (x) => of(x[0] - 3, x[0] * x[1] - 6, 0.1 * x[1]), problem([tiny, 1]));
    const exact = solve(start, (x) => of(x[0] - 3, x[0] * x[1] - 6, 0.1 * x[1]), problem([2, 1]));
    expect(solved.x[0]).toBeCloseTo(exact.x[0], 8);
    expect(solved.x[1]).toBeCloseTo(exact.x[1], 8);
  });
});

describe("the criterion", () => {
  it("must return residuals", () => {
    expect(() => solve(start, (x) => x[0] ** 2, problem([1]))).toThrow(InvalidInputError);
    expect(() => solve(start, (x) => x[0] ** 2, problem([1]))).toThrow("expected a criterion that returns residuals");
  });

  it("may be undefined beyond an edge: NaN steps are rejected", () => {
    // Stationary where (log x + 3) / x + x − 1 = 0.
    const solved = solve(start, (x) => of(Math.log(x[0]) + 3, x[0] - 1), problem([5]));
    const [x] = solved.x;
    expect((Math.log(x) + 3) / x + x - 1).toBeCloseTo(0, 8);
    expect(solved.success).toBe(true);
  });

  it("may fail next to the start: the derivative takes the other side", () => {
    const solved = solve(
      start,
      (x) => {
        if (x[0] > 1) throw new Error("too large");
        return of(x[0] - 0.5, x[0] ** 2 - 0.25);
      },
      problem([1]),
    );
    expect(solved.x[0]).toBeCloseTo(0.5, 10);
    expect(solved.success).toBe(true);
  });

  it("may fail around the solution: it ends at the edge and says so", () => {
    const solved = solve(
      start,
      (x) => {
        if (x[0] > 1) throw new Error("too large");
        return of(x[0] - 1.5, 0.1 * x[0]);
      },
      problem([0.2]),
    );
    expect(solved.x[0]).toBeCloseTo(1, 6);
    expect(solved.success).toBe(false);
    expect(solved.message).toMatch(/failed or was not finite at steps tried last/);
  });

  it("may have fewer residuals than parameters: the nearest of the solutions, and a word on it", () => {
    const solved = solve(start, (x) => of(x[0] + x[1] + x[2] - 3), problem([0, 0, 0]));
    for (const value of solved.x) expect(value).toBeCloseTo(1, 12);
    expect(solved.success).toBe(true);
    expect(solved.message).toMatch(/only 1 of 3 directions/);
  });

  it("may ignore a parameter, which stays and is named", () => {
    const solved = solve(start, (x) => of(x[0] - 1, 2 * x[0] - 3), problem([0, 5]));
    expect(solved.x[0]).toBeCloseTo(1.4, 10);
    expect(solved.x[1]).toBe(5);
    expect(solved.message).toMatch(/Without effect on the residuals: x1\./);
  });

  it("may have one parameter and one residual", () => {
    const solved = solve(start, (x) => of(x[0] ** 2 - 2), problem([1]));
    expect(solved.x[0]).toBeCloseTo(Math.SQRT2, 14);
  });

  it("may be scaled badly", () => {
    const from = problem([1e-4, 1e5]);
    const solved = solve(start, (x) => rosenbrock.residuals(of(x[0] / 3e-4, x[1] / 2e5)), from);
    expect(solved.x[0] / 3e-4).toBeCloseTo(1, 10);
    expect(solved.x[1] / 2e5).toBeCloseTo(1, 10);
  });

  it.each([1e-9, 1e-6, 1e-4])("may be noisy (%d): success is claimed only with the digits that are right", (level) => {
    let state = 1;
    const noise = (): number => {
      state = (state * 48271) % 2147483647;
      return level * (state / 2147483647 - 0.5);
    };
    const exact = residualsOf(misra);
    const solved = solve(start, (b) => exact(b).map((value) => value + 50 * noise()), problem(misra.starts[1]));
    const error = Math.max(...misra.certified.map((value, j) => Math.abs(solved.x[j] / value - 1)));
    const claimed = Number(/About (\d+) digits/.exec(solved.message)?.[1] ?? 0);
    // Least-squares noise moves the solution itself: about its size over the smallest scaled singular value.
    expect(error).toBeLessThan(Math.max(10 ** (2 - claimed), 0.1));
    if (level >= 1e-6) expect(solved.success).toBe(false);
  });
});

describe("limits and tolerances", () => {
  it("maxIterations ends it without success", () => {
    const { start: short } = algorithms.levenbergMarquardt({ maxIterations: 3 });
    const solved = solve(short, residualsOf(misra), problem(misra.starts[0]));
    expect(solved).toMatchObject({ success: false, nIterations: 3 });
    expect(solved.message).toMatch(/maxIterations 3 reached/);
  });

  it.each([
    [{ relativeParamsTolerance: 1e-4 }, /^Ended by relativeParamsTolerance 0\.0001/],
    [{ relativeFunTolerance: 1e-4 }, /^Ended by relativeFunTolerance 0\.0001/],
    [{ gradientTolerance: 1e-4 }, /^Ended by gradientTolerance 0\.0001/],
  ])("%j is named in the message when it ends the run, which is shorter", (options, message) => {
    const from = problem(misra.starts[0]);
    const solved = solve(algorithms.levenbergMarquardt(options).start, residualsOf(misra), from);
    expect(solved.message).toMatch(message);
    expect(solved.success).toBe(true);
    expect(solved.rounds).toBeLessThan(solve(start, residualsOf(misra), from).rounds);
  });

  it.each([
    { trials: 1 },
    { speculativeJacobian: false },
    { trials: 1, speculativeJacobian: false },
    { trials: 12 },
    { initialRadius: 1e-6 },
    { initialRadius: 1e6 },
  ])("the solution is the same with %j", (options) => {
    const { start: other } = algorithms.levenbergMarquardt(options);
    const solved = solve(other, residualsOf(misra), problem(misra.starts[0]));
    misra.certified.forEach((value, j) => {
      expect(solved.x[j] / value).toBeCloseTo(1, 8);
    });
  });
});
