import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Conversion, conversionOf } from "../../src/problem/conversion.ts";
import { resolveScaling } from "../../src/problem/scaling.ts";

/** Lower bound, width and where the start lies between; sizes of all orders. */
const size = fc.double({ min: -8, max: 8, noNaN: true }).map((exponent) => 10 ** exponent);
const parameter = fc.record({
  lower: fc.tuple(size, fc.constantFrom(-1, 0, 1)).map(([value, sign]) => sign * value),
  width: size,
  // A start that is next to a bound by less has no digits to step by.
  at: fc.double({ min: 0, max: 1, noNaN: true }).map((share) => (share < 1e-12 ? 0 : share)),
});
const problem = fc.record({
  parameters: fc.array(parameter, { minLength: 1, maxLength: 5 }),
  method: fc.constantFrom("start-values" as const, "bounds" as const),
  magnitude: size,
});

interface Made {
  readonly conversion: Conversion;
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  readonly start: Float64Array;
}

function make({ parameters, method, magnitude }: ReturnType<typeof problem.generate>["value"]): Made {
  const lower = Float64Array.from(parameters, (one) => one.lower);
  const upper = Float64Array.from(parameters, (one) => one.lower + one.width);
  const between = (one: (typeof parameters)[number], i: number) =>
    Math.min(Math.max(one.lower + one.at * one.width, lower[i]), upper[i]);
  const start = Float64Array.from(parameters, between);
  const names = parameters.map((_, i) => `p${i}`);
  const bounds = { lower, upper };
  const scaling = resolveScaling({ method, magnitude }, names, start, bounds);
  return { conversion: conversionOf({ bounds, reparametrization: null, scaling }), lower, upper, start };
}

describe("a scaled problem", () => {
  it("has the start within its bounds, and comes back to it to the bit", () =>
    fc.assert(
      fc.property(problem, (given) => {
        const { conversion, start } = make(given);
        const x = conversion.scaled(start);
        const back = conversion.toExternal(x);
        for (let i = 0; i < x.length; i++) {
          expect(x[i]).toBeGreaterThanOrEqual(conversion.bounds.lower[i]);
          expect(x[i]).toBeLessThanOrEqual(conversion.bounds.upper[i]);
          // A start that is at a bound but for rounding is at the bound.
          const isAtBound = x[i] === conversion.bounds.lower[i] || x[i] === conversion.bounds.upper[i];
          if (!isAtBound) expect(back[i]).toBe(start[i]);
        }
      }),
    ));

  it("is evaluated within the external bounds, and at them to the bit", () =>
    fc.assert(
      fc.property(problem, fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 5 }), (given, at) => {
        const { conversion, lower, upper } = make(given);
        const inside = conversion.bounds.lower.map((from, i) => {
          const to = conversion.bounds.upper[i];
          return Math.min(Math.max(from + at[i] * (to - from), from), to);
        });
        const external = conversion.toExternal(inside);
        for (let i = 0; i < external.length; i++) {
          expect(external[i]).toBeGreaterThanOrEqual(lower[i]);
          expect(external[i]).toBeLessThanOrEqual(upper[i]);
        }
        expect(conversion.toExternal(conversion.bounds.lower)).toEqual(lower);
        if (conversion.bounds.lower.every((from, i) => from < conversion.bounds.upper[i]))
          expect(conversion.toExternal(conversion.bounds.upper)).toEqual(upper);
      }),
    ));

  it("converts derivatives by the chain rule: steps in internal x change the external value as they say", () =>
    fc.assert(
      fc.property(problem, fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 10, maxLength: 10 }), (given, c) => {
        const { conversion, start } = make(given);
        const n = start.length;
        // Two residuals that are linear in the external parameters.
        const jac = Float64Array.from({ length: 2 * n }, (_, k) => c[k]);
        const internal = conversion.derivativeToInternal(jac, conversion.scaled(start));
        const x = conversion.scaled(start);
        const step = conversion.bounds.lower.map((from, j) => (x[j] - from > 1e-3 * Math.abs(x[j]) ? from - x[j] : 0));
        const moved = conversion.toExternal(x.map((value, j) => value + step[j]));
        const from = conversion.toExternal(x);
        for (let r = 0; r < 2; r++) {
          let actual = 0;
          let predicted = 0;
          let scale = 0;
          for (let j = 0; j < n; j++) {
            actual += c[r * n + j] * (moved[j] - from[j]);
            predicted += internal[r * n + j] * step[j];
            scale += Math.abs(c[r * n + j]) * (Math.abs(moved[j]) + Math.abs(from[j]));
          }
          expect(Math.abs(actual - predicted)).toBeLessThanOrEqual(1e-12 * scale);
        }
      }),
    ));
});

describe("a problem without scaling", () => {
  it("is its own", () => {
    const bounds = { lower: Float64Array.of(-1), upper: Float64Array.of(Infinity) };
    const conversion = conversionOf({ bounds, reparametrization: null, scaling: null });
    const x = Float64Array.of(-0);
    expect([conversion.scaled(x), conversion.toExternal(x), conversion.derivativeToInternal(x, x)]).toEqual([x, x, x]);
    expect(conversion.bounds).toEqual(bounds);
  });
});
