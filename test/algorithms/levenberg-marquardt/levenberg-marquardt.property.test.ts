import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { algorithms } from "../../../src/algorithms/index.ts";
import type { InternalProblem, Request } from "../../../src/algorithms/types.ts";
import { leastSquares } from "../../../src/linalg.ts";
import { drive, type PlainFunction, problem, solve } from "../solve.ts";

const { start } = algorithms.levenbergMarquardt({ maxIterations: 40 });
const number = fc.double({ min: -5, max: 5, noNaN: true });

/** A smooth nonlinear problem of n parameters in a random box that holds the start. */
const boxed = fc.integer({ min: 1, max: 4 }).chain((n) =>
  fc.record({
    weights: fc.array(number, { minLength: 3 * n, maxLength: 3 * n }),
    targets: fc.array(number, { minLength: 3, maxLength: 3 }),
    box: fc.array(
      fc.record({
        x: number,
        below: fc.oneof(
          fc.constant(0),
          fc.double({ min: 0, max: 4, noNaN: true }),
          fc.constant(Number.POSITIVE_INFINITY),
        ),
        above: fc.oneof(
          fc.constant(0),
          fc.double({ min: 0, max: 4, noNaN: true }),
          fc.constant(Number.POSITIVE_INFINITY),
        ),
      }),
      { minLength: n, maxLength: n },
    ),
  }),
);

function asProblem(box: readonly { x: number; below: number; above: number }[]): InternalProblem {
  return problem(
    box.map(({ x }) => x),
    box.map(({ x, below }) => x - below),
    box.map(({ x, above }) => x + above),
  );
}

function asFunction(weights: readonly number[], targets: readonly number[]): PlainFunction {
  return (x) =>
    Float64Array.from(targets, (target, i) => {
      const linear = x.reduce((sum, value, j) => sum + weights[i * x.length + j] * value, 0);
      return linear + Math.sin(linear) * x[0] - target;
    });
}

const bits = (x: Float64Array): string => new BigUint64Array(x.buffer, x.byteOffset, x.length).join();
const asked = (requests: readonly Request[]): string =>
  JSON.stringify(requests.map(({ points }) => points.map(({ x, want }) => [bits(x), want])));

describe("levenberg-marquardt", () => {
  it("asks within the bounds only, never the same x twice in a batch, and ends no worse than it began", () => {
    fc.assert(
      fc.property(boxed, ({ weights, targets, box }) => {
        const at = asProblem(box);
        const fun = asFunction(weights, targets);
        const solved = solve(start, fun, at);
        for (const { points } of solved.requests) {
          for (const { x } of points)
            x.forEach((value, j) => {
              expect(value).toBeGreaterThanOrEqual(at.lower[j]);
              expect(value).toBeLessThanOrEqual(at.upper[j]);
            });
          expect(new Set(points.map(({ x }) => bits(x))).size).toBe(points.length);
        }
        const startValue = solved.bestAfterRound.length > 0 ? (fun(at.x0) as Float64Array) : new Float64Array(0);
        const before = startValue.reduce((sum, value) => sum + value * value, 0);
        expect(solved.fun).toBeLessThanOrEqual(before * (1 + 1e-12));
      }),
      { numRuns: 100, interruptAfterTimeLimit: 20_000 },
    );
  });

  it("asks the same points again for the same answers", () => {
    fc.assert(
      fc.property(boxed, ({ weights, targets, box }) => {
        const run = () => solve(start, asFunction(weights, targets), asProblem(box));
        expect(asked(run().requests)).toBe(asked(run().requests));
      }),
      { numRuns: 20 },
    );
  });

  it("solves linear least squares as the decomposition does", () => {
    const linear = fc.integer({ min: 1, max: 4 }).chain((n) =>
      fc.record({
        n: fc.constant(n),
        noise: fc.array(fc.double({ min: -0.3, max: 0.3, noNaN: true }), {
          minLength: 2 * n * n,
          maxLength: 2 * n * n,
        }),
        b: fc.array(number, { minLength: 2 * n, maxLength: 2 * n }),
        x0: fc.array(fc.integer({ min: -40, max: 40 }), { minLength: n, maxLength: n }),
      }),
    );
    fc.assert(
      fc.property(linear, ({ n, noise, b, x0 }) => {
        // Two stacked identities with small noise: well conditioned.
        const a = {
          rows: 2 * n,
          columns: n,
          data: Float64Array.from(noise, (value, k) => value / n + (Math.floor(k / n) % n === k % n ? 1 : 0)),
        };
        const expected = leastSquares(a, Float64Array.from(b), 1e-14);
        const fun = (x: Float64Array) =>
          Float64Array.from(b, (value, i) => x.reduce((sum, xj, j) => sum + a.data[i * n + j] * xj, 0) - value);
        const at = { ...problem(x0.map((value) => value / 8)), hasJac: true };
        const analytical = drive(start(at), fun, () => a.data.slice());
        const numerical = solve(start, fun, { ...at, hasJac: false });
        const scale = Math.max(1, ...expected.map(Math.abs));
        expected.forEach((value, j) => {
          expect(Math.abs(analytical.x[j] - value)).toBeLessThanOrEqual(1e-10 * scale);
          // Steps shrink with a parameter that goes to zero: differences then lose digits.
          expect(Math.abs(numerical.x[j] - value)).toBeLessThanOrEqual(1e-6 * scale);
        });
      }),
      { numRuns: 100, interruptAfterTimeLimit: 20_000 },
    );
  });
});
