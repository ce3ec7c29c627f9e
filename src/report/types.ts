import type { Usage } from "../usage.ts";

/** Where a run stands, as the progress line shows it. */
export interface ProgressState {
  readonly runName: string;
  readonly algorithm: string;
  readonly direction: "minimize" | "maximize";
  /** Best value so far in the user's sign, of points that violate no nonlinear constraint; null before the first. */
  readonly bestFun: number | null;
  /** By how much the best point violates nonlinear constraints, in the constraint's units: 0 where none does; null before the first. */
  readonly leastViolation: number | null;
  /** Value at the start; null before it is known. */
  readonly startFun: number | null;
  /** Rounds (batches) begun. */
  readonly nRounds: number;
  /** Points evaluated so far, failed ones included. */
  readonly nPoints: number;
  /** Points that are being evaluated now. */
  readonly nInFlight: number;
  /** Points at which the criterion failed. */
  readonly nFailed: number;
  /** What evaluations took so far: cost, throttles, repetitions; null where the evaluator does not tell. */
  readonly usage: Usage | null;
  /** Since the start of the run, milliseconds. */
  readonly elapsedMs: number;
}

/** Shows progress. All methods are called on the driver, synchronously, and must not throw. */
export interface ProgressReporter {
  /** Called at the start, whenever something changed (often), and at the end. Throttle inside. */
  update(state: ProgressState): void;
  /** Something a person should know while it runs: a failed point, a retried invocation. One line, no newline. */
  note(message: string): void;
  /** Once, whatever the end: leaves the terminal clean; stops timers. */
  finish(state: ProgressState, outcome: { readonly success: boolean; readonly message: string }): void;
}
