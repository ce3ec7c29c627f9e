import fc from "fast-check";
import { expect, it } from "vitest";
import { difference, stencils } from "../../src/differentiation/stencil.ts";

const small = fc.integer({ min: -1000, max: 1000 });
const coordinate = fc
  .record({ value: small, room: fc.tuple(fc.nat(8), fc.nat(8)), step: fc.constantFrom(0.25, 0.5, 1, 2, 3) })
  .map(({ value, room, step }) => ({ value, lower: value - room[0], upper: value + room[1], step }));

it("every stencil stays within the bounds, moves, and those of two values are exact for quadratics", () => {
  fc.assert(
    fc.property(coordinate, small, small, fc.constantFrom("forward", "central"), (at, a, b, kind) => {
      const quadratic = (x: number) => a * x * x + b * x;
      for (const stencil of stencils(at, kind)) {
        for (const value of stencil) {
          expect(value).toBeGreaterThanOrEqual(at.lower);
          expect(value).toBeLessThanOrEqual(at.upper);
          expect(value).not.toBe(at.value);
        }
        if (stencil.length === 1) continue;
        const slope = difference(stencil, at.value, quadratic(at.value), stencil.map(quadratic));
        expect(slope).toBeCloseTo(2 * a * at.value + b, 6);
      }
    }),
  );
});

it("steps are exactly representable on both sides", () => {
  const value = fc.double({ min: 1e-6, max: 1e6, noNaN: true });
  fc.assert(
    fc.property(value, fc.boolean(), (size, negative) => {
      const x = negative ? -size : size;
      const unbounded = { lower: Number.NEGATIVE_INFINITY, upper: Number.POSITIVE_INFINITY };
      const [[up, down = Number.NaN]] = stencils({ value: x, step: size * 2 ** -26, ...unbounded }, "central");
      expect(up - x).toBe(x - down);
      expect(x + (up - x)).toBe(up);
    }),
  );
});
