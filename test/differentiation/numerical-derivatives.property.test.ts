import fc from "fast-check";
import { expect, it } from "vitest";
import { extrapolate } from "../../src/differentiation/richardson.ts";
import { difference, errorExponent, ladders } from "../../src/differentiation/stencil.ts";

const methods = ["forward", "backward", "central"] as const;
const small = fc.integer({ min: -1000, max: 1000 });
const coordinate = fc
  .record({ value: small, room: fc.tuple(fc.nat(8), fc.nat(8)), step: fc.constantFrom(0.25, 0.5, 1, 2, 3) })
  .map(({ value, room, step }) => ({ value, lower: value - room[0], upper: value + room[1], step }));

it("every stencil stays within the bounds, moves, and those of two values are exact for quadratics", () => {
  fc.assert(
    fc.property(coordinate, small, small, fc.constantFrom(...methods), (at, a, b, kind) => {
      const quadratic = (x: number) => a * x * x + b * x;
      for (const [stencil] of ladders(at, kind)) {
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
      const [[[up, down = Number.NaN]]] = ladders({ value: x, step: size * 2 ** -26, ...unbounded }, "central");
      expect(up - x).toBe(x - down);
      expect(x + (up - x)).toBe(up);
    }),
  );
});

it("ladders stay within the bounds, and their last extrapolation is exact for polynomials of its order", () => {
  const wide = coordinate.map((at) => ({ ...at, value: at.value / 100, shortest: at.step / 8 }));
  const coefficients = fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 9, maxLength: 9 });
  const given = [wide, fc.constantFrom(...methods), fc.nat(3), coefficients] as const;
  fc.assert(
    fc.property(...given, (near, kind, extrapolations, c) => {
      const at = { ...near, lower: near.lower / 10, upper: Math.max(near.upper, near.value) };
      fc.pre(at.lower <= at.value);
      for (const ladder of ladders(at, kind, extrapolations)) {
        for (const value of ladder.flat()) {
          expect(value).toBeGreaterThanOrEqual(at.lower);
          expect(value).toBeLessThanOrEqual(at.upper);
          expect(value).not.toBe(at.value);
        }
        const exponent = (q: number) => errorExponent(ladder[0], at.value, q);
        const degree = exponent(ladder.length);
        const f = (x: number) => c.slice(0, degree + 1).reduce((sum, one, k) => sum + one * (x - at.value) ** k, 0);
        const estimates = ladder.map((stencil) => difference(stencil, at.value, f(at.value), stencil.map(f)));
        const reach = Math.max(...ladder.flat().map((value) => Math.abs(value - at.value)));
        const size = c.reduce((sum, one, k) => sum + Math.abs(one) * reach ** k, 0) / Math.abs(ladder[0][0] - at.value);
        const { value, error } = extrapolate(estimates, exponent);
        const rounding = 1e-12 * (1 + size);
        expect(Math.abs(value - c[1])).toBeLessThanOrEqual(rounding);
        if (ladder.length > 1) expect(error).toBeGreaterThanOrEqual(0);
      }
    }),
  );
});
