/** Constraints on a function of parameters. */
import { InvalidInputError, show } from "../../errors.ts";
import { rejectUnknownKeys } from "../../suggest.ts";
import type { Vector } from "../function-kinds.ts";
import type { Selector } from "./constraints.ts";

/** A number for all values of the function, or one for each. */
export type Limit = number | readonly number[] | Float64Array;

/** A derivative with respect to the selected parameters: a row is a tree like them, or flat; several values have a row each, or all flat, row by row. */
export type NonlinearDerivative<S> = S | Vector | readonly (S | Vector)[];

/** What is asked of a function of the selected parameters: a value, or bounds. */
export type NonlinearOptions<S> = {
  /**
   * Gets what the selector picks, and returns a number or an array of numbers, always as many. It is evaluated where the criterion is, at the same
   * points; what it refers to is captured when it is first sent. It must have no side effects.
   */
  readonly fun: (selected: S) => number | Vector | Promise<number | Vector>;
  /**
   * Its derivative, used where the criterion has an analytical one, too.
   * @default differences: of criterion and constraints from the same points; beside an analytical derivative of the criterion, of `fun` alone, on the
   *   worker
   */
  readonly jac?: ((selected: S) => NonlinearDerivative<S> | Promise<NonlinearDerivative<S>>) | undefined;
  /** By how much a value may lie outside of what is asked, in its own units, at the end. @default 1e-5 */
  readonly tolerance?: number | undefined;
} & (
  | { readonly value: Limit; readonly lower?: undefined; readonly upper?: undefined }
  | { readonly value?: undefined; readonly lower: Limit; readonly upper?: Limit | undefined }
  | { readonly value?: undefined; readonly lower?: Limit | undefined; readonly upper: Limit }
);

export interface NonlinearConstraint<P> {
  readonly type: "nonlinear";
  readonly select: Selector<P>;
  readonly fun: (selected: never) => unknown;
  readonly jac: ((selected: never) => unknown) | null;
  readonly lower: number | Float64Array;
  readonly upper: number | Float64Array;
  readonly tolerance: number;
}

const where = "nonlinear";
/** That of optimagic. */
const defaultTolerance = 1e-5;

/** @throws InvalidInputError for wrong options. */
export function nonlinearConstraint<P, S>(
  select: Selector<P, S>,
  options: NonlinearOptions<S>,
): NonlinearConstraint<P> {
  if (options === null || typeof options !== "object")
    throw new InvalidInputError(`${where}: expected { fun, value or lower, upper }, received ${show(options)}.`);
  rejectUnknownKeys(options, ["fun", "value", "lower", "upper", "jac", "tolerance"], where);
  const { fun, jac, value, lower, upper, tolerance = defaultTolerance } = options;
  if (typeof fun !== "function")
    throw new InvalidInputError(
      `${where}: fun must be a function of the selected parameters, such as (x) => x[0] * x[1], received ${show(fun)}.`,
    );
  if (jac !== undefined && typeof jac !== "function")
    throw new InvalidInputError(
      `${where}: jac must be a function that returns the derivative of fun, received ${show(jac)}.`,
    );
  if (!(typeof tolerance === "number" && tolerance > 0 && tolerance < Number.POSITIVE_INFINITY))
    throw new InvalidInputError(`${where}: tolerance must be a positive number, received ${show(tolerance)}.`);
  if ((value === undefined) === (lower === undefined && upper === undefined))
    throw new InvalidInputError(
      `${where}: give either value, or lower or upper or both; received ${show({ value, lower, upper })}.`,
    );
  const limits = {
    lower: lower === undefined ? limitOf(value, "value", Number.NEGATIVE_INFINITY) : limitOf(lower, "lower"),
    upper: upper === undefined ? limitOf(value, "value", Number.POSITIVE_INFINITY) : limitOf(upper, "upper"),
  };
  rejectCrossed(limits);
  return { type: "nonlinear", select, fun, jac: jac ?? null, ...limits, tolerance };
}

/** A copy: the user may change an array later. */
function limitOf(limit: unknown, name: string, otherwise?: number): number | Float64Array {
  if (limit === undefined && otherwise !== undefined) return otherwise;
  if (typeof limit === "number" && !Number.isNaN(limit)) return limit;
  const isList = Array.isArray(limit) || limit instanceof Float64Array;
  const list: readonly unknown[] = isList ? Array.from(limit as ArrayLike<unknown>) : [];
  if (list.length === 0 || !list.every((one) => typeof one === "number" && !Number.isNaN(one)))
    throw new InvalidInputError(
      `${where}: ${name} must be a number, or an array of one for each value of fun, received ${show(limit)}.`,
    );
  return Float64Array.from(list as number[]);
}

function rejectCrossed({ lower, upper }: Pick<NonlinearConstraint<unknown>, "lower" | "upper">): void {
  const length = Math.max(lengthOf(lower), lengthOf(upper));
  if (lengthOf(lower) !== lengthOf(upper) && typeof lower !== "number" && typeof upper !== "number")
    throw new InvalidInputError(
      `${where}: lower and upper must have the same length, received ${lower.length} and ${upper.length}.`,
    );
  for (let i = 0; i < length; i++) {
    const [least, most] = [limitAt(lower, i), limitAt(upper, i)];
    if (least > most)
      throw new InvalidInputError(`${where}: lower must not be above upper, received ${least} > ${most}.`);
    if (least === Number.POSITIVE_INFINITY || most === Number.NEGATIVE_INFINITY)
      throw new InvalidInputError(`${where}: a value cannot be asked to be ${least} to ${most}.`);
  }
}

function lengthOf(limit: number | Float64Array): number {
  return typeof limit === "number" ? 1 : limit.length;
}

/** Of value i. */
export function limitAt(limit: number | Float64Array, i: number): number {
  return typeof limit === "number" ? limit : limit[i];
}
