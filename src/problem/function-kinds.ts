import { InvalidInputError, show } from "../errors.ts";
import { carryPortable, isClosure } from "../transport/portable.ts";

/** What a criterion returns: a number; residuals, whose sum of squares counts; or contributions, whose sum counts. */
export type FunctionKind = "scalar" | "least-squares" | "likelihood";

/** Residuals or contributions: any array of numbers. */
export type Vector = readonly number[] | Float64Array | Float32Array;

/** What a criterion returns in the place of its bare value, to have more of a point kept. */
export interface ValueWithInfo<V> {
  readonly value: V;
  /**
   * Kept in the history, copied as it is when the criterion returns: numbers, strings, typed arrays, Map, Set, Date, plain objects and arrays.
   * @default null
   */
  readonly info?: unknown;
}

/** A criterion's value, bare or with info, now or later. */
export type CriterionReturn<V> = V | ValueWithInfo<V> | Promise<V | ValueWithInfo<V>>;

const KIND = Symbol.for("fanopt.kind");

declare const kindTag: unique symbol;

/** A function of the parameters that returns residuals. */
export type LeastSquaresFunction<P> = ((params: P) => CriterionReturn<Vector>) & {
  readonly [kindTag]: "least-squares";
};

/** A function of the parameters that returns log-likelihood contributions. */
export type LikelihoodFunction<P> = ((params: P) => CriterionReturn<Vector>) & { readonly [kindTag]: "likelihood" };

/**
 * Marks a function as returning residuals r(p), length m: its scalar value is the sum of squares Σ rᵢ².
 *
 * @param fun function of the parameters, or what `defineCriterion` returned: residuals, or `{ value: residuals, info }`.
 * @example minimize({ fun: leastSquares((p) => data.map((d) => model(p, d.x) - d.y)), … })
 */
export function leastSquares<P>(fun: (params: P) => CriterionReturn<Vector>): LeastSquaresFunction<P> {
  return withKind(fun, "least-squares", "leastSquares") as LeastSquaresFunction<P>;
}

/**
 * Marks a function as returning contributions to a log-likelihood, length m: its scalar value is their sum. Use it with `maximize`.
 *
 * @param fun function of the parameters, or what `defineCriterion` returned: contributions, or `{ value: contributions, info }`.
 */
export function likelihood<P>(fun: (params: P) => CriterionReturn<Vector>): LikelihoodFunction<P> {
  return withKind(fun, "likelihood", "likelihood") as LikelihoodFunction<P>;
}

/** The kind that a function was marked with; undefined when it was not. */
export function kindOf(fun: unknown): FunctionKind | undefined {
  return typeof fun === "function" ? (fun as { [KIND]?: FunctionKind })[KIND] : undefined;
}

/** The kind of a criterion as far as it shows without loading a module: an export may be marked there. */
export function apparentKindOf(fun: (params: never) => unknown): FunctionKind | undefined {
  return kindOf(fun) ?? (isClosure(fun) ? "scalar" : undefined);
}

function withKind<P, R>(fun: (params: P) => R, kind: FunctionKind, where: string): (params: P) => R {
  if (typeof fun !== "function")
    throw new InvalidInputError(`${where}: expected a function of the parameters, received ${show(fun)}.`);
  // A function of its own: the same criterion may be used both ways. Further arguments belong to defineCriterion's args.
  const marked = (params: P, ...args: unknown[]): R => (fun as (params: P, ...args: unknown[]) => R)(params, ...args);
  Object.defineProperty(marked, "name", { value: fun.name });
  Object.defineProperty(marked, KIND, { value: kind });
  return carryPortable(fun, marked);
}
