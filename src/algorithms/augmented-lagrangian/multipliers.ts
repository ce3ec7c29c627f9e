import type { Answer, Point, PointAnswer } from "../types.ts";
import { AugmentedFunction } from "./augmented-function.ts";
import { initialPenalties } from "./initial-penalties.ts";
import type { Stack } from "./stack.ts";

/** A penalty grows by this where a run closed too little of its constraint's gap. */
const growth = 10;
/** The share of a gap that may be left of it after a run. */
const enough = 0.1;
/** More than this share of the largest gap left: the run was in vain. */
const vain = 0.9;

/** Multipliers and penalties, from one run of the inner algorithm to the next. */
export class Multipliers {
  readonly #x0: Float64Array;
  readonly #stack: Stack;
  #augmented: AugmentedFunction | null = null;
  #start: PointAnswer | null = null;
  /** Gaps where the last run ended. */
  #before: Float64Array | null = null;

  constructor(x0: Float64Array, stack: Stack) {
    this.#x0 = x0;
    this.#stack = stack;
  }

  /** The function to minimise now. The first points, which hold the start, make the first one. */
  augmented(points: readonly Point[], answers: Answer): AugmentedFunction {
    if (this.#augmented !== null) return this.#augmented;
    const at = points.findIndex(({ x, want }) => want !== "jac" && isSame(x, this.#x0));
    this.#start = answers[at];
    const penalties = initialPenalties(points[at].x, this.#start, points, answers, this.#stack.layout);
    this.#augmented = new AugmentedFunction(this.#stack.layout, new Float64Array(penalties.length), penalties, [
      this.#start,
    ]);
    return this.#augmented;
  }

  /** Whether all gaps are closed within the tolerances. */
  isClosed(gaps: Float64Array): boolean {
    return gaps.every((gap, i) => gap <= this.#stack.layout.limits.tolerance[i]);
  }

  /** Whether each gap is closed, or much smaller than where the last run ended. */
  isNearer(gaps: Float64Array): boolean {
    return gaps.every((gap, i) => !this.#hasStayed(gap, i));
  }

  /**
   * Takes the end of a run for the next function.
   *
   * @returns whether the largest gap stayed as large as it was.
   */
  update(now: AugmentedFunction, end: PointAnswer): boolean {
    const values = now.valuesOf(end);
    const gaps = now.gaps(values);
    const penalties = now.penalties.map((penalty, i) => (this.#hasStayed(gaps[i], i) ? growth * penalty : penalty));
    const isVain = this.#before !== null && this.#largest(gaps) > vain * this.#largest(this.#before);
    const starts = [this.#start ?? end, end];
    this.#augmented = new AugmentedFunction(this.#stack.layout, now.updatedMultipliers(values), penalties, starts);
    this.#before = gaps;
    return isVain;
  }

  #hasStayed(gap: number, i: number): boolean {
    return gap > this.#stack.layout.limits.tolerance[i] && this.#before !== null && gap > enough * this.#before[i];
  }

  /** Relative to its tolerance. */
  #largest(gaps: Float64Array): number {
    return gaps.reduce((most, gap, i) => Math.max(most, gap / this.#stack.layout.limits.tolerance[i]), 0);
  }
}

function isSame(x: Float64Array, other: Float64Array): boolean {
  return x.every((value, j) => Object.is(value, other[j]));
}
