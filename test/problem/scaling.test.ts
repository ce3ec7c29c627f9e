/** Factors by the definition in optimagic's documentation of scaling: divisor max(|start|, clipping) or max(width, clipping), over the magnitude. */
import { describe, expect, it } from "vitest";
import { InvalidInputError } from "../../src/errors.ts";
import { resolveScaling } from "../../src/problem/scaling.ts";

const names = ["a", "b", "c"];
const start = Float64Array.of(2, -4, 0.01);
const none = { lower: new Float64Array(3).fill(-Infinity), upper: new Float64Array(3).fill(Infinity) };
const some = { lower: Float64Array.of(0, -8, 0), upper: Float64Array.of(4, -2, 0.05) };

describe("scaling", () => {
  it("is none where it is not asked for", () => {
    expect(resolveScaling(undefined, names, start, none)).toBeNull();
  });

  it("divides by start values, small ones clipped", () => {
    expect(resolveScaling({}, names, start, none)).toEqual({
      factor: Float64Array.of(2, 4, 0.1),
      offset: new Float64Array(3),
      start,
    });
    expect(resolveScaling({ clippingValue: 3, magnitude: 2 }, names, start, none)?.factor).toEqual(
      Float64Array.of(1.5, 2, 1.5),
    );
  });

  it("divides by widths of bounds, from the lower one on", () => {
    expect(resolveScaling({ method: "bounds", magnitude: 10 }, names, start, some)).toEqual({
      factor: Float64Array.of(0.4, 0.6, 0.01),
      offset: some.lower,
      start,
    });
  });

  it.each([
    [
      { method: "bounds" },
      'scaling by "bounds" needs a finite lower and upper bound for every parameter; missing for a, b, c. Bound them',
    ],
    [{ method: "gradient" }, 'scaling: option method must be "start-values" or "bounds", received "gradient".'],
    [{ clippingValue: 0 }, "scaling: option clippingValue must be a finite number above 0, received 0."],
    [{ magnitude: Number.NaN }, "scaling: option magnitude must be a finite number above 0, received NaN."],
    [{ magnitud: 1 }, "scaling: unknown option magnitud. Did you mean magnitude?"],
    ["bounds", 'scaling: expected an object of options (method, clippingValue, magnitude), received "bounds".'],
  ])("refuses %j", (options, message) => {
    const resolve = () => resolveScaling(options as never, names, start, none);
    expect(resolve).toThrow(InvalidInputError);
    expect(resolve).toThrow(message);
  });
});
