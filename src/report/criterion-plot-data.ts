import { acceptedPoints } from "./convergence.ts";

/** The columns of a history that `criterionPlot` reads: those of `result.history`. */
export interface HistoryForPlot {
  /** Values in the user's sign, NaN where there is none. */
  readonly fun: ArrayLike<number>;
  /** Batch (round) of each point, ascending. */
  readonly batch: ArrayLike<number>;
  /** By how much each point violates nonlinear constraints; without it none does. Only points that do not can be the best. */
  readonly violation?: ArrayLike<number>;
  /** Traceback of each point's error, null where it succeeded; without it no point counts as failed. */
  readonly error?: ArrayLike<string | null>;
  /** Number of points. */
  readonly length: number;
}

/** What is drawn of one run; x counts evaluations or rounds, from 1. */
export interface CriterionPlotData {
  /** Evaluated points with a value. */
  readonly points: readonly { x: number; fun: number }[];
  /** Running best: each value holds until the next; the last is repeated at the end. */
  readonly best: readonly { x: number; fun: number }[];
  /** Where the criterion failed. */
  readonly failed: readonly { x: number }[];
  /** The last x; 0 without points. */
  readonly end: number;
  /** Every other round, from half an evaluation before its first to half after its last. */
  readonly bands: readonly { from: number; to: number }[];
}

/** More points than this are thinned evenly: a picture cannot show more, and every one is an element of the SVG. */
const maxPoints = 3000;

/** Collects what `criterionPlot` draws of one history. */
export function criterionPlotData(
  history: HistoryForPlot,
  direction: "minimize" | "maximize",
  over: "evaluations" | "rounds",
): CriterionPlotData {
  const firstBatch = history.length > 0 ? history.batch[0] : 0;
  const at = (i: number): number => (over === "evaluations" ? i + 1 : history.batch[i] - firstBatch + 1);
  const all = Array.from({ length: history.length }, (_, i) => i);
  const valued = all.filter((i) => Number.isFinite(history.fun[i]));
  const failed = all.filter((i) => (history.error?.[i] ?? null) !== null).map((i) => ({ x: at(i) }));
  return {
    points: thin(valued).map((i) => ({ x: at(i), fun: history.fun[i] })),
    best: runningBest(history, direction, at),
    failed: thin(failed),
    end: history.length === 0 ? 0 : at(history.length - 1),
    bands: over === "evaluations" ? everyOtherRound(history) : [],
  };
}

function runningBest(
  history: HistoryForPlot,
  direction: "minimize" | "maximize",
  at: (i: number) => number,
): { x: number; fun: number }[] {
  const fun = Float64Array.from({ length: history.length }, (_, i) => history.fun[i]);
  const accepted = acceptedPoints({ fun, violation: history.violation, length: history.length }, direction);
  // Within one x only the last counts: of a round, its best.
  const best = new Map(accepted.map((i) => [at(i), fun[i]]));
  if (accepted.length > 0) best.set(at(history.length - 1), fun[accepted[accepted.length - 1]]);
  return Array.from(best, ([x, value]) => ({ x, fun: value }));
}

function everyOtherRound({ batch, length }: HistoryForPlot): { from: number; to: number }[] {
  const rounds: { from: number; to: number }[] = [];
  for (let i = 0; i < length; i++) {
    if (i > 0 && batch[i] === batch[i - 1]) rounds[rounds.length - 1].to = i + 1.5;
    else rounds.push({ from: i + 0.5, to: i + 1.5 });
  }
  return rounds.filter((_, k) => k % 2 === 1);
}

function thin<T>(values: readonly T[]): readonly T[] {
  const stride = Math.ceil(values.length / maxPoints);
  return stride <= 1 ? values : values.filter((_, i) => i % stride === 0);
}
