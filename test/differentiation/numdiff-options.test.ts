import { describe, expect, it } from "vitest";
import { type NumdiffOptions, resolveNumdiff } from "../../src/differentiation/index.ts";
import { InvalidInputError } from "../../src/errors.ts";
import type { Constraints } from "../../src/problem/constraints/constraints.ts";
import { conversionOf } from "../../src/problem/conversion.ts";
import { freeProblemOf, type ParamsOptions } from "../../src/problem/free-problem.ts";
import { shapeOf } from "../../src/problem/tree.ts";

const params = { a: 4, b: [10, 20] };
type Params = typeof params;

function resolve(options: NumdiffOptions<Params>, problem: Partial<ParamsOptions<Params>> = {}) {
  const shape = shapeOf(params);
  const free = freeProblemOf({ params, ...problem }, shape);
  const conversion = conversionOf(free.conversion);
  const x = conversion.scaled(free.start);
  return Array.from(resolveNumdiff(options, { params, shape, conversion }).absoluteSteps?.(x) ?? []);
}

describe("absolute steps", () => {
  it("are one for all, or a partial tree", () => {
    expect(resolve({ absoluteStep: 0.5 })).toEqual([0.5, 0.5, 0.5]);
    expect(resolve({ absoluteStep: { b: [0.1, 0.2] } })).toEqual([Number.NaN, 0.1, 0.2]);
    expect(resolve({})).toEqual([]);
  });

  it("are in the unit of the parameter, whatever the scaling", () => {
    const bounds = { lower: 0, upper: { a: 8, b: [20, 50] } };
    expect(resolve({ absoluteStep: { a: 0.5, b: 1 } }, { scaling: {} })).toEqual([0.125, 0.1, 0.05]);
    expect(resolve({ absoluteStep: 1 }, { scaling: { method: "bounds" }, bounds })).toEqual([0.125, 0.05, 0.02]);
  });

  it("move no parameter by more than its step where constraints join them", () => {
    const constraints: Constraints<Params> = (c) => [
      c.fixed((p) => p.a),
      c.linear((p) => p.b, { weights: [1, 2], value: 50 }),
    ];
    // One free parameter: where b[0] moves by h, b[1] moves by h / 2.
    const [step, ...others] = resolve({ absoluteStep: { b: [1, 0.25] } }, { constraints });
    expect(others).toEqual([]);
    const shape = shapeOf(params);
    const free = freeProblemOf({ params, constraints }, shape);
    const conversion = conversionOf(free.conversion);
    const moved = conversion.toExternal(free.start.map((value) => value + step));
    const moves = [moved[1] - 10, moved[2] - 20].map(Math.abs);
    expect(moves).toEqual([expect.closeTo(0.5, 12), expect.closeTo(0.25, 12)]);
  });
});

describe("options", () => {
  it.each<[object, string]>([
    [{ method: "centre" }, 'numdiff: option method must be "forward" or "backward" or "central", received "centre".'],
    [{ relativeSteps: 1 }, "numdiff: unknown option relativeSteps. Did you mean relativeStep?"],
    [
      { relativeStep: 0 },
      "numdiff: option relativeStep must be a finite number of at least 2.220446049250313e-16 and below 1, received 0.",
    ],
    [
      { accuracy: 2 },
      "numdiff: option accuracy must be a finite number of at least 2.220446049250313e-16 and below 1, received 2.",
    ],
    [{ richardson: 1.5 }, "numdiff: option richardson must be an integer from 0 to 8, received 1.5."],
    [{ richardson: 9 }, "numdiff: option richardson must be an integer from 0 to 8, received 9."],
    [{ absoluteStep: -1 }, "numdiff.absoluteStep: the step of a must be a positive number, received -1."],
    [{ absoluteStep: { b: [1, Number.NaN] } }, "the step of b[1] must be a positive number, received NaN."],
    [
      { absoluteStep: { b: [1, 1e-20] } },
      "the step of b[1], 1e-20, is lost to rounding beside its value 20. Give a longer one: with doubles, one of about 0.0001 suits.",
    ],
    [{ absoluteStep: { c: 1 } }, "numdiff.absoluteStep.c is not in params."],
    ["central" as never, "numdiff: expected an object of options"],
  ])("%j is refused", (options, message) => {
    expect(() => resolve(options as never)).toThrow(InvalidInputError);
    expect(() => resolve(options as never)).toThrow(message);
  });
});
