import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  acceptedPoints,
  type ConvergenceReport,
  convergenceReport,
  type HistoryColumns,
} from "../../src/report/convergence.ts";

function history(fun: readonly number[], params: readonly (readonly number[])[]): HistoryColumns {
  return {
    fun: Float64Array.from(fun),
    params: Float64Array.from(params.flat()),
    nParams: params[0].length,
    length: fun.length,
  };
}

/** Absolute agreement to twelve places is agreement to the last digit but rounding for numbers of this size. */
function expectClose(report: ConvergenceReport | null, expected: ConvergenceReport): void {
  for (const span of ["oneStep", "fiveSteps"] as const)
    for (const key of Object.keys(expected[span]) as (keyof ConvergenceReport["oneStep"])[])
      expect(report?.[span][key], `${span}.${key}`).toBeCloseTo(expected[span][key], 12);
}

describe("agrees with optimagic", () => {
  // The example of optimagic's own tests/optimization/test_convergence_report.py.
  const expected: ConvergenceReport = {
    oneStep: {
      relativeCriterionChange: 0.025,
      relativeParamsChange: 0.05,
      absoluteCriterionChange: 0.1,
      absoluteParamsChange: 0.1,
    },
    fiveSteps: {
      relativeCriterionChange: 0.25,
      relativeParamsChange: 1,
      absoluteCriterionChange: 1,
      absoluteParamsChange: 2,
    },
  };
  const params = [[0], [2.1], [2.5], [2]];

  test("minimize", () => {
    expectClose(convergenceReport(history([5, 4.1, 4.4, 4], params), "minimize"), expected);
  });

  test("maximize", () => {
    expectClose(convergenceReport(history([-5, -4.1, -4.4, -4], params), "maximize"), expected);
  });

  // Computed with optimagic 0.5.3: three parameters, ties, a missing value, more than six accepted points.
  const longHistory = history(
    [9.5, 12, 7.25, Number.NaN, 7.25, 8, 3.5, 1, 0.5, 0.5, 0.0625, -0.03125],
    [
      [1, -2, 0.01],
      [3, 3, 3],
      [0.5, -1.5, 0.02],
      [8, 8, 8],
      [0.5, -1.25, 0.02],
      [1, 1, 1],
      [0.25, -1, 0.03],
      [0.125, -0.75, 0.05],
      [0.0625, -0.5, 0.05],
      [0.0625, -0.375, 0.075],
      [0.03, -0.25, 0.08],
      [0.031, -0.26, 0.09],
    ],
  );

  test("a longer history, minimize", () => {
    expect(acceptedPoints(longHistory, "minimize")).toEqual([0, 2, 4, 6, 7, 8, 9, 10, 11]);
    expectClose(convergenceReport(longHistory, "minimize"), {
      oneStep: {
        relativeCriterionChange: 0.9375,
        relativeParamsChange: 0.10760710915561478,
        absoluteCriterionChange: 0.09375,
        absoluteParamsChange: 0.014177446878757827,
      },
      fiveSteps: {
        relativeCriterionChange: 35.3125,
        relativeParamsChange: 3.6409740064955596,
        absoluteCriterionChange: 3.53125,
        absoluteParamsChange: 0.7740549076131487,
      },
    });
  });

  test("a longer history, maximize: two accepted points, both spans the same", () => {
    const change = {
      relativeCriterionChange: 0.20833333333333334,
      relativeParamsChange: 2.0531845184168582,
      absoluteCriterionChange: 2.5,
      absoluteParamsChange: 6.159553555250575,
    };
    expectClose(convergenceReport(longHistory, "maximize"), { oneStep: change, fiveSteps: change });
  });
});

describe("too little to report", () => {
  test.each([
    ["no point", []],
    ["one point", [1]],
    ["the start is the best", [1, 2, 3]],
    ["failed points", [Number.NaN, 1, Number.NaN]],
    ["infinite values", [Number.POSITIVE_INFINITY, 1, Number.POSITIVE_INFINITY]],
  ])("%s", (_, fun) => {
    const points = fun.length === 0 ? [[]] : fun.map((f) => [f]);
    expect(convergenceReport(history(fun, points), "minimize")).toBeNull();
  });
});

test("only the first `length` entries of the columns count", () => {
  const columns = { ...history([3, 2, 1, 0], [[3], [2], [1], [0]]), length: 2 };
  expect(convergenceReport(columns, "minimize")?.oneStep.absoluteCriterionChange).toBe(1);
});

test("points that violate nonlinear constraints are not accepted", () => {
  const columns = { ...history([9, 1, 5, 2, 4], [[9], [1], [5], [2], [4]]), violation: [0, 0.1, 0, Number.NaN, 0] };
  expect(acceptedPoints(columns, "minimize")).toEqual([0, 2, 4]);
  expect(convergenceReport(columns, "minimize")?.oneStep.absoluteParamsChange).toBe(1);
});

test("maximizing f is minimizing -f, and five steps change at least as much as one", () => {
  const value = fc.oneof(fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.constant(Number.NaN));
  fc.assert(
    fc.property(
      fc.array(fc.tuple(value, fc.double({ min: -1e3, max: 1e3, noNaN: true })), { minLength: 1 }),
      (points) => {
        const params = points.map(([, p]) => [p]);
        const up = convergenceReport(
          history(
            points.map(([f]) => f),
            params,
          ),
          "maximize",
        );
        const down = convergenceReport(
          history(
            points.map(([f]) => -f),
            params,
          ),
          "minimize",
        );
        expect(up).toEqual(down);
        if (up === null) return;
        for (const key of Object.keys(up.oneStep) as (keyof ConvergenceReport["oneStep"])[])
          expect(up.fiveSteps[key]).toBeGreaterThanOrEqual(up.oneStep[key]);
      },
    ),
  );
});
