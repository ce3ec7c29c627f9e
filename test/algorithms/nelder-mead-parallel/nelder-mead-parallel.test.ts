import { describe, expect, it } from "vitest";
import { algorithms } from "../../../src/algorithms/index.ts";
import type { InternalProblem } from "../../../src/algorithms/types.ts";
import { powellSingular, rosenbrock } from "../fixtures/test-problems.ts";
import { drive, type PlainFunction, problem, type Solved, sumOfSquares } from "../solve.ts";

type Options = NonNullable<Parameters<typeof algorithms.nelderMeadParallel>[0]>;

const minimize = (fun: PlainFunction, at: InternalProblem, options: Options = {}): Solved =>
  drive(algorithms.nelderMeadParallel(options).start(at), fun);
const sphere = (x: Float64Array): number => sumOfSquares(x);
const batches = ({ requests }: Solved): number[][][] =>
  requests.map(({ points }) => points.map(({ x }) => Array.from(x)));
const close = (points: readonly (readonly number[])[]) =>
  points.map((x) => x.map((value) => expect.closeTo(value, 12)));

describe("the first iterations, worked by hand on x² + y² from (1, 1)", () => {
  it("with one vertex at a time, in the paper's two rounds", () => {
    const solved = minimize(sphere, problem([1, 1]), { parallelism: 1, speculative: false, maxIterations: 2 });
    expect(batches(solved)).toEqual([
      close([
        [1, 1],
        [1.1, 1],
        [1, 1.1],
      ]),
      // (1, 1.1) through the centroid (1.05, 1): 2.02, better than the next worst 2.21, so it is taken.
      close([[1.1, 0.9]]),
      // (1.1, 1) through (1.05, 0.95): 1.81 is the best so far …
      close([[1, 0.9]]),
      // … so the step is doubled: 1.625 is better still.
      close([[0.95, 0.85]]),
    ]);
    expect(solved.fun).toBeCloseTo(1.625, 12);
    expect(solved.success).toBe(false);
    expect(solved.message).toMatch(/maxIterations 2 reached/);
  });

  it("with both vertices at a time, in one round: through the best vertex", () => {
    const solved = minimize(sphere, problem([1, 1]), { parallelism: 2, maxIterations: 1 });
    const reflections = [
      [0.9, 1],
      [1, 0.9],
    ];
    const expansions = [
      [0.8, 1],
      [1, 0.8],
    ];
    const outside = [
      [0.95, 1],
      [1, 0.95],
    ];
    const inside = [
      [1.05, 1],
      [1, 1.05],
    ];
    expect(batches(solved)[1]).toEqual(close([...reflections, ...expansions, ...outside, ...inside]));
    expect(solved.fun).toBeCloseTo(1.64, 12);
  });

  it("shrinks when no contraction helps", () => {
    // Only the start has a low value: every reflection and contraction fails, and both others halve their distance.
    const spike = (x: Float64Array): number => (x[0] === 1 && x[1] === 1 ? 0 : 1);
    const solved = minimize(spike, problem([1, 1]), { parallelism: 1, maxIterations: 1 });
    expect(batches(solved)[2]).toEqual(
      close([
        [1.05, 1],
        [1, 1.05],
      ]),
    );
  });
});

describe("speculation", () => {
  it.each([1, 2, 3, 4])("with %i vertices at a time changes the rounds but not the vertices", (parallelism) => {
    const fun = (x: Float64Array) => sumOfSquares(powellSingular.residuals(x));
    const at = problem(powellSingular.start);
    const fast = minimize(fun, at, { parallelism, restart: false });
    const paper = minimize(fun, at, { parallelism, restart: false, speculative: false });
    // Every point of the paper's is asked for, and what comes out may be better by a point beside them.
    const asked = new Set(fast.requests.flatMap(({ points }) => points.map(({ x }) => x.join())));
    for (const { points } of paper.requests) for (const { x } of points) expect(asked).toContain(x.join());
    expect(fast.fun).toBeLessThanOrEqual(paper.fun);
    expect(fast.nIterations).toBe(paper.nIterations);
    expect(fast.rounds).toBeLessThan(paper.rounds);
    expect(fast.evaluations).toBeGreaterThan(paper.evaluations);
  });

  it("makes an iteration one round, but for shrinking", () => {
    const solved = minimize(sphere, problem([3, -2, 1]), { restart: false });
    expect(solved.rounds - 1 - solved.nIterations).toBeLessThan(solved.nIterations / 5);
  });
});

describe("minima", () => {
  it.each([1, 2])("Rosenbrock with %i vertices at a time", (parallelism) => {
    const fun = (x: Float64Array) => sumOfSquares(rosenbrock.residuals(x));
    const solved = minimize(fun, problem(rosenbrock.start), { parallelism });
    expect(solved.success, solved.message).toBe(true);
    for (const value of solved.x) expect(value).toBeCloseTo(1, 6);
  });

  it("a quadratic in eight parameters, of which four move at a time", () => {
    const target = [1, -2, 3, -4, 5, -6, 7, -8];
    const fun = (x: Float64Array) => x.reduce((sum, value, j) => sum + (j + 1) * (value - target[j]) ** 2, 0);
    const solved = minimize(fun, problem([1, 1, 1, 1, 1, 1, 1, 1]));
    expect(solved.success, solved.message).toBe(true);
    target.forEach((value, j) => {
      expect(solved.x[j]).toBeCloseTo(value, 4);
    });
  });

  it("Powell's singular function", () => {
    const solved = minimize((x) => sumOfSquares(powellSingular.residuals(x)), problem(powellSingular.start));
    expect(solved.fun).toBeLessThan(1e-12);
    expect(solved.success).toBe(true);
  });

  it("of one parameter", () => {
    expect(minimize((x) => (x[0] - 3) ** 2, problem([1])).x[0]).toBeCloseTo(3, 6);
  });

  it("of parameters of very different size", () => {
    const fun = (x: Float64Array) => (x[0] / 1e-4 - 2) ** 2 + (x[1] / 1e5 - 3) ** 2;
    const solved = minimize(fun, problem([1e-4, 1e5]));
    expect(solved.x[0] / 1e-4).toBeCloseTo(2, 6);
    expect(solved.x[1] / 1e5).toBeCloseTo(3, 6);
  });

  it("that is not smooth", () => {
    const solved = minimize((x) => Math.abs(x[0] - 1) + 2 * Math.abs(x[1] + 1), problem([3, 3]));
    expect(solved.x[0]).toBeCloseTo(1, 6);
    expect(solved.x[1]).toBeCloseTo(-1, 6);
  });
});

describe("restarts", () => {
  it("find the minimum where a simplex with many moving vertices collapsed before it", () => {
    // Linear full-rank residuals (Moré, Garbow and Hillstrom 1981, problem 32): the minimum is m − n = 36.
    const fun = (x: Float64Array) => {
      const sum = x.reduce((total, value) => total + value, 0);
      return sumOfSquares(Float64Array.from({ length: 45 }, (_, i) => (i < 9 ? x[i] : 0) - (2 / 45) * sum - 1));
    };
    const at = problem(new Array<number>(9).fill(10));
    const collapsed = minimize(fun, at, { restart: false });
    expect(collapsed.message).toMatch(/does not prove a minimum/);
    const verified = minimize(fun, at);
    expect(collapsed.fun).toBeGreaterThan(36.1);
    expect(verified.fun).toBeCloseTo(36, 6);
    expect(verified.message).toMatch(/found nothing better/);
  });

  it("free a simplex that a bound pressed flat", () => {
    const fun = (x: Float64Array) => sumOfSquares(rosenbrock.residuals(x));
    const solved = minimize(fun, problem([-1.2, 3], [-2, -2], [2, 3]), { restart: false });
    expect(solved.fun).toBeLessThan(1e-10);
  });
});

describe("bounds", () => {
  it("may hold the solution", () => {
    const solved = minimize((x) => (x[0] - 3) ** 2 + (x[1] + 1) ** 2, problem([0.5, 0], [-1, -0.5], [1, 1]));
    expect(Array.from(solved.x)).toEqual([1, -0.5]);
    expect(solved.success).toBe(true);
  });

  it("that agree fix a parameter", () => {
    const solved = minimize((x) => (x[0] - x[1]) ** 2, problem([0.5, 2], [-5, 2], [5, 2]));
    expect(solved.x[0]).toBeCloseTo(2, 6);
    expect(solved.x[1]).toBe(2);
  });

  it("may fix everything", () => {
    expect(minimize(sphere, problem([2], [2], [2]))).toMatchObject({ fun: 4, rounds: 1, success: true });
  });
});

describe("values that are no numbers", () => {
  it("rank last: NaN and failures are avoided", () => {
    const fun = (x: Float64Array): number => {
      if (x[0] < 0) throw new Error("negative");
      return x[1] < 0 ? Number.NaN : (x[0] - 0.1) ** 2 + (x[1] - 0.1) ** 2;
    };
    const solved = minimize(fun, problem([1, 1]));
    expect(solved.x[0]).toBeCloseTo(0.1, 6);
    expect(solved.x[1]).toBeCloseTo(0.1, 6);
  });

  it("everywhere end it without success", () => {
    const solved = minimize(() => Number.NaN, problem([1, 1]));
    expect(solved).toMatchObject({ success: false, fun: Number.POSITIVE_INFINITY });
    expect(solved.message).toMatch(/no point with a finite value/);
  });

  it("of minus infinity end it without success", () => {
    const solved = minimize((x) => (x[0] > 2 ? Number.NEGATIVE_INFINITY : -x[0]), problem([1]));
    expect(solved).toMatchObject({ success: false, fun: Number.NEGATIVE_INFINITY });
  });
});
