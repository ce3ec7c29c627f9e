/** The internal function of random problems: its derivative is that of its values, through constraints and scaling. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { conversionOf } from "../../src/problem/conversion.ts";
import { freeProblemOf } from "../../src/problem/free-problem.ts";
import { leastSquares, likelihood } from "../../src/problem/function-kinds.ts";
import { buildInternalFun } from "../../src/problem/internal-fun.ts";
import type { Outcome } from "../../src/problem/outcome.ts";
import { shapeOf } from "../../src/problem/tree.ts";
import { randomProblem } from "./problems.ts";
import { numbersIn, treeCriterion } from "./tree-criterion.ts";

const data = Float64Array.of(0.3, -1.2, 0.7, 2, -0.4);
const { terms, jacobian, sum, gradient } = treeCriterion(data, Number.POSITIVE_INFINITY);
const kinds = [
  ["a scalar", { fun: sum, jac: gradient }],
  ["a scalar, maximized", { fun: sum, jac: gradient, direction: "maximize" }],
  ["least squares", { fun: leastSquares(terms), jac: jacobian }],
  ["a likelihood, maximized", { fun: likelihood(terms), jac: gradient, direction: "maximize" }],
] as const;

const valuesOf = ({ value }: Outcome) => (typeof value === "number" ? Float64Array.of(value) : (value as Float64Array));

describe.each(kinds)("the internal function of %s", (_name, kind) => {
  it(
    "has the start's own value, and the derivative of its values",
    () =>
      fc.assert(
        fc.asyncProperty(
          randomProblem,
          fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 30, maxLength: 30 }),
          async (problem, steps) => {
            const { conversion: spec, start } = freeProblemOf(problem, shapeOf(problem.params));
            const { bounds, scaled } = conversionOf(spec);
            const { lower, upper } = bounds;
            const internalFun = buildInternalFun<unknown>({ ...problem, ...kind });
            const x0 = scaled(start);

            const atStart = await internalFun(x0);
            for (const [i, value] of numbersIn(atStart.historyEntry.params).entries())
              expect(value).toBeCloseTo(numbersIn(problem.params)[i], 9);

            const size = x0.map((value) => Math.max(Math.abs(value), problem.scaling?.magnitude ?? 1));
            const x = x0.map((value, j) => Math.min(Math.max(value + 0.1 * steps[j] * size[j], lower[j]), upper[j]));
            const { jac } = await internalFun({ x, want: "funAndJac" });
            for (const j of x.keys()) {
              const h = Math.min(1e-5 * size[j], (upper[j] - x[j]) / 2, (x[j] - lower[j]) / 2);
              // At a bound there is no way to both sides.
              if (h < 1e-7 * size[j]) continue;
              const moved = (by: number) => internalFun(x.map((value, i) => (i === j ? value + by : value)));
              const [above, below] = [valuesOf(await moved(h)), valuesOf(await moved(-h))];
              for (const i of above.keys()) {
                const numeric = (above[i] - below[i]) / (2 * h);
                const derivative = (jac as Float64Array)[i * x.length + j];
                const rounding = (1e-15 * (1 + Math.abs(above[i]))) / h;
                expect(Math.abs(derivative - numeric)).toBeLessThan(
                  1e-4 * (Math.abs(numeric) + 1 / size[j]) + 10 * rounding,
                );
              }
            }
          },
        ),
        { numRuns: 100 },
      ),
    30_000,
  );
});
