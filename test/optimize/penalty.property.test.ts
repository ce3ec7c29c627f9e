import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { penaltyAnswer } from "../../src/optimize/penalty.ts";

const coordinate = fc.double({ min: -1e3, max: 1e3, noNaN: true });
const points = fc
  .integer({ min: 1, max: 4 })
  .chain((n) => fc.tuple(...[0, 1].map(() => fc.array(coordinate, { minLength: n, maxLength: n }))));

describe("penalty, properties", () => {
  it("is worse than the start and falls towards it; residuals add up to it", () => {
    fc.assert(
      fc.property(
        points,
        fc.double({ min: 0, max: 1e6, noNaN: true }),
        fc.integer({ min: 1, max: 5 }),
        ([x, x0], fun, m) => {
          const start = { x: Float64Array.from(x0), fun, nResiduals: m };
          const answer = penaltyAnswer(Float64Array.from(x), "funAndJac", start);
          const distance = Math.sqrt(x.reduce((sum, value, i) => sum + (value - x0[i]) ** 2, 0));
          expect(answer.fun).toBeCloseTo(2 * fun + 100 + 0.1 * distance, 6);
          expect(Array.from(answer.residuals ?? []).reduce((sum, r) => sum + r * r, 0)).toBeCloseTo(answer.fun, 6);
          expect(answer.jac?.every(Number.isFinite)).toBe(true);
        },
      ),
    );
  });

  it("has the derivative of its value, by central differences", () => {
    fc.assert(
      fc.property(points, fc.constantFrom(null, 3), ([x, x0], m) => {
        const distance = Math.hypot(...x.map((value, i) => value - x0[i]));
        fc.pre(distance > 1);
        const start = { x: Float64Array.from(x0), fun: 5, nResiduals: m };
        const at = (y: readonly number[]) => penaltyAnswer(Float64Array.from(y), "funAndJac", start);
        const { jac } = at(x);
        x.forEach((_, j) => {
          const moved = (h: number) => at(x.map((value, i) => (i === j ? value + h : value)));
          const [up, down] = [moved(1e-4), moved(-1e-4)];
          const numerical =
            m === null
              ? (up.fun - down.fun) / 2e-4
              : ((up.residuals as Float64Array)[0] - (down.residuals as Float64Array)[0]) / 2e-4;
          expect(jac?.[j]).toBeCloseTo(numerical, 5);
        });
      }),
    );
  });
});
