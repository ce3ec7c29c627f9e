/** How long the steps of differences are. */
import { type Coordinate, type DifferenceMethod, type ScaleGuess, scaleFloors } from "./stencil.ts";

/** How derivatives are approximated; what is absent is chosen. */
export interface StepSettings {
  /** @default what the algorithm asks for */
  readonly method?: DifferenceMethod | undefined;
  /** Relative accuracy of the function's values. @default 2^-52, that of a double */
  readonly accuracy?: number | undefined;
  /** Step relative to |x|, the shortest where there are several. @default from `accuracy`, the best for the method */
  readonly relativeStep?: number | undefined;
  /** Absolute steps at x, length n, NaN where they are relative. @default all relative */
  readonly absoluteSteps?: ((x: Float64Array) => Float64Array) | undefined;
  /** How many longer steps there are, for Richardson's extrapolation. @default 0 */
  readonly richardson?: number | undefined;
}

export interface Box {
  /** Start, length n: the scale of coordinates that come near zero is taken from it. */
  readonly x0: Float64Array;
  /** Bounds, length n, ±Infinity where there is none; no difference leaves them. */
  readonly lower: Float64Array;
  readonly upper: Float64Array;
}

export const doubleAccuracy: number = 2 ** -52;

/** The shortest step: one that a value does not lose to rounding, and a double near the smallest can be moved by. */
function shortestFrom(value: number): number {
  return Math.max(2 * doubleAccuracy * Math.abs(value), 2 ** -1000);
}

/** A coordinate whose steps show no effect that could be told from rounding. */
export interface Blind {
  readonly coordinate: number;
  /** The largest difference of a value, relative to it: what the derivative is made of. */
  readonly effect: number;
}

/**
 * The step that balances errors of truncation and of rounding, relative to |x|: accuracy^(1 / (order + derivative)) for an error of order h^order
 * of a first or second derivative. With extrapolations, whose order is higher, it is the longest one: functions that change within a hundredth
 * of |x| then have as many digits as without. Source: Dennis and Schnabel (1983), Numerical Methods for Unconstrained Optimization, section 5.6;
 * Press et al. (2007), Numerical Recipes, section 5.7.
 *
 * @returns the shortest of 1 + extrapolations steps, and what it may be shortened to: the step without extrapolations.
 */
export function bestStep(
  order: 1 | 2,
  extrapolations: number,
  accuracy: number,
  derivative: 1 | 2 = 1,
): { step: number; shortest: number } {
  const shortest = accuracy ** (1 / (order + derivative));
  const best = accuracy ** (1 / (order * (1 + extrapolations) + derivative));
  return { step: Math.max(shortest, best / 2 ** extrapolations), shortest };
}

/** Steps that get longer where a coordinate shows no effect because it is near zero. */
export class Steps {
  readonly #settings: StepSettings;
  readonly #box: Box;
  readonly #floors: Float64Array;
  readonly #wide: Float64Array;

  /** @param guess as in `scaleFloors`. */
  constructor(settings: StepSettings, box: Box, guess?: ScaleGuess) {
    this.#settings = settings;
    this.#box = box;
    const { narrow, wide } = scaleFloors(box.x0, box.lower, box.upper, guess);
    this.#floors = narrow;
    this.#wide = wide;
  }

  /** The coordinates of x with their steps: absolute ones, or relative to max(|x|, |x0| / 100). */
  coordinates(x: Float64Array, relative: { readonly step: number; readonly shortest: number }): Coordinate[] {
    const { lower, upper } = this.#box;
    const absolute = this.#settings.absoluteSteps?.(x);
    const given = this.#settings.relativeStep;
    return Array.from(x, (value, j) => {
      const common = { value, lower: lower[j], upper: upper[j] };
      const least = shortestFrom(value);
      const fixed = absolute?.[j] ?? Number.NaN;
      if (!Number.isNaN(fixed)) return { ...common, step: Math.max(fixed, least) };
      const size = Math.max(Math.abs(value), this.#floors[j]);
      const step = Math.max((given ?? relative.step) * size, least);
      return { ...common, step, shortest: given === undefined ? Math.max(relative.shortest * size, least) : step };
    });
  }

  /**
   * Lengthens the steps of coordinates that are near zero, beside the others or 1.
   *
   * @param factorOf an effect, by how much the steps are lengthened that have it. @default as far as it goes
   * @returns whether any are.
   */
  widen(blind: readonly Blind[], factorOf: (effect: number) => number = () => Number.POSITIVE_INFINITY): boolean {
    const short = blind.filter(({ coordinate: j }) => this.#floors[j] < this.#wide[j]);
    for (const { coordinate: j, effect } of short) {
      const size = Math.max(Math.abs(this.#box.x0[j]), this.#floors[j]);
      this.#floors[j] = Math.min(this.#wide[j], factorOf(effect) * size);
    }
    return short.length > 0;
  }
}
