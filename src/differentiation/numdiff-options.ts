import * as v from "valibot";
import { InvalidInputError, show } from "../errors.ts";
import { checkedThere, checkOptions, numberFrom, type OptionSchemas, oneOf } from "../option-schemas.ts";
import type { Conversion } from "../problem/conversion.ts";
import { flattenPartial, type PartialTree } from "../problem/partial-tree.ts";
import type { ParamsShape } from "../problem/tree.ts";
import type { DifferenceMethod } from "./stencil.ts";
import { doubleAccuracy, type StepSettings } from "./steps.ts";

/** How long the steps of differences are. */
export interface StepOptions<P> {
  /**
   * The relative accuracy to which the function is computed: 1e-6 for a solver with that tolerance or a simulation with that much noise. Steps are
   * chosen by it, longer ones for less accurate values.
   * @default 2^-52, that of a double
   */
  readonly accuracy?: number | undefined;
  /**
   * Step relative to a parameter's absolute value, as the algorithm sees it (scaled, after constraints); near zero relative to that of the start.
   * @default accuracy^(1/2) forward and backward, accuracy^(1/3) central, longer with `richardson`
   */
  readonly relativeStep?: number | undefined;
  /**
   * Step in the unit of the parameter: a number for all, or a partial tree like params; it governs where it is given. With scaling or constraints
   * the algorithm's parameter moves so far that no parameter moves by more than its step.
   * @default relative steps
   */
  readonly absoluteStep?: PartialTree<P> | undefined;
  /**
   * Number of Richardson extrapolations: each adds differences with twice the longest step so far, to the same batch, and takes one more term of
   * their error away. The given step is the shortest. For smooth, accurate functions: 2 with central differences give 12 digits or so.
   * @default 0
   */
  readonly richardson?: number | undefined;
}

/** How derivatives are approximated where no analytical one is given. */
export interface NumdiffOptions<P> extends StepOptions<P> {
  /**
   * `"forward"` and `"backward"` take one further point a parameter, `"central"` two; near a bound the other side serves. @default what the
   * algorithm asks for: forward, and central where that is not accurate enough
   */
  readonly method?: DifferenceMethod | undefined;
}

interface Checked {
  readonly method: DifferenceMethod;
  readonly accuracy: number;
  readonly relativeStep: number;
  readonly absoluteStep: PartialTree<unknown>;
  readonly richardson: number;
}

const maxExtrapolations = 8;
const extrapolations = `an integer from 0 to ${maxExtrapolations}`;

/** Schemas of the options that say how long the steps are. */
export const stepSchemas: OptionSchemas<Omit<Checked, "method">> = {
  accuracy: numberFrom(doubleAccuracy, 1),
  relativeStep: numberFrom(doubleAccuracy, 1),
  absoluteStep: checkedThere(),
  richardson: v.pipe(
    v.number(extrapolations),
    v.integer(extrapolations),
    v.minValue(0, extrapolations),
    v.maxValue(maxExtrapolations, extrapolations),
  ),
};

const schemas: OptionSchemas<Checked> = { method: oneOf("forward", "backward", "central"), ...stepSchemas };

/** What the steps are about. */
interface ParamsSetting<P> {
  readonly params: P;
  readonly shape: ParamsShape<P>;
  readonly conversion: Conversion;
}

/** @throws InvalidInputError for unknown options (suggesting the nearest), bad values, and steps of parameters that params does not have. */
export function resolveNumdiff<P>(options: NumdiffOptions<P> | undefined, setting: ParamsSetting<P>): StepSettings {
  if (options === undefined) return {};
  const { absoluteStep, ...checked } = checkOptions<Checked>("numdiff", schemas, options as Partial<Checked>);
  return { ...checked, absoluteSteps: resolveAbsoluteSteps(absoluteStep, "numdiff.absoluteStep", setting) };
}

/** Steps in the units of the parameters as steps of internal x; undefined where none is given. */
export function resolveAbsoluteSteps<P>(
  absoluteStep: unknown,
  what: string,
  { params, shape, conversion }: ParamsSetting<P>,
): StepSettings["absoluteSteps"] {
  if (absoluteStep === undefined) return undefined;
  const none = Number.NEGATIVE_INFINITY;
  const steps = flattenPartial(params, absoluteStep, none, what);
  const values = shape.flatten(params, "params");
  shape.names.forEach((name, i) => {
    if (steps[i] === none) return;
    if (!(steps[i] > 0 && steps[i] < Number.POSITIVE_INFINITY))
      throw new InvalidInputError(
        `${what}: the step of ${name} must be a positive number, received ${show(steps[i])}.`,
      );
    if (steps[i] < doubleAccuracy * Math.abs(values[i]))
      throw new InvalidInputError(
        `${what}: the step of ${name}, ${steps[i]}, is lost to rounding beside its value ${values[i]}. Give a longer one: with doubles, one of ` +
          `about ${Number((doubleAccuracy ** (1 / 3) * Math.abs(values[i])).toPrecision(1))} suits.`,
      );
  });
  const n = shape.length;
  const identity = new Float64Array(n * n);
  for (let i = 0; i < n; i++) identity[i * n + i] = 1;
  return (x) => {
    // ∂ params / ∂ x, row-major n × k.
    const slopes = conversion.derivativeToInternal(identity, x);
    const k = x.length;
    return x.map((_, j) => {
      let step = Number.POSITIVE_INFINITY;
      for (let i = 0; i < n; i++) {
        const slope = Math.abs(slopes[i * k + j]);
        if (steps[i] !== none && slope > 0) step = Math.min(step, steps[i] / slope);
      }
      return step === Number.POSITIVE_INFINITY ? Number.NaN : step;
    });
  };
}
