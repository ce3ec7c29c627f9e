import type { Answer, Point, PointAnswer } from "../types.ts";
import { AugmentedFunction } from "./augmented-function.ts";
import { balancedPenalties } from "./balanced-penalties.ts";
import type { Stack } from "./stack.ts";

/** A penalty grows by this where a run closed too little of its constraint's gap. */
const growth = 10;
/** The share of a gap that may be left of it after a run. */
const enough = 0.1;
/** More than this share of the largest gap left: the run was in vain. */
const vain = 0.9;
/** More than this share: it went astray. */
const astray = 10;

/** Multipliers and penalties, from one run of the inner algorithm to the next. */
export class Multipliers {
  /** Where the run under way began. */
  #x: Float64Array;
  readonly #stack: Stack;
  #augmented: AugmentedFunction | null = null;
  #start: PointAnswer | null = null;
  /** Gaps where the last run ended. */
  #before: Float64Array | null = null;
  /** Which penalties are to be balanced anew at the first points of the next run. */
  #unbalanced: readonly boolean[] = [];

  constructor(x0: Float64Array, stack: Stack) {
    this.#x = x0;
    this.#stack = stack;
  }

  /** The function to minimise now. The first points of a run, which hold its start, balance its penalties where that is due. */
  augmented(points: readonly Point[], answers: Answer): AugmentedFunction {
    const { layout } = this.#stack;
    const known = this.#augmented;
    if (known !== null && !this.#unbalanced.includes(true)) return known;
    const at = points.findIndex(({ x, want }) => want !== "jac" && isSame(x, this.#x));
    const start = answers[at];
    const balanced = balancedPenalties(this.#x, start, points, answers, layout);
    this.#start ??= start;
    this.#augmented =
      known === null
        ? new AugmentedFunction(layout, new Float64Array(balanced.length), balanced, [start])
        : new AugmentedFunction(
            layout,
            known.multipliers,
            known.penalties.map((penalty, i) => (this.#unbalanced[i] ? Math.max(penalty, balanced[i]) : penalty)),
            [this.#start, start],
          );
    this.#unbalanced = [];
    return this.#augmented;
  }

  /** Whether all gaps are closed within the tolerances. */
  isClosed(gaps: Float64Array): boolean {
    return !gaps.some((gap, i) => this.#isOpen(gap, i));
  }

  /** Whether each gap is closed, or much smaller than where the last run ended. */
  isNearer(gaps: Float64Array): boolean {
    return gaps.every((gap, i) => !this.#hasStayed(gap, i));
  }

  /**
   * Takes the end of a run, at x, for the next function. Where the run was in vain, penalties may be far too small for where it went: from a start far
   * away they are, for there all changes are large.
   *
   * @returns whether the largest gap stayed as large as it was.
   */
  update(now: AugmentedFunction, x: Float64Array, end: PointAnswer): boolean {
    const values = now.valuesOf(end);
    const gaps = now.gaps(values);
    const hasStayed = Array.from(gaps, (gap, i) => this.#hasStayed(gap, i));
    const penalties = now.penalties.map((penalty, i) => (hasStayed[i] ? growth * penalty : penalty));
    const isVain = this.#before !== null && this.#largest(gaps) > vain * this.#largest(this.#before);
    const starts = [this.#start ?? end, end];
    this.#augmented = new AugmentedFunction(this.#stack.layout, now.updatedMultipliers(values), penalties, starts);
    this.#before = gaps;
    this.#x = x;
    this.#unbalanced = isVain ? hasStayed : [];
    return isVain;
  }

  /**
   * Whether a run went off to where the augmented Lagrangian falls without end, as it may where penalties are too small for a criterion that is not
   * convex: nothing is learnt there.
   */
  isAstray(gaps: Float64Array, { fun }: PointAnswer): boolean {
    if (!Number.isFinite(fun)) return true;
    return this.#before !== null && this.#largest(gaps) > astray * this.#largest(this.#before);
  }

  /** Takes such a run for the next one, from where it began: larger penalties, the same multipliers. */
  strengthen(now: AugmentedFunction, gaps: Float64Array): void {
    const penalties = now.penalties.map((penalty, i) => (this.#isOpen(gaps[i], i) ? growth * penalty : penalty));
    const starts = this.#start === null ? [] : [this.#start];
    this.#augmented = new AugmentedFunction(this.#stack.layout, now.multipliers, penalties, starts);
  }

  #isOpen(gap: number, i: number): boolean {
    return gap > this.#stack.layout.limits.tolerance[i];
  }

  #hasStayed(gap: number, i: number): boolean {
    return this.#isOpen(gap, i) && this.#before !== null && gap > enough * this.#before[i];
  }

  /** Relative to its tolerance. */
  #largest(gaps: Float64Array): number {
    return gaps.reduce((most, gap, i) => Math.max(most, gap / this.#stack.layout.limits.tolerance[i]), 0);
  }
}

function isSame(x: Float64Array, other: Float64Array): boolean {
  return x.every((value, j) => Object.is(value, other[j]));
}
