import * as v from "valibot";
import type { ConfiguredAlgorithm } from "../algorithms/types.ts";
import type { NumdiffOptions } from "../differentiation/index.ts";
import { InvalidInputError, show } from "../errors.ts";
import type { BatchEvaluatorName } from "../evaluation/resolve.ts";
import type { BatchEvaluator } from "../evaluation/types.ts";
import {
  checkedThere,
  checkOptions,
  integerFrom,
  type OptionSchemas,
  oneOf,
  positiveNumber,
} from "../option-schemas.ts";
import type { Bounds } from "../problem/bounds.ts";
import type { Constraints } from "../problem/constraints/constraints.ts";
import type { CriterionReturn, LeastSquaresFunction, LikelihoodFunction, Vector } from "../problem/function-kinds.ts";
import type { ScalingOptions } from "../problem/scaling.ts";
import type { RunStoreChoice } from "../recording/store.ts";
import type { ProgressReporter } from "../report/types.ts";

/**
 * A criterion: a function of the parameters that returns a number, or one marked by `leastSquares` or `likelihood`. It may return
 * `{ value, info }`: info is kept in the history.
 */
export type Criterion<P> = ((params: P) => CriterionReturn<number>) | LeastSquaresFunction<P> | LikelihoodFunction<P>;

/**
 * A derivative: the gradient (a tree like params, or flat, length n), or the Jacobian of m residuals (m rows of these, or row-major of length
 * m·n). Of a likelihood the gradient of the sum, or the Jacobian of the m contributions.
 */
export type DerivativeValue<P> = P | Vector | readonly (P | Vector)[];

/** The derivative at params. */
export type Derivative<P> = (params: P) => DerivativeValue<P> | Promise<DerivativeValue<P>>;

/** Value and derivative of the criterion at the same params. */
export interface ValueAndJac<P> {
  /** As `fun` returns it: the number, the residuals, or the contributions. */
  readonly value: number | Vector;
  readonly jac: DerivativeValue<P>;
  /** Kept in the history. @default null */
  readonly info?: unknown;
}

/** The criterion and its derivative at params, in one evaluation. */
export type FunAndJac<P> = (params: P) => ValueAndJac<P> | Promise<ValueAndJac<P>>;

export interface MinimizeOptions<P> {
  /**
   * The criterion: `(params) => number`, `leastSquares(f)` or `likelihood(f)` of any function, also of what `defineCriterion` returned. What it
   * refers to is captured when it is first sent to workers. It must have no side effects: it may be evaluated at points that are thrown away.
   */
  readonly fun: Criterion<P>;
  /** Start: a number, array, Float64Array, or objects, Maps and arrays of them, nested at will. Finite, within the bounds. */
  readonly params: P;
  /** Name, or e.g. `algorithms.levenbergMarquardt({ trials: 8 })`. */
  readonly algorithm: string | ConfiguredAlgorithm;
  /** Lower and upper bounds, and soft ones, which say where to sample; as partial trees. @default none */
  readonly bounds?: Bounds<NoInfer<P>> | undefined;
  /**
   * What must hold of the parameters at each point that is evaluated: `fixed`, `equal`, `pairwiseEqual`, `increasing`, `decreasing`, `probability`,
   * `covariance`, `sdcorr`, `linear`, each with a selector: `(c) => [c.fixed((p) => p.a)]`, or a list `[fixed((p: Params) => p.a)]`. The start must
   * satisfy them. And what must hold at the end, within a tolerance: `nonlinear`. @default none
   */
  readonly constraints?: Constraints<NoInfer<P>> | undefined;
  /** Scaling of the parameters, which algorithms see instead of theirs; history and result are not scaled. @default none */
  readonly scaling?: ScalingOptions | undefined;
  /** Analytical derivative. @default finite differences, in the same batch */
  readonly jac?: Derivative<P> | undefined;
  /**
   * `(params) => ({ value, jac })` for a criterion that has most of its derivative when it has its value. Used wherever an algorithm wants both, and
   * for the derivative alone where there is no `jac`. `fun` is needed all the same: many points are evaluated for their value alone, and it
   * says whether the value is a number, residuals or contributions. @default fun and then jac
   */
  readonly funAndJac?: FunAndJac<P> | undefined;
  /** How derivatives are approximated where there is neither `jac` nor `funAndJac`: method, steps, Richardson's extrapolation. @default as the algorithm asks */
  readonly numdiff?: NumdiffOptions<NoInfer<P>> | undefined;
  /** How batches are evaluated: a name or a function such as `executorBatchEvaluator(executor)`. @default "serial" */
  readonly batchEvaluator?: BatchEvaluatorName | BatchEvaluator | undefined;
  /**
   * `"raise"`: an error of the criterion ends the run. `"continue"`: the point gets a penalty that grows with its distance from the start,
   * f₀ + |f₀| + 100 + 0.1·‖x − x₀‖, and the error is kept in the history; an error at the start still ends the run. @default "raise"
   */
  readonly errorHandling?: "raise" | "continue" | undefined;
  /** Aborts the run: it rejects with an AbortError whose `partialResult` holds the best point so far. */
  readonly signal?: AbortSignal | undefined;
  /** `true`: a line on stderr; `false`: silent; or a reporter of your own. @default true */
  readonly progress?: boolean | ProgressReporter | undefined;
  /** Where the run is recorded: "memory", "local", "dynamodb", or a store from `createRunStore`. @default "memory" */
  readonly store?: RunStoreChoice | undefined;
  /** A name to find the run by. @default the name of the criterion, or the algorithm's */
  readonly runName?: string | undefined;
  /** The run ends before the round that would evaluate the criterion at more points than this; the first round must not. @default no limit */
  readonly maxFunEvals?: number | undefined;
  /** Seconds; the run ends before the first round after this time. @default no limit */
  readonly maxTime?: number | undefined;
  /**
   * US dollars; the run ends before the round that is expected to pass it: its points × the mean cost of a point so far. What the first round
   * costs is not known before it. Needs an evaluator that tells what evaluations cost, as that of Lambda does. @default no limit
   */
  readonly maxCost?: number | undefined;
}

type Checked = { readonly [K in keyof MinimizeOptions<unknown>]-?: NonNullable<MinimizeOptions<unknown>[K]> };

const schemas: OptionSchemas<Checked> = {
  fun: checkedThere(),
  params: checkedThere(),
  algorithm: checkedThere(),
  bounds: checkedThere(),
  constraints: checkedThere(),
  scaling: checkedThere(),
  jac: checkedThere(),
  funAndJac: checkedThere(),
  numdiff: checkedThere(),
  batchEvaluator: checkedThere(),
  errorHandling: oneOf("raise", "continue"),
  signal: v.instance(AbortSignal, "an AbortSignal"),
  progress: checkedThere(),
  store: checkedThere(),
  runName: v.pipe(v.string("a non-empty string"), v.nonEmpty("a non-empty string")),
  maxFunEvals: integerFrom(1),
  maxTime: positiveNumber(" of seconds"),
  maxCost: positiveNumber(" of US dollars"),
};

const required = ["fun", "params", "algorithm"] as const;

/**
 * Checks what the rooms below do not check themselves.
 *
 * @throws InvalidInputError that says what was expected, what came and where, and suggests the nearest name.
 */
export function checkMinimizeOptions<P>(options: MinimizeOptions<P>, where: string): void {
  if (typeof options !== "object" || options === null)
    throw new InvalidInputError(
      `${where}: expected one object { fun, params, algorithm, … }, received ${show(options)}.`,
    );
  checkOptions<Checked>(where, schemas, options as Partial<Checked>);
  for (const name of required) {
    if (options[name] !== undefined) continue;
    const also =
      name === "fun" && options.funAndJac !== undefined
        ? " funAndJac does not take its place: many points are evaluated for their value alone."
        : "";
    throw new InvalidInputError(`${where}: the option ${name} is missing.${also}`);
  }
  const given = (["jac", "funAndJac"] as const).find((name) => options[name] !== undefined);
  if (options.numdiff !== undefined && given !== undefined)
    throw new InvalidInputError(
      `${where}: the option numdiff has no effect where ${given} gives the derivative. Drop numdiff, or ${given} to take differences.`,
    );
}
