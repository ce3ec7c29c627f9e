import { expect, it } from "vitest";
import { extrapolate } from "../../src/differentiation/richardson.ts";

const even = (q: number) => 2 * q;

it("leaves a single estimate as it is, of unknown error", () => {
  expect(extrapolate([3], even)).toEqual({ value: 3, error: Number.NaN });
});

/** Archimedes' perimeters of the inscribed hexagon, and those of 12, 24, 48 and 96 sides: their error is even in 1 / sides. */
it("finds pi from polygons, with 12 digits where the longest has 3", () => {
  const perimeter = (sides: number) => sides * Math.sin(Math.PI / sides);
  const { value, error } = extrapolate([96, 48, 24, 12, 6].map(perimeter), even);
  expect(Math.abs(perimeter(96) - Math.PI)).toBeGreaterThan(5e-4);
  expect(Math.abs(value - Math.PI)).toBeLessThan(1e-12);
  expect(error).toBeGreaterThan(Math.abs(value - Math.PI));
  expect(error).toBeLessThan(1e-7);
});

/** Romberg (1955): trapezoids of 1, 1/2, 1/4 of the interval; of three rows the corner is Boole's rule. */
it("is Boole's rule for trapezoids", () => {
  const f = (x: number) => 1 / (1 + x);
  const trapezoid = (n: number) =>
    Array.from({ length: n }, (_, i) => (f(i / n) + f((i + 1) / n)) / (2 * n)).reduce((a, b) => a + b);
  const boole = (7 * f(0) + 32 * f(1 / 4) + 12 * f(1 / 2) + 32 * f(3 / 4) + 7 * f(1)) / 90;
  expect(extrapolate([4, 2, 1].map(trapezoid), even).value).toBeCloseTo(boole, 14);
});
