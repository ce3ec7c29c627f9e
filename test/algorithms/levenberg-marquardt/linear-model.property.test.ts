import fc from "fast-check";
import { expect, it } from "vitest";
import { LinearModel } from "../../../src/algorithms/levenberg-marquardt/linear-model.ts";
import { norm, times, transposeTimes } from "../../../src/linalg.ts";

const number = fc.integer({ min: -40, max: 40 }).map((value) => value / 8);
const room = fc.oneof(
  fc.constant(0),
  fc.integer({ min: 1, max: 16 }).map((value) => value / 8),
  fc.constant(Number.POSITIVE_INFINITY),
);
const models = fc.record({ n: fc.integer({ min: 1, max: 5 }), m: fc.integer({ min: 1, max: 7 }) }).chain(({ n, m }) =>
  fc.record({
    n: fc.constant(n),
    m: fc.constant(m),
    data: fc.array(number, { minLength: m * n, maxLength: m * n }),
    b: fc.array(number, { minLength: m, maxLength: m }),
    rooms: fc.array(fc.tuple(room, room), { minLength: n, maxLength: n }),
  }),
);
type Given = typeof models extends fc.Arbitrary<infer T> ? T : never;

function build({ n, m, data, b, rooms }: Given) {
  const a = { rows: m, columns: n, data: Float64Array.from(data) };
  const residuals = Float64Array.from(b);
  const lo = Float64Array.from(rooms, ([below]) => -below);
  const hi = Float64Array.from(rooms, ([, above]) => above);
  const scaling = new Float64Array(n).map((_, j) => norm(data.filter((_value, k) => k % n === j)));
  return { a, residuals, lo, hi, scaling, model: new LinearModel(a, residuals, lo, hi, scaling) };
}

it("a damped step meets the Karush–Kuhn–Tucker conditions of its box", () => {
  fc.assert(
    fc.property(models, fc.constantFrom(1e-3, 0.1, 1, 100), (given, lambda) => {
      const { a, residuals, lo, hi, scaling, model } = build(given);
      const { p } = model.damped(lambda);
      const at = times(a, p).map((value, i) => value + residuals[i]);
      const gradient = transposeTimes(a, at).map((value, j) => value + lambda * scaling[j] ** 2 * p[j]);
      const zero = 1e-9 * (1 + norm(residuals)) * (1 + norm(a.data));
      gradient.forEach((slope, j) => {
        expect(p[j]).toBeGreaterThanOrEqual(lo[j]);
        expect(p[j]).toBeLessThanOrEqual(hi[j]);
        if (p[j] > lo[j]) expect(slope).toBeLessThanOrEqual(zero);
        if (p[j] < hi[j]) expect(slope).toBeGreaterThanOrEqual(-zero);
      });
    }),
    { numRuns: 300 },
  );
});

it("the promised reduction is that of the model", () => {
  fc.assert(
    fc.property(models, fc.constantFrom(0.1, 1), (given, lambda) => {
      const { a, residuals, model } = build(given);
      const { p, reduction } = model.damped(lambda);
      const after = norm(times(a, p).map((value, i) => value + residuals[i])) ** 2;
      expect(reduction).toBeCloseTo(norm(residuals) ** 2 - after, 8);
    }),
  );
});

it("a step in a trust region is as long as it, within a tenth, or promises as much as the undamped one", () => {
  fc.assert(
    fc.property(models, fc.constantFrom(0.01, 0.1, 0.5), (given, part) => {
      const { model } = build(given);
      const undamped = model.damped(0);
      fc.pre(undamped.length > 1e-6);
      const step = model.within(part * undamped.length, undamped);
      expect(step.length).toBeLessThanOrEqual(1.1 * part * undamped.length + 1e-12);
      if (step.reduction < (1 - 1e-9) * undamped.reduction)
        expect(step.length).toBeGreaterThanOrEqual(0.9 * part * undamped.length - 1e-12);
    }),
    { numRuns: 300 },
  );
});

it("of many minima, a trust region takes one inside it", () => {
  const { model } = build({
    n: 3,
    m: 2,
    data: [-1.5, 2.5, 2.625, -1.375, 2.625, 0],
    b: [0, -0.125],
    rooms: [
      [0.125, Number.POSITIVE_INFINITY],
      [0.125, Number.POSITIVE_INFINITY],
      [Number.POSITIVE_INFINITY, 0],
    ],
  });
  const undamped = model.damped(0);
  const step = model.within(undamped.length / 2, undamped);
  expect(step.length).toBeLessThanOrEqual(0.55 * undamped.length);
  expect(step.reduction).toBeCloseTo(undamped.reduction, 12);
});
