import { inspect } from "node:util";
import { InvalidInputError } from "../errors.ts";
import type { DenseMatrix } from "../linalg.ts";
import { blockTree, type DerivativeOf } from "./block-tree.ts";
import { blindnessOf, type DerivativeOptions, evaluated, type Prepared, prepare } from "./derivative-options.ts";
import { formatFirstDerivative } from "./derivative-text.ts";
import { DifferencedPoint } from "./differenced-point.ts";
import type { FailedPoint } from "./function-at-points.ts";
import type { DifferenceMethod } from "./stencil.ts";
import { bestStep } from "./steps.ts";

/** What a function returns, without the info that may come with it. */
export type ValueOf<V> = V extends { readonly value: infer W; readonly info?: unknown } ? W : V;

export interface FirstDerivativeOptions<P, V> extends DerivativeOptions<P> {
  /**
   * The function: it returns a number, an array of numbers, or a tree of them. Of `leastSquares(f)` the residuals are differentiated, of
   * `likelihood(f)` the contributions. It may be what `defineCriterion` returned. What it refers to is captured when it is sent to workers.
   */
  readonly fun: (params: P) => V | Promise<V>;
  /**
   * `"central"` takes two points a parameter, `"forward"` and `"backward"` one, for half of the digits; near a bound the other side serves.
   * @default "central"
   */
  readonly method?: DifferenceMethod | undefined;
}

/** A derivative by finite differences. Printed by console.log as a table. */
export class FirstDerivative<P, V> {
  /** In the place of each number of the value its gradient, a tree like params: for a function with one value the gradient itself. */
  readonly derivative: DerivativeOf<V, P>;
  /** The same, m values × n parameters, in the order of `valueNames` and `paramNames`. NaN: could not be had. */
  readonly jacobian: DenseMatrix;
  /** Estimates of the absolute errors of `derivative`, truncation and rounding; null without `richardson`. */
  readonly derivativeErrors: DerivativeOf<V, P> | null;
  readonly jacobianErrors: DenseMatrix | null;
  /** The value at params. */
  readonly value: V;
  readonly params: P;
  readonly paramNames: readonly string[];
  readonly valueNames: readonly string[];
  /** Points at which the function was evaluated. */
  readonly nFunEvals: number;
  /** Trips of a batch to the workers and back: one, and one for each time that something had to be tried again. */
  readonly nBatches: number;
  /** Points at which the function failed, under `errorHandling: "continue"`. */
  readonly failures: readonly FailedPoint<P>[];

  constructor({ shape, x, values }: Prepared<P>, jacobian: DenseMatrix, errors: DenseMatrix | null) {
    const rowTree = (matrix: DenseMatrix) => (i: number) =>
      shape.unflatten(matrix.data.subarray(i * matrix.columns, (i + 1) * matrix.columns));
    this.value = values.value.tree as V;
    this.derivative = blockTree(this.value, rowTree(jacobian));
    this.jacobian = jacobian;
    this.derivativeErrors = errors === null ? null : blockTree(this.value, rowTree(errors));
    this.jacobianErrors = errors;
    this.params = shape.unflatten(x);
    this.paramNames = shape.names;
    this.valueNames = values.value.shape.names;
    this.nFunEvals = values.nFunEvals;
    this.nBatches = values.nBatches;
    this.failures = values.failures;
  }

  /** A table: of parameters for a function with one value, else of values by parameters. */
  toString(): string {
    return formatFirstDerivative(this);
  }
}

// console.log shows the table. Defined here because a computed name cannot be declared in the class under isolatedDeclarations.
Object.defineProperty(FirstDerivative.prototype, inspect.custom, {
  value(this: FirstDerivative<unknown, unknown>): string {
    return this.toString();
  },
});

/**
 * The first derivative of a function at params by finite differences: of one value its gradient, of many their Jacobian. All points are evaluated
 * in one batch: 1 + 2n of n parameters, 1 + n forward or backward, each of `richardson` extrapolations as many again without the 1. A parameter
 * near zero that shows no effect gets longer steps, and a difference with a point that has no value the other side, in one more batch.
 *
 * @throws InvalidInputError for wrong options, values that are no numbers or not finite, and no room between bounds; CriterionError, with `params`
 *   and `cause`, where the function fails; AbortError; InfrastructureError.
 * @example
 * const { derivative } = await firstDerivative({ fun: ({ a, b }) => a * Math.exp(b), params: { a: 2, b: 0 } });
 * derivative.b; // 2
 */
export async function firstDerivative<P, V>(
  options: FirstDerivativeOptions<P, V>,
): Promise<FirstDerivative<P, ValueOf<V>>> {
  const where = "firstDerivative";
  const prepared = await prepare(where, options, ["central", "forward", "backward"], false);
  const { x, steps, values, accuracy, richardson, shape } = prepared;
  const method = options.method ?? "central";
  const relative = bestStep(method === "central" ? 2 : 1, richardson, accuracy);
  const setting = { method, richardson, accuracy, blindness: blindnessOf(accuracy) };
  const differenced = () => new DifferencedPoint(x, steps.coordinates(x, relative), setting);
  const point = await evaluated(prepared, differenced, 1);
  const n = x.length;
  const m = values.value.shape.length;
  const jacobian = { rows: m, columns: n, data: new Float64Array(m * n).fill(Number.NaN) };
  const errors = { ...jacobian, data: jacobian.data.slice() };
  point.columns(values.known).forEach((column, j) => {
    if (column === null && prepared.errorHandling === "raise")
      throw new InvalidInputError(
        `${where}: there is no derivative with respect to ${shape.names[j]}: fun is not finite at points on both sides of ${values.named(x)}. ` +
          'Shorten the step, set bounds, or take errorHandling: "continue" for NaN.',
      );
    for (let i = 0; i < m; i++) {
      jacobian.data[i * n + j] = column?.values[i] ?? Number.NaN;
      errors.data[i * n + j] = column?.errors[i] ?? Number.NaN;
    }
  });
  return new FirstDerivative<P, ValueOf<V>>(prepared, jacobian, richardson > 0 ? errors : null);
}
