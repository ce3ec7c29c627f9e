import { expect, it } from "vitest";
import { extrapolateStep } from "../../../src/algorithms/levenberg-marquardt/acceleration.ts";

const unbounded = [Float64Array.of(-Infinity, -Infinity), Float64Array.of(Infinity, Infinity)] as const;
const d = Float64Array.of(1, 1);
const stepOf = (...values: number[]) => {
  const p = Float64Array.from(values);
  return { p, length: Math.hypot(...p), reduction: 1, lambda: 0 };
};

it("extrapolates a fixed-point iteration that halves the distance to its limit", () => {
  // p(x) = (limit − x) / 2 in each coordinate, limit (3, −1).
  const past = [{ x: Float64Array.of(1, 1), p: Float64Array.of(1, -1) }];
  const step = extrapolateStep(Float64Array.of(2, 0), stepOf(0.5, -0.5), past, ...unbounded, d);
  expect(step?.p).toEqual(Float64Array.of(1, -1));
});

it.each([[Number.POSITIVE_INFINITY], [1e300]])("gives nothing where a step has overflowed, to %s now", (now) => {
  const past = [{ x: Float64Array.of(1, 1), p: Float64Array.of(1, Number.POSITIVE_INFINITY) }];
  expect(extrapolateStep(Float64Array.of(2, 0), stepOf(0.5, now), past, ...unbounded, d)).toBeNull();
});
