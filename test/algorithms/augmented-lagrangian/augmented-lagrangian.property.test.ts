import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AugmentedFunction } from "../../../src/algorithms/augmented-lagrangian/augmented-function.ts";
import { augmentedLagrangian } from "../../../src/algorithms/augmented-lagrangian/augmented-lagrangian.ts";
import { algorithms } from "../../../src/algorithms/index.ts";
import type {
  Answer,
  ConfiguredAlgorithm,
  InternalProblem,
  PointAnswer,
  Request,
  Solution,
} from "../../../src/algorithms/types.ts";
import { withNumericalDerivatives } from "../../../src/differentiation/index.ts";
import { problem } from "../solve.ts";

/** Tenths away from zero: parameters so near to it that they have no scale are no part of this. */
const tenths = (length: number) =>
  fc
    .array(fc.integer({ min: -30, max: 30 }), { minLength: length, maxLength: length })
    .map((list) => Float64Array.from(list, (one) => (one + 0.5) / 10));
const numbers = (length: number, size = 3) =>
  fc.float64Array({ minLength: length, maxLength: length, min: -size, max: size, noNaN: true });

describe("the augmented function", () => {
  // f = x₀² x₁ + 3 x₁ or residuals (x₀ x₁, x₀ − 2), c = (x₀² + x₁, x₀ x₁², x₁).
  const residuals = (isLeastSquares: boolean, [a, b]: Float64Array) =>
    isLeastSquares ? [a * b, a - 2] : [a ** 2 * b + 3 * b];
  const constraints = ([a, b]: Float64Array) => [a ** 2 + b, a * b ** 2, b];
  const jac = (isLeastSquares: boolean, [a, b]: Float64Array) =>
    Float64Array.from([
      ...(isLeastSquares ? [b, a, 1, 0] : [2 * a * b, a ** 2 + 3]),
      ...[2 * a, 1, b ** 2, 2 * a * b, 0, 1],
    ]);
  const stacked = (isLeastSquares: boolean, x: Float64Array): PointAnswer => {
    const r = residuals(isLeastSquares, x);
    return {
      fun: isLeastSquares ? r.reduce((sum, one) => sum + one ** 2, 0) : r[0],
      residuals: Float64Array.from([...r, ...constraints(x)]),
      jac: jac(isLeastSquares, x),
      failed: false,
    };
  };
  const asked = fc
    .tuple(
      numbers(3),
      fc.tuple(
        ...[0, 1, 2].map(() =>
          fc.oneof(fc.constant(0), fc.double({ min: 0, max: 4, noNaN: true }), fc.constant(Number.POSITIVE_INFINITY)),
        ),
      ),
    )
    .map(([lower, widths]) => ({
      lower,
      upper: lower.map((one, i) => one + widths[i]),
      tolerance: new Float64Array(3).fill(1e-5),
    }));
  const given = fc.record({
    x: numbers(2),
    isLeastSquares: fc.boolean(),
    limits: asked,
    multipliers: numbers(3, 5),
    penalties: fc.float64Array({ minLength: 3, maxLength: 3, min: 0.1, max: 50, noNaN: true }),
  });

  it("has its own derivative, and the Lagrangian's for updated multipliers", () => {
    fc.assert(
      fc.property(given, ({ x, isLeastSquares, limits, multipliers, penalties }) => {
        const start = stacked(isLeastSquares, x);
        const augmented = new AugmentedFunction({ limits, isLeastSquares }, multipliers, penalties, [start]);
        const at = (y: Float64Array) => augmented.answer({ x: y, want: "funAndJac" }, stacked(isLeastSquares, y));
        const answer = at(x);
        const gradient = [0, 1].map((j) => {
          if (!isLeastSquares) return (answer.jac as Float64Array)[j];
          const r = answer.residuals as Float64Array;
          return r.reduce((sum, one, i) => sum + 2 * one * (answer.jac as Float64Array)[2 * i + j], 0);
        });
        const updated = augmented.updatedMultipliers(Float64Array.from(constraints(x)));
        const full = jac(isLeastSquares, x);
        const m = residuals(isLeastSquares, x).length;
        for (const j of [0, 1]) {
          // Where a constraint begins to bind within the difference, that is off by half the jump of the second derivative times h.
          const h = 1e-6;
          const moved = (by: number) => at(x.map((value, i) => (i === j ? value + by : value))).fun;
          expect(Math.abs(gradient[j] - (moved(h) - moved(-h)) / (2 * h))).toBeLessThan(
            5e-2 + 1e-4 * Math.abs(gradient[j]),
          );
          // ∇L = ∇f + Σ λ⁺ᵢ ∇cᵢ: a minimum of the augmented function is a stationary point of the Lagrangian.
          const own = isLeastSquares
            ? residuals(true, x).reduce((sum, one, i) => sum + 2 * one * full[2 * i + j], 0)
            : full[j];
          const lagrangian = updated.reduce((sum, one, i) => sum + one * full[2 * (m + i) + j], own);
          expect(Math.abs(gradient[j] - lagrangian)).toBeLessThan(1e-9 * (1 + Math.abs(gradient[j])) * 1e3);
        }
        if (isLeastSquares) {
          const squares = (answer.residuals as Float64Array).reduce((sum, one) => sum + one ** 2, 0);
          expect(squares).toBeCloseTo(answer.fun, 6);
        }
      }),
    );
  });

  it("has gaps that are at least the distance from what is asked, and multipliers of the side that binds", () => {
    fc.assert(
      fc.property(given, ({ x, limits, multipliers, penalties }) => {
        const augmented = new AugmentedFunction({ limits, isLeastSquares: false }, multipliers, penalties, [
          stacked(false, x),
        ]);
        const values = Float64Array.from(constraints(x));
        const updated = augmented.updatedMultipliers(values);
        augmented.gaps(values).forEach((gap, i) => {
          const { lower, upper } = limits;
          expect(gap).toBeGreaterThanOrEqual(Math.max(lower[i] - values[i], values[i] - upper[i], 0) - 1e-12);
          if (updated[i] > 0) expect(values[i] + multipliers[i] / penalties[i]).toBeGreaterThan(upper[i]);
          if (updated[i] < 0) expect(values[i] + multipliers[i] / penalties[i]).toBeLessThan(lower[i]);
        });
      }),
    );
  });
});

interface Run {
  readonly solution: Solution;
  readonly requests: readonly Request[];
}

/** Drives it with a criterion and constraints; counts what is asked. */
function solve(
  algorithm: ConfiguredAlgorithm,
  at: InternalProblem,
  residuals: (x: Float64Array) => Float64Array,
  constraints: (x: Float64Array) => Float64Array,
  limits: { lower: Float64Array; upper: Float64Array; tolerance: Float64Array },
): Run {
  const generator = augmentedLagrangian({
    algorithm,
    problem: at,
    limitsOf: () => limits,
    withDerivatives: (asked) => withNumericalDerivatives(asked, at),
  });
  const requests: Request[] = [];
  let turn = generator.next();
  while (!turn.done) {
    if (requests.length > 5000) throw new Error("no end after 5000 rounds");
    requests.push(turn.value);
    const answers: Answer = turn.value.points.map(({ x }) => {
      const r = residuals(x);
      return {
        fun: r.reduce((sum, one) => sum + one ** 2, 0),
        residuals: r,
        jac: null,
        failed: false,
        constraints: { values: [constraints(x)], jac: null },
      };
    });
    turn = generator.next(answers);
  }
  return { solution: turn.value, requests };
}

describe("random ellipsoids", () => {
  const n = 3;
  const given = fc.record({
    target: tenths(n),
    weights: fc.float64Array({ minLength: n, maxLength: n, min: 0.3, max: 3, noNaN: true }),
    start: tenths(n),
    size: fc.double({ min: 0.5, max: 3, noNaN: true }),
    kind: fc.constantFrom("equal", "inside", "between"),
    byNumber: fc.boolean(),
  });

  it("the nearest point of an ellipsoid is found, and feasible within the tolerance", () => {
    fc.assert(
      fc.property(given, ({ target, weights, start, size, kind, byNumber }) => {
        const form = (x: Float64Array) => x.reduce((sum, one, i) => sum + weights[i] * one ** 2, 0);
        const limits = {
          lower: Float64Array.of(kind === "equal" ? size : kind === "between" ? size / 2 : Number.NEGATIVE_INFINITY),
          upper: Float64Array.of(size),
          tolerance: Float64Array.of(1e-5),
        };
        const algorithm = byNumber ? algorithms.nelderMeadParallel() : algorithms.levenbergMarquardt();
        // At the centre no direction is better than another.
        fc.pre(form(start) > 0.1 && form(target) > 0.1);
        const { solution, requests } = solve(
          algorithm,
          problem(Array.from(start)),
          (x) => x.map((one, i) => one - target[i]),
          (x) => Float64Array.of(form(x)),
          limits,
        );
        expect(requests[0].points.some(({ x }) => x.every((one, i) => Object.is(one, start[i])))).toBe(true);
        if (!solution.success) return;
        const value = form(solution.x);
        expect(value).toBeLessThanOrEqual(limits.upper[0] + 1e-5);
        expect(value).toBeGreaterThanOrEqual(limits.lower[0] - 1e-5);
        // Stationary: x − target = −λ W x, with λ of the sign of the side that binds.
        const gap = solution.x.map((one, i) => one - target[i]);
        const normal = solution.x.map((one, i) => weights[i] * one);
        const square = normal.reduce((sum, one) => sum + one ** 2, 0);
        const multiplier = -gap.reduce((sum, one, i) => sum + one * normal[i], 0) / square;
        gap.forEach((one, i) => {
          expect(Math.abs(one + multiplier * normal[i])).toBeLessThan(2e-3);
        });
        if (kind !== "equal" && value < limits.upper[0] - 1e-4) expect(multiplier).toBeLessThan(1e-3);
        if (kind !== "equal" && value > limits.lower[0] + 1e-4) expect(multiplier).toBeGreaterThan(-1e-3);
      }),
      { numRuns: 30 },
    );
  }, 60_000);

  it("most are found", () => {
    let nFound = 0;
    const examples = fc.sample(given, { numRuns: 30, seed: 3 });
    for (const { target, weights, start, size } of examples) {
      const form = (x: Float64Array) => x.reduce((sum, one, i) => sum + weights[i] * one ** 2, 0);
      const { solution } = solve(
        algorithms.levenbergMarquardt(),
        problem(Array.from(start)),
        (x) => x.map((one, i) => one - target[i]),
        (x) => Float64Array.of(form(x)),
        { lower: Float64Array.of(size), upper: Float64Array.of(size), tolerance: Float64Array.of(1e-5) },
      );
      if (solution.success) nFound += 1;
    }
    expect(nFound).toBeGreaterThan(0.9 * examples.length);
  }, 60_000);
});
