import { freeProblemOf, type ParamsOptions } from "./free-problem.ts";
import { shapeOf } from "./tree.ts";

/**
 * Checks params against constraints and bounds, as `minimize` does with its start. Nothing is evaluated: of nonlinear constraints only the form is checked.
 *
 * @throws InvalidInputError that names what does not hold, or what does not go together.
 * @example checkConstraints({ params, constraints: [probability((p) => p.shares)] });
 */
export function checkConstraints<P>(options: Pick<ParamsOptions<P>, "params" | "bounds" | "constraints">): void {
  freeProblemOf(options, shapeOf(options.params));
}

/**
 * How many parameters an algorithm optimises over: fewer than there are where constraints or equal bounds fix some, or constraints give some by others. Nonlinear
 * constraints make no difference.
 *
 * @throws InvalidInputError as `checkConstraints`.
 */
export function countFreeParams<P>(options: Pick<ParamsOptions<P>, "params" | "bounds" | "constraints">): number {
  const { lower, upper } = freeProblemOf(options, shapeOf(options.params)).conversion.bounds;
  return lower.filter((least, i) => least < upper[i]).length;
}
