/** What was evaluated so far: history, counts, best point, what is in flight; told to the store and to whoever watches. */
import { History, isBetter } from "../recording/history.ts";
import type { HistoryRow, RunWriter } from "../recording/types.ts";
import type { ProgressReporter, ProgressState } from "../report/types.ts";
import type { Usage } from "../usage.ts";
import { UsageTally } from "./usage-tally.ts";

export interface TallySetting {
  readonly paramNames: readonly string[];
  readonly direction: "minimize" | "maximize";
  readonly runName: string;
  readonly algorithm: string;
  readonly step: number;
  readonly writer: RunWriter;
  readonly progress: ProgressReporter;
}

/** A point that ended, before it gets its place in the run. */
export type EndedRow = Omit<HistoryRow, "index" | "step" | "batch" | "usage">;

/** A round under way. */
export interface RoundTally {
  readonly batch: number;
  /** A point ended: recorded at its place, once. */
  ended(index: number, row: EndedRow): void;
  /** What a point took, in parts: counted at once, and in the point's row unless it has ended. */
  used(index: number, usage: Partial<Usage>): void;
  /** No more points of this round will end; its points go to the history in batch order. */
  finish(): void;
}

export class Tally {
  readonly startedAt: number = performance.now();
  nFunEvals = 0;
  nJacEvals = 0;
  nFailed = 0;
  nBatches = 0;
  evaluationMs = 0;
  /** Of the points that told how long they took. */
  workerMs: number = Number.NaN;
  startFun: number | null = null;
  /** By how much the start violates nonlinear constraints. */
  startViolation = 0;
  readonly #setting: TallySetting;
  readonly #usage: UsageTally;
  #history: History;
  #nPoints = 0;
  #nInFlight = 0;
  #best: HistoryRow | null = null;

  constructor(setting: TallySetting) {
    this.#setting = setting;
    this.#history = new History(setting.paramNames);
    this.#usage = new UsageTally((message) => this.note(message));
  }

  /** Points in batch order; after a round that failed, those of its points that ended. */
  get history(): History {
    return this.#history;
  }

  /** Best point so far, as `History.best` has it; null before the first. */
  get best(): HistoryRow | null {
    return this.#best;
  }

  /** Points that ended, failed ones included. */
  get nPoints(): number {
    return this.#nPoints;
  }

  /** What all evaluations took so far; null where the evaluator does not tell. */
  get usage(): Usage | null {
    return this.#usage.total;
  }

  get elapsedMs(): number {
    return performance.now() - this.startedAt;
  }

  state(): ProgressState {
    const { runName, algorithm, direction } = this.#setting;
    return {
      runName,
      algorithm,
      direction,
      bestFun: this.#best?.violation === 0 ? this.#best.fun : null,
      leastViolation: this.#best?.violation ?? null,
      startFun: this.startFun,
      nRounds: this.nBatches,
      nPoints: this.#nPoints,
      nInFlight: this.#nInFlight,
      nFailed: this.nFailed,
      usage: this.usage,
      elapsedMs: this.elapsedMs,
    };
  }

  /** Tells whoever watches. */
  note(message: string): void {
    this.#setting.progress.note(message);
  }

  /** What evaluations that were abandoned take from now on is nobody's. */
  end(): void {
    this.#usage.end();
  }

  beginRound(size: number): RoundTally {
    const { step, writer, progress } = this.#setting;
    const began = performance.now();
    const firstIndex = this.#history.length;
    const batch = this.nBatches++;
    const rows = new Array<HistoryRow | undefined>(size);
    const usage = this.#usage.beginRound(size);
    this.#nInFlight = size;
    progress.update(this.state());
    return {
      batch,
      ended: (index, partial) => {
        const row: HistoryRow = { ...partial, index: firstIndex + index, step, batch, usage: usage.of(index) };
        rows[index] = row;
        writer.addPoints([row]);
        this.#count(row);
        progress.update(this.state());
      },
      used: (index, told) => usage.add(index, told),
      finish: () => {
        this.#nInFlight = 0;
        this.evaluationMs += performance.now() - began;
        this.#append(rows.filter((row) => row !== undefined));
      },
    };
  }

  #count(row: HistoryRow): void {
    this.#nInFlight -= 1;
    this.#nPoints += 1;
    if (row.task !== "jac") this.nFunEvals += 1;
    if (row.task !== "fun") this.nJacEvals += 1;
    if (!Number.isNaN(row.workerDuration)) this.workerMs = (this.workerMs || 0) + row.workerDuration;
    if (row.error !== null) {
      this.nFailed += 1;
      this.note(`point ${row.index} failed: ${row.error.split("\n")[1] ?? row.error}`);
    }
    if (this.#isBetter(row)) this.#best = row;
  }

  /** Ties go to the point that comes first in batch order, whatever the order of completion. */
  #isBetter(row: HistoryRow): boolean {
    const { direction } = this.#setting;
    if (isBetter(row, this.#best, direction)) return true;
    const best = this.#best;
    return best !== null && row.index < best.index && row.fun === best.fun && row.violation === best.violation;
  }

  #append(rows: readonly HistoryRow[]): void {
    const isWhole = rows.every((row, i) => row.index === this.#history.length + i);
    if (isWhole) for (const row of rows) this.#history.append(row);
    else this.#history = History.from(this.#setting.paramNames, [...this.#history, ...rows]);
  }
}
