import { inspect } from "node:util";
import type { DenseMatrix } from "../linalg.ts";
import type { LeastSquaresFunction, LikelihoodFunction } from "../problem/function-kinds.ts";
import { blockTree, type DerivativeOf } from "./block-tree.ts";
import { blindnessOf, type DerivativeOptions, evaluated, type Prepared, prepare } from "./derivative-options.ts";
import { formatSecondDerivative } from "./derivative-text.ts";
import type { ValueOf } from "./first-derivative.ts";
import type { FailedPoint } from "./function-at-points.ts";
import { SecondDifferencedPoint } from "./second-differenced-point.ts";
import type { SecondDifferenceMethod } from "./second-stencil.ts";
import { bestStep } from "./steps.ts";

interface MethodOption {
  /**
   * Equations of Rideout (2009): `"forward"` (7), its mirror image `"backward"`, `"central-average"` (8), `"central-cross"` (9). Of n parameters
   * they take 1 + 3n/2 + n²/2, as many, 1 + 3n + n², and 1 + 2n² points; the central ones have more digits, cross the least error of rounding.
   * Near a bound all points of a parameter are on its other side, with an error of the same order.
   * @default "central-cross"
   */
  readonly method?: SecondDifferenceMethod | undefined;
}

export interface SecondDerivativeOptions<P, V> extends DerivativeOptions<P>, MethodOption {
  /**
   * The function: it returns a number, an array of numbers, or a tree of them. Of `leastSquares(f)` the sum of squares is differentiated, of
   * `likelihood(f)` the sum. It may be what `defineCriterion` returned. What it refers to is captured when it is sent to workers.
   */
  readonly fun: (params: P) => V | Promise<V>;
}

/** Of a function with one value its Hessian, n × n; of one with m values as many. */
export type HessianOf<V> = V extends number ? DenseMatrix : readonly DenseMatrix[];

/** Second derivatives by finite differences. Printed by console.log as a table. */
export class SecondDerivative<P, V> {
  /** In the place of each number of the value its Hessian: a tree like params of trees like params, `derivative.a.b` by a and b. */
  readonly derivative: DerivativeOf<V, DerivativeOf<P, P>>;
  /** The same as symmetric matrices, in the order of `paramNames`; of a function with m values m of them. NaN: could not be had. */
  readonly hessian: HessianOf<V>;
  /** Estimates of the absolute errors of `hessian`, truncation and rounding; null without `richardson`. */
  readonly hessianErrors: HessianOf<V> | null;
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

  constructor(
    { shape, x, values }: Prepared<P>,
    hessians: readonly DenseMatrix[],
    errors: readonly DenseMatrix[] | null,
  ) {
    this.value = values.value.tree as V;
    this.params = shape.unflatten(x);
    const row = ({ data }: DenseMatrix, j: number) => shape.unflatten(data.subarray(j * x.length, (j + 1) * x.length));
    const treeOf = (matrix: DenseMatrix) => blockTree<P, P>(this.params, (j) => row(matrix, j));
    const shaped = (matrices: readonly DenseMatrix[]) =>
      (typeof this.value === "number" ? matrices[0] : matrices) as HessianOf<V>;
    this.derivative = blockTree(this.value, (i) => treeOf(hessians[i]));
    this.hessian = shaped(hessians);
    this.hessianErrors = errors === null ? null : shaped(errors);
    this.paramNames = shape.names;
    this.valueNames = values.value.shape.names;
    this.nFunEvals = values.nFunEvals;
    this.nBatches = values.nBatches;
    this.failures = values.failures;
  }

  /** The Hessian as a table. */
  toString(): string {
    return formatSecondDerivative(this);
  }
}

// console.log shows the table. Defined here because a computed name cannot be declared in the class under isolatedDeclarations.
Object.defineProperty(SecondDerivative.prototype, inspect.custom, {
  value(this: SecondDerivative<unknown, unknown>): string {
    return this.toString();
  },
});

/**
 * The second derivative of a function at params by finite differences: of one value its Hessian, of many one each. All points are evaluated in one
 * batch. A parameter near zero that shows no effect gets longer steps, and one with a point that has no value is moved to the other side, in one
 * more batch.
 *
 * @throws InvalidInputError for wrong options, values that are no numbers or not finite, and too little room between bounds; CriterionError, with
 *   `params` and `cause`, where the function fails; AbortError; InfrastructureError.
 * @example
 * const { derivative } = await secondDerivative({ fun: ({ a, b }) => a * a * b, params: { a: 2, b: 5 } });
 * derivative.a.b; // 4
 */
export function secondDerivative<P>(
  options: DerivativeOptions<P> & MethodOption & { readonly fun: LeastSquaresFunction<P> | LikelihoodFunction<P> },
): Promise<SecondDerivative<P, number>>;
export function secondDerivative<P, V>(
  options: SecondDerivativeOptions<P, V>,
): Promise<SecondDerivative<P, ValueOf<V>>>;
export async function secondDerivative<P, V>(
  options: SecondDerivativeOptions<P, V>,
): Promise<SecondDerivative<P, ValueOf<V>>> {
  const where = "secondDerivative";
  const methods = ["central-cross", "central-average", "forward", "backward"] as const;
  const prepared = await prepare(where, options, methods, true);
  const { x, steps, values, accuracy, richardson, errorHandling } = prepared;
  const method = options.method ?? "central-cross";
  const isOneSided = method === "forward" || method === "backward";
  const { step } = bestStep(isOneSided ? 1 : 2, richardson, accuracy, 2);
  // Shorter ones, for bounds, lose digits to rounding: two at most.
  const relative = { step, shortest: step / 10 };
  const setting = {
    where,
    names: prepared.shape.names,
    method,
    richardson,
    accuracy,
    blindness: blindnessOf(accuracy),
  };
  const differenced = () => new SecondDifferencedPoint(x, steps.coordinates(x, relative), setting);
  const point = await evaluated(prepared, differenced, 2);
  const { hessians, errors } = point.assemble(values.known, values.value.shape.length);
  if (errorHandling === "raise") point.rejectLost(hessians[0], values.named(x));
  return new SecondDerivative<P, ValueOf<V>>(prepared, hessians, richardson > 0 ? errors : null);
}
