import { InvalidInputError, show } from "../errors.ts";
import type { Usage } from "../usage.ts";
import { float64Column, int32Column, StringColumn } from "./columns.ts";
import type { HistoryRow, Task } from "./types.ts";

/**
 * Every point of a run, in batch order, as columns.
 *
 * Numeric columns are views of the points so far: cheap, not copied, and not growing; read them again after more points
 * came. Values are in the user's sign and times in milliseconds since the Unix epoch by the driver's clock.
 * A point costs about `8 · (n + nParams + residuals) + 100` bytes, 130 more where the evaluator tells what it took, and what
 * `info` takes where the criterion returns some.
 *
 * ```ts
 * const { fun, batch } = result.history;
 * result.history.best("minimize")?.params;
 * for (const row of result.history) console.log(row.index, row.fun);
 * ```
 */
export class History implements Iterable<HistoryRow> {
  /** Names of the flattened external parameters, length `nParams`. */
  readonly paramNames: readonly string[];

  readonly #index = int32Column();
  readonly #step = int32Column();
  readonly #batch = int32Column();
  readonly #task = new StringColumn<Task>();
  readonly #fun = float64Column();
  readonly #violation = float64Column();
  readonly #startedAt = float64Column();
  readonly #stoppedAt = float64Column();
  readonly #workerDuration = float64Column();
  readonly #worker = new StringColumn<string>();
  readonly #error = new StringColumn<string | null>();
  readonly #usage: (Usage | null)[] = [];
  /** undefined while there is none and nobody looks: most criteria return no info, and pay nothing for it. */
  #info: unknown[] | undefined;
  readonly #x = float64Column();
  readonly #params = float64Column();
  readonly #rawFun = float64Column();
  /** Where each point's raw values start, and how many there are: −1 for none at all. */
  readonly #rawFunStart = float64Column();
  readonly #rawFunLength = int32Column();
  #nInternal = 0;
  /** Positions of the best points so far, −1 before the first. */
  readonly #best = { minimize: -1, maximize: -1 };

  /** @param paramNames names of the flattened external parameters, in order */
  constructor(paramNames: readonly string[]) {
    this.paramNames = Object.freeze([...paramNames]);
  }

  /**
   * A history of points read back from a store. Their indices must ascend, but may have holes: a run that is still
   * written, or whose driver was killed, can miss points.
   */
  static from(paramNames: readonly string[], rows: Iterable<HistoryRow>): History {
    const history = new History(paramNames);
    for (const row of rows) {
      const last = history.length === 0 ? -1 : history.#index.at(history.length - 1);
      if (!Number.isInteger(row.index) || row.index <= last)
        throw new InvalidInputError(
          `History.from: points must come in ascending order of index; got ${show(row.index)} after ${last}.`,
        );
      history.#push(row);
    }
    return history;
  }

  /**
   * Appends the next point; its arrays are copied. For the driver only.
   * @throws InvalidInputError when `row.index` is not `length`, or x or params have another length than before
   */
  append(row: HistoryRow): void {
    if (row.index !== this.length)
      throw new InvalidInputError(
        `History.append: points must be appended in order, so the next index is ${this.length}; got ${show(row.index)}.`,
      );
    this.#push(row);
  }

  /** Number of points. */
  get length(): number {
    return this.#fun.length;
  }

  /** Number of external parameters. */
  get nParams(): number {
    return this.paramNames.length;
  }

  /** Length n of internal x; 0 before the first point. */
  get nInternal(): number {
    return this.#nInternal;
  }

  /** Index of each point in its run: 0, 1, 2, …, but for holes in what was read back. */
  get index(): Int32Array {
    return this.#index.view;
  }

  /** Step of the run each point belongs to, from 0. */
  get step(): Int32Array {
    return this.#step.view;
  }

  /** Batch (round) of each point, from 0, ascending. */
  get batch(): Int32Array {
    return this.#batch.view;
  }

  /** What each point was evaluated for. A live list: it grows with the history. */
  get task(): readonly Task[] {
    return this.#task.view;
  }

  /** Scalar value of each point in the user's sign; NaN where there is none (failed, or a derivative alone). */
  get fun(): Float64Array {
    return this.#fun.view;
  }

  /**
   * By how much each point violates the nonlinear constraints: the largest distance of a value from what is asked, 0 within the tolerances; NaN where
   * there are no values.
   */
  get violation(): Float64Array {
    return this.#violation.view;
  }

  /** Start of each evaluation, milliseconds since the Unix epoch by the driver's clock. */
  get startedAt(): Float64Array {
    return this.#startedAt.view;
  }

  /** End of each evaluation, milliseconds since the Unix epoch by the driver's clock. */
  get stoppedAt(): Float64Array {
    return this.#stoppedAt.view;
  }

  /** The worker's own duration of each evaluation, milliseconds; NaN where unknown. */
  get workerDuration(): Float64Array {
    return this.#workerDuration.view;
  }

  /** Which worker evaluated each point. A live list: it grows with the history. */
  get worker(): readonly string[] {
    return this.#worker.view;
  }

  /** Traceback of each point's error; null where it succeeded. A live list: it grows with the history. */
  get error(): readonly (string | null)[] {
    return this.#error.view;
  }

  /** What each point had taken of the executor when it ended; null where the evaluator tells nothing. A live list: it grows with the history. */
  get usage(): readonly (Usage | null)[] {
    return this.#usage;
  }

  /** What the criterion returned beside each value; null where nothing. A live list: it grows with the history. Not copied: do not change what is in it. */
  get info(): readonly unknown[] {
    this.#info ??= new Array<unknown>(this.length).fill(null);
    return this.#info;
  }

  /** Internal x of all points, row-major `length × nInternal`. */
  get x(): Float64Array {
    return this.#x.view;
  }

  /** External parameters of all points, row-major `length × nParams`. */
  get params(): Float64Array {
    return this.#params.view;
  }

  /**
   * One point, its arrays copied.
   * @param i position, from 0
   * @throws InvalidInputError when there is no such point
   */
  row(i: number): HistoryRow {
    if (!Number.isInteger(i) || i < 0 || i >= this.length)
      throw new InvalidInputError(
        `History.row: expected a position from 0 to ${this.length - 1} (the history has ${this.length} points), got ${show(i)}.`,
      );
    const nRaw = this.#rawFunLength.at(i);
    return {
      index: this.#index.at(i),
      step: this.#step.at(i),
      batch: this.#batch.at(i),
      task: this.#task.view[i],
      x: this.#x.slice(i * this.#nInternal, this.#nInternal),
      params: this.#params.slice(i * this.nParams, this.nParams),
      fun: this.#fun.at(i),
      violation: this.#violation.at(i),
      rawFun: nRaw < 0 ? null : this.#rawFun.slice(this.#rawFunStart.at(i), nRaw),
      startedAt: this.#startedAt.at(i),
      stoppedAt: this.#stoppedAt.at(i),
      workerDuration: this.#workerDuration.at(i),
      worker: this.#worker.view[i],
      error: this.#error.view[i],
      info: this.#info === undefined ? null : this.#info[i],
      usage: this.#usage[i],
    };
  }

  /**
   * The best point: of those that violate no nonlinear constraint (where there are none: of those that violate them least) the one with the best
   * value; the earliest among equals. Failed points and NaN never win; null when nothing else is there.
   */
  best(direction: "minimize" | "maximize"): HistoryRow | null {
    const position = this.#best[direction];
    return position < 0 ? null : this.row(position);
  }

  /**
   * Best value up to and including each point, length `length`; NaN before the first point that has a value and violates no nonlinear constraint.
   */
  runningBest(direction: "minimize" | "maximize"): Float64Array {
    const best = new Float64Array(this.length);
    let current = -1;
    for (let i = 0; i < best.length; i++) {
      if (this.#violation.at(i) === 0 && this.#isBetter(i, current, direction)) current = i;
      best[i] = current < 0 ? Number.NaN : this.#fun.at(current);
    }
    return best;
  }

  *[Symbol.iterator](): Generator<HistoryRow> {
    for (let i = 0; i < this.length; i++) yield this.row(i);
  }

  #push(row: HistoryRow): void {
    if (row.params.length !== this.nParams)
      throw new InvalidInputError(
        `History: point ${row.index} has ${row.params.length} parameters, expected ${this.nParams} (the length of paramNames).`,
      );
    if (this.length === 0) this.#nInternal = row.x.length;
    else if (row.x.length !== this.#nInternal)
      throw new InvalidInputError(
        `History: internal x of point ${row.index} has length ${row.x.length}, the points before have ${this.#nInternal}.`,
      );
    const i = this.length;
    this.#index.push(row.index);
    this.#step.push(row.step);
    this.#batch.push(row.batch);
    this.#task.push(row.task);
    this.#x.pushAll(row.x);
    this.#params.pushAll(row.params);
    this.#rawFunStart.push(this.#rawFun.length);
    this.#rawFunLength.push(row.rawFun?.length ?? -1);
    if (row.rawFun !== null) this.#rawFun.pushAll(row.rawFun);
    this.#startedAt.push(row.startedAt);
    this.#stoppedAt.push(row.stoppedAt);
    this.#workerDuration.push(row.workerDuration);
    this.#worker.push(row.worker);
    this.#error.push(row.error);
    this.#usage.push(row.usage);
    if (row.info !== null && this.#info === undefined) this.#info = new Array<unknown>(i).fill(null);
    this.#info?.push(row.info);
    this.#fun.push(row.fun);
    this.#violation.push(row.violation);
    // Kept up to date so that asking for the best after every point stays cheap.
    for (const direction of ["minimize", "maximize"] as const)
      if (this.#isBetter(i, this.#best[direction], direction)) this.#best[direction] = i;
  }

  /** Whether a point is better than another, −1 for none. */
  #isBetter(i: number, current: number, direction: "minimize" | "maximize"): boolean {
    const point = (at: number) => ({
      fun: this.#fun.at(at),
      violation: this.#violation.at(at),
      error: this.#error.view[at],
    });
    return isBetter(point(i), current < 0 ? null : point(current), direction);
  }
}

/** What decides which of two points is better. */
type Merit = Pick<HistoryRow, "fun" | "violation" | "error">;

/**
 * Whether a point is better than another, null for none: it violates the nonlinear constraints less, or as little with a better value. Failed points
 * and those without a value are never better.
 */
export function isBetter(point: Merit, current: Merit | null, direction: "minimize" | "maximize"): boolean {
  if (point.error !== null || Number.isNaN(point.fun) || Number.isNaN(point.violation)) return false;
  if (current === null) return true;
  if (point.violation !== current.violation) return point.violation < current.violation;
  return direction === "minimize" ? point.fun < current.fun : point.fun > current.fun;
}
