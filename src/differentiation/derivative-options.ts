/** What firstDerivative and secondDerivative have in common. */
import * as v from "valibot";
import { InvalidInputError, show } from "../errors.ts";
import { type BatchEvaluatorName, resolveBatchEvaluator } from "../evaluation/resolve.ts";
import type { BatchEvaluator } from "../evaluation/types.ts";
import { checkedThere, checkOptions, type OptionSchemas, oneOf } from "../option-schemas.ts";
import type { Bounds, FlatBounds } from "../problem/bounds.ts";
import { conversionOf } from "../problem/conversion.ts";
import { freeProblemOf } from "../problem/free-problem.ts";
import { type FunctionKind, kindOf } from "../problem/function-kinds.ts";
import { type ParamsShape, shapeOf } from "../problem/tree.ts";
import { isLoadingCriterion } from "../transport/load.ts";
import { carryPortable, exportBehind } from "../transport/portable.ts";
import { bits, type Known } from "./differenced-point.ts";
import { FunctionAtPoints } from "./function-at-points.ts";
import { resolveAbsoluteSteps, type StepOptions, stepSchemas } from "./numdiff-options.ts";
import type { ScaleGuess } from "./stencil.ts";
import { type Blind, doubleAccuracy, type StepSettings, Steps } from "./steps.ts";

export interface DerivativeOptions<P> extends StepOptions<NoInfer<P>> {
  /** Where: a number, array, Float64Array, or objects, Maps and arrays of them, nested at will. Finite, within the bounds. */
  readonly params: P;
  /** Lower and upper bounds, as partial trees. No point of a difference is beyond them: near one the points are on its other side. @default none */
  readonly bounds?: Bounds<NoInfer<P>> | undefined;
  /** How the points are evaluated, all in one batch: a name or a function such as `executorBatchEvaluator(executor)`. @default "serial" */
  readonly batchEvaluator?: BatchEvaluatorName | BatchEvaluator | undefined;
  /**
   * `"raise"`: an error of the function is thrown. `"continue"`: another difference is tried, and what cannot be had is NaN; an error at params
   * itself is thrown all the same. @default "raise"
   */
  readonly errorHandling?: "raise" | "continue" | undefined;
  /** Aborts: the promise rejects with an AbortError. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Steps of a parameter that is zero are as if it were this share of the others' magnitude, or of 1, whichever is less, for steps that are too short
 * are seen by their effect, and ones that are too long are not. The share is that of optimagic.
 */
const scaleGuess: ScaleGuess = { share: 0.1, ofZero: (typical) => Math.min(1, typical) };

/** Everything checked and resolved. */
export interface Prepared<P> {
  readonly shape: ParamsShape<P>;
  readonly x: Float64Array;
  readonly bounds: FlatBounds;
  readonly steps: Steps;
  readonly accuracy: number;
  readonly richardson: number;
  readonly errorHandling: "raise" | "continue";
  readonly values: FunctionAtPoints<P>;
}

/**
 * @param aggregates whether the sum that counts is differentiated where the function is marked as least squares or likelihood, and not its terms.
 * @throws InvalidInputError
 */
export async function prepare<P, M extends string>(
  where: string,
  options: DerivativeOptions<P> & { readonly fun: (params: P) => unknown; readonly method?: M | undefined },
  methods: readonly M[],
  aggregates: boolean,
): Promise<Prepared<P>> {
  if (isLoadingCriterion())
    throw new InvalidInputError(
      `${where} was called while the module of a criterion was being loaded: each worker would do so, too. Keep the criterion in a module that ` +
        `does not call ${where}, nor imports one that does.`,
    );
  if (typeof options !== "object" || options === null)
    throw new InvalidInputError(`${where}: expected one object { fun, params, … }, received ${show(options)}.`);
  const { accuracy, relativeStep, richardson } = checkOptions(
    where,
    schemasOf(methods),
    options as object,
  ) as StepSettings;
  // A comparison in place would narrow P, and bounds would not fit it any more.
  const isGiven = (value: unknown): boolean => value !== undefined;
  if (!isGiven(options.params)) throw new InvalidInputError(`${where}: the option params is missing.`);
  const { fun, params, errorHandling = "raise", signal } = options;
  if (typeof fun !== "function")
    throw new InvalidInputError(`${where}: fun must be a function of params, received ${show(fun)}.`);
  const batchEvaluator = resolveBatchEvaluator(options.batchEvaluator ?? "serial");
  const shape = shapeOf(params);
  const free = freeProblemOf({ params, bounds: options.bounds }, shape);
  const [x, { bounds }] = [free.start, free.conversion];
  shape.names.forEach((name, i) => {
    if (bounds.lower[i] === bounds.upper[i])
      throw new InvalidInputError(
        `${where}: the bounds of ${name} are equal, which leaves no room for a difference. Widen them, or pass it as data of fun.`,
      );
  });
  const conversion = conversionOf(free.conversion);
  const what = `${where}: absoluteStep`;
  const absoluteSteps = resolveAbsoluteSteps(options.absoluteStep, what, { params, shape, conversion });
  const kind: FunctionKind = kindOf(fun) ?? kindOf(await exportBehind(fun)) ?? "scalar";
  const aggregation = aggregates ? kind : "scalar";
  // What it refers to is captured once a call.
  const call = carryPortable(fun, (at: P) => fun(at));
  return {
    shape,
    x,
    bounds,
    steps: new Steps({ relativeStep, absoluteSteps }, { x0: x, ...bounds }, scaleGuess),
    accuracy: accuracy ?? doubleAccuracy,
    richardson: richardson ?? 0,
    errorHandling,
    values: new FunctionAtPoints({ where, fun: call, aggregation, shape, x, batchEvaluator, errorHandling, signal }),
  };
}

/**
 * Where a function changes by less than this, relative to its value, steps of a parameter near zero are lengthened: the difference would have
 * less than a third of the digits.
 */
export function blindnessOf(accuracy: number): number {
  return accuracy ** 0.6;
}

/**
 * By how much steps are lengthened that are blind: no more than it takes for an effect that can be told, because a parameter may be near zero by
 * chance, but its effect may as well be small beside a large value. An effect that is rounding tells neither: then as far as it goes.
 *
 * @param order of the effect in the step.
 */
function lengthening(effect: number, accuracy: number, order: 1 | 2): number {
  if (effect <= 16 * accuracy) return Number.POSITIVE_INFINITY;
  return ((2 * blindnessOf(accuracy)) / effect) ** (1 / order);
}

/** A point whose derivative is assembled from values around it. */
interface Differenced {
  addNeeded(needed: Map<string, Float64Array>, known: Known): void;
  blindCoordinates(known: Known): readonly Blind[];
}

/**
 * Evaluates what a derivative needs: the point itself first, others where some have no value, longer steps where they show no effect.
 *
 * @param differenced the point by the steps of the moment.
 * @param order of the effect in the step.
 * @returns it by the last ones.
 */
export async function evaluated<P, D extends Differenced>(
  { x, steps, values, accuracy }: Prepared<P>,
  differenced: () => D,
  order: 1 | 2,
): Promise<D> {
  let point = differenced();
  for (;;) {
    const needed = new Map([[bits(x), x]]);
    point.addNeeded(needed, values.known);
    for (const key of needed.keys()) if (values.known.has(key)) needed.delete(key);
    if (needed.size > 0) await values.evaluate(needed);
    else if (steps.widen(point.blindCoordinates(values.known), (effect) => lengthening(effect, accuracy, order)))
      point = differenced();
    else return point;
  }
}

function schemasOf<M extends string>(methods: readonly M[]): OptionSchemas<Record<string, unknown>> {
  return {
    fun: checkedThere(),
    params: checkedThere(),
    bounds: checkedThere(),
    method: oneOf(...methods),
    ...stepSchemas,
    batchEvaluator: checkedThere(),
    errorHandling: oneOf("raise", "continue"),
    signal: v.instance(AbortSignal, "an AbortSignal"),
  };
}
