/** Constraints on parameters, each about those that a selector picks. */
import { InvalidInputError, show } from "../../errors.ts";
import { rejectUnknownKeys } from "../../suggest.ts";
import { type NonlinearConstraint, type NonlinearOptions, nonlinearConstraint } from "./nonlinear.ts";

/** Picks parts of params: a number, an array, an object, a Map or array of them. It must return them as they are: `(p) => [p.a, p.b[0]]`. */
export type Selector<P, S = unknown> = (params: P) => S;

/** What is asked of a weighted sum: a value, or bounds. */
export type LinearOptions = {
  /** Weights of the selected parameters, in their order; a number is the weight of each. */
  readonly weights: number | readonly number[] | Float64Array;
} & (
  | { readonly value: number; readonly lower?: undefined; readonly upper?: undefined }
  | { readonly value?: undefined; readonly lower: number; readonly upper?: number | undefined }
  | { readonly value?: undefined; readonly lower?: number | undefined; readonly upper: number }
);

export interface CovarianceOptions {
  /**
   * Least square of a diagonal element of the Cholesky factor, which is a conditional variance: larger than 0 keeps the matrix away from singular
   * ones. In optimagic that of sdcorr is not squared.
   * @default 0
   */
  readonly regularization?: number | undefined;
}

/** A constraint, as the functions of this file make them. */
export type Constraint<P> =
  | {
      readonly type: "fixed" | "equal" | "increasing" | "decreasing" | "probability";
      readonly select: Selector<P>;
    }
  | { readonly type: "pairwiseEqual"; readonly selectors: readonly Selector<P>[] }
  | { readonly type: "covariance" | "sdcorr"; readonly select: Selector<P>; readonly regularization: number }
  | ({ readonly type: "linear"; readonly select: Selector<P> } & LinearOptions)
  | NonlinearConstraint<P>;

/** The selected parameters keep their start values. */
export function fixed<P>(select: Selector<P>): Constraint<P> {
  return { type: "fixed", select: checked(select, "fixed") };
}

/** The selected parameters are equal to each other, as they are at the start. */
export function equal<P>(select: Selector<P>): Constraint<P> {
  return { type: "equal", select: checked(select, "equal") };
}

/** Each of the first selector's parameters is equal to the one at its place in every other selector. */
export function pairwiseEqual<P>(selectors: readonly Selector<P>[]): Constraint<P> {
  if (!Array.isArray(selectors) || selectors.length < 2)
    throw new InvalidInputError(
      `pairwiseEqual: expected an array of at least two selectors, received ${show(selectors)}. Write pairwiseEqual([(p) => p.a, (p) => p.b]).`,
    );
  return { type: "pairwiseEqual", selectors: selectors.map((one) => checked(one, "pairwiseEqual")) };
}

/** Each selected parameter is at least the one before it. */
export function increasing<P>(select: Selector<P>): Constraint<P> {
  return { type: "increasing", select: checked(select, "increasing") };
}

/** Each selected parameter is at most the one before it. */
export function decreasing<P>(select: Selector<P>): Constraint<P> {
  return { type: "decreasing", select: checked(select, "decreasing") };
}

/** The selected parameters are not negative and sum to one. */
export function probability<P>(select: Selector<P>): Constraint<P> {
  return { type: "probability", select: checked(select, "probability") };
}

/** The selected parameters are the lower triangle of a covariance matrix, by rows: σ₁₁, σ₂₁, σ₂₂, σ₃₁, … */
export function covariance<P>(select: Selector<P>, options: CovarianceOptions = {}): Constraint<P> {
  return { type: "covariance", select: checked(select, "covariance"), ...regularized(options, "covariance") };
}

/** The selected parameters are standard deviations s₁ … s_d, then correlations by rows: ρ₂₁, ρ₃₁, ρ₃₂, … */
export function sdcorr<P>(select: Selector<P>, options: CovarianceOptions = {}): Constraint<P> {
  return { type: "sdcorr", select: checked(select, "sdcorr"), ...regularized(options, "sdcorr") };
}

/** A weighted sum of the selected parameters has a value, or lies between bounds. */
export function linear<P>(select: Selector<P>, options: LinearOptions): Constraint<P> {
  const where = "linear";
  checked(select, where);
  if (options === null || typeof options !== "object")
    throw new InvalidInputError(`${where}: expected { weights, value or lower, upper }, received ${show(options)}.`);
  rejectUnknownKeys(options, ["weights", "value", "lower", "upper"], where);
  const { weights, value, lower, upper } = options;
  const list = typeof weights === "number" ? [weights] : weights;
  if (!(Array.isArray(list) || list instanceof Float64Array) || !Array.from(list).every(Number.isFinite))
    throw new InvalidInputError(
      `${where}: weights must be a finite number or an array of them, received ${show(weights)}.`,
    );
  for (const [name, one] of Object.entries({ value, lower, upper }))
    if (one !== undefined && (typeof one !== "number" || Number.isNaN(one)))
      throw new InvalidInputError(`${where}: ${name} must be a number, received ${show(one)}.`);
  const isBounded = lower !== undefined || upper !== undefined;
  if ((value === undefined) !== isBounded)
    throw new InvalidInputError(
      `${where}: give either value, or lower or upper or both; received ${show({ value, lower, upper })}.`,
    );
  if (value !== undefined && !Number.isFinite(value))
    throw new InvalidInputError(`${where}: value must be finite, received ${show(value)}.`);
  if ((lower ?? Number.NEGATIVE_INFINITY) > (upper ?? Number.POSITIVE_INFINITY))
    throw new InvalidInputError(`${where}: lower must not be above upper, received ${lower} > ${upper}.`);
  return { type: "linear", select, ...options };
}

/**
 * A function of the selected parameters has a value, or lies between bounds, each within a tolerance: at the end of a successful run, not on the way.
 *
 * @example nonlinear((p: Params) => p.x, { fun: (x) => x[0] ** 2 + x[1] ** 2, upper: 1 })
 */
export function nonlinear<P, S>(select: Selector<P, S>, options: NonlinearOptions<NoInfer<S>>): Constraint<P> {
  return nonlinearConstraint(checked(select, "nonlinear") as Selector<P, S>, options);
}

function checked<P>(select: Selector<P>, where: string): Selector<P> {
  if (typeof select !== "function")
    throw new InvalidInputError(
      `${where}: expected a function that picks parts of params, such as (p) => p.a, received ${show(select)}.`,
    );
  return select;
}

function regularized(options: CovarianceOptions, where: string): { readonly regularization: number } {
  if (options === null || typeof options !== "object")
    throw new InvalidInputError(`${where}: options must be an object { regularization }, received ${show(options)}.`);
  rejectUnknownKeys(options, ["regularization"], where);
  const { regularization = 0 } = options;
  if (!(typeof regularization === "number" && regularization >= 0 && regularization < Number.POSITIVE_INFINITY))
    throw new InvalidInputError(
      `${where}: regularization must be a number that is not negative, received ${show(regularization)}.`,
    );
  return { regularization };
}

/** The functions of this file, for params of a type. */
export interface ConstraintMakers<P> {
  fixed(select: Selector<P>): Constraint<P>;
  equal(select: Selector<P>): Constraint<P>;
  pairwiseEqual(selectors: readonly Selector<P>[]): Constraint<P>;
  increasing(select: Selector<P>): Constraint<P>;
  decreasing(select: Selector<P>): Constraint<P>;
  probability(select: Selector<P>): Constraint<P>;
  covariance(select: Selector<P>, options?: CovarianceOptions): Constraint<P>;
  sdcorr(select: Selector<P>, options?: CovarianceOptions): Constraint<P>;
  linear(select: Selector<P>, options: LinearOptions): Constraint<P>;
  nonlinear<S>(select: Selector<P, S>, options: NonlinearOptions<NoInfer<S>>): Constraint<P>;
}

/**
 * A list, `[fixed((p: Params) => p.a)]`, or a function that makes it, `(c) => [c.fixed((p) => p.a)]`: there TypeScript knows params, which it does not
 * infer through a call in a list.
 */
export type Constraints<P> = readonly Constraint<P>[] | ((make: ConstraintMakers<P>) => readonly Constraint<P>[]);

/** The list. */
export function listOf<P>(constraints: Constraints<P>): readonly Constraint<P>[] {
  if (typeof constraints !== "function") return constraints;
  return constraints({
    fixed,
    equal,
    pairwiseEqual,
    increasing,
    decreasing,
    probability,
    covariance,
    sdcorr,
    linear,
    nonlinear,
  });
}
