import type { Usage } from "../usage.ts";

/** What a point was evaluated for. */
export type Task = "fun" | "jac" | "fun-and-jac" | "exploration";

/** One evaluated point, as the history and the store keep it. */
export interface HistoryRow {
  /** Position in the run's history, from 0: batch order, whatever the order of completion. */
  readonly index: number;
  /** Step of the run (0 = the first). */
  readonly step: number;
  /** Batch (round) it was evaluated in, from 0. */
  readonly batch: number;
  readonly task: Task;
  /** Internal x, length k: free and scaled, as the algorithm sees them. */
  readonly x: Float64Array;
  /** External parameters, flattened in the order of `paramNames`, length n ≥ k. */
  readonly params: Float64Array;
  /** Scalar value in the user's sign; NaN where there is none (failed, or a derivative alone: then `task` is "jac"). */
  readonly fun: number;
  /**
   * By how much it violates the nonlinear constraints: the largest distance of a value from what is asked of it, in the constraint's units. 0 where
   * all are within their tolerances, and where there are none; NaN where they have no values (failed, or a derivative alone).
   */
  readonly violation: number;
  /** Residuals or contributions behind `fun`; null for a scalar criterion. */
  readonly rawFun: Float64Array | null;
  /** Milliseconds since the Unix epoch by the driver's clock. */
  readonly startedAt: number;
  readonly stoppedAt: number;
  /** The worker's own duration of the evaluation in milliseconds; NaN where unknown. */
  readonly workerDuration: number;
  /** Which worker evaluated it ("driver" for in-process). */
  readonly worker: string;
  /** Traceback of the criterion's error; null when it succeeded. */
  readonly error: string | null;
  /** What the criterion returned beside its value; null: nothing. Not copied: do not change it. */
  readonly info: unknown;
  /** What it had taken of the executor when it ended; null where the evaluator tells nothing. */
  readonly usage: Usage | null;
}

export type RunStatus = "running" | "complete" | "failed" | "aborted";

/** What is known of a run besides its points. */
export interface RunRecord {
  /** Unique, sortable by start time. */
  readonly runId: string;
  /** The user's name for it; may repeat. */
  readonly runName: string;
  readonly status: RunStatus;
  readonly direction: "minimize" | "maximize";
  readonly algorithm: string;
  /** Options of the algorithm, as JSON. */
  readonly algorithmOptions: Readonly<Record<string, unknown>>;
  /** Milliseconds since the Unix epoch. */
  readonly createdAt: number;
  readonly endedAt: number | null;
  /** Names of the flattened external parameters, e.g. "rates.beta", "cutoffs[2]". */
  readonly paramNames: readonly string[];
  /** External parameters at the start, flattened. */
  readonly startParams: Float64Array;
  /** Version of fanopt that wrote it. */
  readonly version: string;
  /** Set at the end: best value, counts, message. */
  readonly summary: RunSummary | null;
}

export interface RunSummary {
  readonly success: boolean;
  readonly message: string;
  readonly fun: number;
  readonly params: Float64Array;
  readonly nFunEvals: number;
  readonly nBatches: number;
  /** What all evaluations took, also abandoned ones that belong to no point; null where the evaluator does not tell. */
  readonly usage: Usage | null;
}

export type StepStatus = "scheduled" | "running" | "complete" | "skipped" | "failed";

/** A stage of a run: exploration, optimization 1 … k. */
export interface StepRecord {
  /** From 0. */
  readonly step: number;
  readonly kind: "optimization" | "exploration";
  readonly name: string;
  readonly status: StepStatus;
  /** Milliseconds since the Unix epoch; null before it started or ended. */
  readonly startedAt: number | null;
  readonly endedAt: number | null;
}

/** A run as read back from a store: points in order of `index`. */
export interface StoredRun {
  readonly run: RunRecord;
  readonly steps: readonly StepRecord[];
  readonly points: readonly HistoryRow[];
  /**
   * Indices, ascending, of points that the store does not hold although the run had them: the run is still being written,
   * its driver was killed first, or items were deleted. Empty when all is there.
   */
  readonly missing: readonly number[];
  /** Indices, ascending, of points whose `rawFun` was too large for the store: it is null there. */
  readonly rawFunOmitted: readonly number[];
  /** Indices, ascending, of points whose `info` was too large for the store: it is null there. */
  readonly infoOmitted: readonly number[];
}

/** Writes one run. Only the driver holds one. */
export interface RunWriter {
  /** Where people find it, e.g. `run 01J… in DynamoDB table fanopt (local, .fanopt/dynamodb)`. */
  readonly location: string;
  /** Writes a step, or its new status. */
  putStep(step: StepRecord): Promise<void>;
  /**
   * Queues points to be written in batches; a point given twice (same index) is stored once. Returns at once;
   * a failure to write is thrown by the next `flush`.
   */
  addPoints(rows: readonly HistoryRow[]): void;
  /** Resolves when every queued point is durable; throws InfrastructureError when one could not be written. */
  flush(): Promise<void>;
  /** Flushes, then writes the final status and summary. */
  finish(status: Exclude<RunStatus, "running">, summary: RunSummary | null): Promise<void>;
}

/** Keeps runs: in memory, in the embedded DynamoDB on disk, or in DynamoDB on AWS. */
export interface RunStore extends AsyncDisposable {
  /** For messages, e.g. `DynamoDB table fanopt in eu-central-1`. */
  readonly description: string;
  /** Lazy: nothing is opened before the first call. Writes the run item, then hands out its writer. */
  createRun(run: RunRecord): Promise<RunWriter>;
  /** Newest first. */
  listRuns(): Promise<RunRecord[]>;
  /** Throws InvalidInputError (with the nearest known id and the newest ones) when there is no such run. */
  readRun(runId: string): Promise<StoredRun>;
}
