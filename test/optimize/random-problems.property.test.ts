/** Whole runs on random problems: every point at which the criterion is asked satisfies bounds and constraints, in finite differences too. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { leastSquares, minimize } from "../../src/index.ts";
import { flattenPartial } from "../../src/problem/partial-tree.ts";
import { shapeOf } from "../../src/problem/tree.ts";
import { holds } from "../problem/constraints/holds.ts";
import { randomProblem } from "../problem/problems.ts";
import { numbersIn, treeCriterion } from "../problem/tree-criterion.ts";

const data = Float64Array.of(0.3, -1.2, 0.7, 2, -0.4);
const { terms, jacobian } = treeCriterion(data, Number.POSITIVE_INFINITY);

const ways = [
  ["levenberg-marquardt, with differences", "levenberg-marquardt", false],
  ["levenberg-marquardt, with a derivative", "levenberg-marquardt", true],
  ["nelder-mead-parallel", "nelder-mead-parallel", false],
] as const;

const numdiff = fc.record({
  method: fc.constantFrom(undefined, "forward" as const, "backward" as const, "central" as const),
  accuracy: fc.constantFrom(undefined, 1e-6),
  absoluteStep: fc.constantFrom(undefined, 0.01, 3),
  richardson: fc.constantFrom(undefined, 2),
});

describe.each(ways)("%s", (_name, algorithm, hasJac) => {
  it(
    "asks for nothing that is against bounds or constraints, and begins at the start",
    () =>
      fc.assert(
        fc.asyncProperty(randomProblem, numdiff, async (problem, differences) => {
          const { params, bounds, constraints } = problem;
          const asked: unknown[] = [];
          const noted =
            <R>(f: (p: unknown) => R) =>
            (p: unknown) => {
              asked.push(p);
              return f(p);
            };
          const fun = leastSquares(noted(terms));
          const jac = hasJac ? noted(jacobian) : undefined;
          const options = { ...problem, fun, jac, algorithm, maxFunEvals: 150, progress: false } as const;
          const { history, startParams } = await minimize<unknown>(
            hasJac ? options : { ...options, numdiff: differences },
          );

          expect(startParams).toEqual(params);
          const start = numbersIn(params);
          for (const [i, value] of history.row(0).params.entries()) expect(value).toBeCloseTo(start[i], 9);
          expect(asked.length).toBeGreaterThanOrEqual(history.length);
          const lower = flattenPartial(params, bounds?.lower, Number.NEGATIVE_INFINITY, "");
          const upper = flattenPartial(params, bounds?.upper, Number.POSITIVE_INFINITY, "");
          const shape = shapeOf(params);
          const isWithin = (p: unknown) => numbersIn(p).every((value, i) => value >= lower[i] && value <= upper[i]);
          const recorded = [...history].map((row) => shape.unflatten(row.params));
          const evaluated = [...asked, ...recorded];
          expect(evaluated.filter((p) => !isWithin(p))).toEqual([]);
          for (const constraint of constraints)
            expect([constraint, evaluated.filter((p) => !holds(constraint, p, params))]).toEqual([constraint, []]);
        }),
        { numRuns: 60 },
      ),
    30_000,
  );
});
