import fc from "fast-check";
import { expect, it } from "vitest";
import { algorithms } from "../../../src/algorithms/index.ts";
import type { InternalProblem } from "../../../src/algorithms/types.ts";
import { drive, problem, type Solved } from "../solve.ts";

const room = fc.oneof(
  fc.constant(0),
  fc.double({ min: 0, max: 4, noNaN: true }),
  fc.constant(Number.POSITIVE_INFINITY),
);
const coordinate = fc.record({
  x: fc.double({ min: -5, max: 5, noNaN: true }),
  below: room,
  above: room,
  target: fc.integer({ min: -8, max: 8 }),
});
const cases = fc.record({
  box: fc.array(coordinate, { minLength: 1, maxLength: 4 }),
  parallelism: fc.option(fc.integer({ min: 1, max: 5 })),
  speculative: fc.boolean(),
});

function run({ box, ...options }: typeof cases extends fc.Arbitrary<infer T> ? T : never): [InternalProblem, Solved] {
  const at = problem(
    box.map(({ x }) => x),
    box.map(({ x, below }) => x - below),
    box.map(({ x, above }) => x + above),
  );
  const fun = (x: Float64Array) => x.reduce((sum, value, j) => sum + (j + 1) * (value - box[j].target) ** 2, 0);
  const { start } = algorithms.nelderMeadParallel({ ...options, maxIterations: 200 });
  return [at, drive(start(at), fun)];
}

const bits = (x: Float64Array): string => new BigUint64Array(x.buffer, x.byteOffset, x.length).join();

it("asks within the bounds only, never the same x twice in a batch, and returns the best point of all", () => {
  fc.assert(
    fc.property(cases, (given) => {
      const [{ lower, upper }, solved] = run(given);
      for (const { points } of solved.requests) {
        for (const { x } of points)
          x.forEach((value, j) => {
            expect(value).toBeGreaterThanOrEqual(lower[j]);
            expect(value).toBeLessThanOrEqual(upper[j]);
          });
        expect(new Set(points.map(({ x }) => bits(x))).size).toBe(points.length);
      }
      expect(solved.fun).toBe(solved.bestAfterRound.at(-1));
    }),
    { numRuns: 60, interruptAfterTimeLimit: 20_000 },
  );
});

it("asks the same points again for the same answers", () => {
  fc.assert(
    fc.property(cases, (given) => {
      const asked = () => run(given)[1].requests.map(({ points }) => points.map(({ x }) => bits(x)));
      expect(asked()).toEqual(asked());
    }),
    { numRuns: 20, interruptAfterTimeLimit: 20_000 },
  );
});
