import { inspect } from "node:util";
import type { History } from "../recording/history.ts";
import type { RunSummary } from "../recording/types.ts";
import type { ConvergenceReport } from "../report/convergence.ts";
import { formatResult, type ResultForText } from "../report/result-text.ts";
import type { Usage } from "../usage.ts";

type Counts = Omit<Usage, "billedMs" | "gigabyteSeconds" | "cost">;

/**
 * Where the time went, milliseconds; and how often workers were asked, started and asked again. What the evaluator does not tell is NaN. Each
 * point is recorded once, however often it was asked for.
 */
export interface Timings extends Counts {
  /** Wall-clock time of the run. */
  readonly total: number;
  /** Waiting for batches. */
  readonly evaluation: number;
  /** The rest: algorithm, recording, bundling. */
  readonly driver: number;
  /** Sum of the workers' own durations: what one after the other would have taken; NaN where no worker told. */
  readonly workers: number;
  /** Milliseconds that the service bills for all evaluations together. */
  readonly billed: number;
}

/** The part of the timings that the evaluator tells. */
export function timingsOfUsage(usage: Usage | null): Counts & Pick<Timings, "billed"> {
  const told = (key: keyof Usage): number => usage?.[key] ?? Number.NaN;
  return {
    billed: told("billedMs"),
    invocations: told("invocations"),
    coldStarts: told("coldStarts"),
    throttles: told("throttles"),
    reconnects: told("reconnects"),
    duplicates: told("duplicates"),
    hedges: told("hedges"),
  };
}

/** What a result is made of. */
export interface ResultFields<P>
  extends Omit<ResultForText, "params" | "startParams" | "elapsedMs" | "workersMs" | "usage"> {
  readonly params: P;
  readonly startParams: P;
  readonly flatParams: Float64Array;
  readonly flatStartParams: Float64Array;
  readonly history: History;
  readonly timings: Timings;
  readonly usage: Usage | null;
  readonly runId: string;
}

/** The end of an optimization. Printed by console.log as a report. */
export class OptimizeResult<P> {
  readonly direction: "minimize" | "maximize";
  /** Best parameters, in the shape of the start. */
  readonly params: P;
  /** Their value, in the user's sign; the sum of squares for least squares. */
  readonly fun: number;
  /**
   * By how much `params` violate the nonlinear constraints: the largest distance of a value from what is asked of it, 0 where all are within their
   * tolerances, and where there are none.
   */
  readonly violation: number;
  /** Whether a criterion of convergence was met, not merely a limit, and nonlinear constraints hold within their tolerances. */
  readonly success: boolean;
  /** Which criterion or limit ended it. */
  readonly message: string;
  readonly algorithm: string;
  /** Points at which the criterion was evaluated, also for finite differences. */
  readonly nFunEvals: number;
  /** Points at which the analytical derivative was evaluated. */
  readonly nJacEvals: number;
  /** Rounds: trips of a batch to the workers and back. */
  readonly nBatches: number;
  readonly nIterations: number;
  /** Points at which the criterion failed. */
  readonly nFailed: number;
  /** Every point, in batch order, as columns. */
  readonly history: History;
  /** How much criterion and parameters still moved; null with fewer than two accepted points. */
  readonly convergenceReport: ConvergenceReport | null;
  readonly startParams: P;
  readonly startFun: number;
  readonly timings: Timings;
  /** US dollars by the executor's price table, which knows no free tier and no discount; null where the evaluator does not tell. */
  readonly cost: number | null;
  /** Name of the run in its store. */
  readonly runId: string;
  /** Where the run is stored; null when in memory alone. */
  readonly location: string | null;

  readonly #fields: ResultFields<P>;

  constructor(fields: ResultFields<P>) {
    this.#fields = fields;
    this.direction = fields.direction;
    this.params = fields.params;
    this.fun = fields.fun;
    this.violation = fields.violation;
    this.success = fields.success;
    this.message = fields.message;
    this.algorithm = fields.algorithm;
    this.nFunEvals = fields.nFunEvals;
    this.nJacEvals = fields.nJacEvals;
    this.nBatches = fields.nBatches;
    this.nIterations = fields.nIterations;
    this.nFailed = fields.nFailed;
    this.history = fields.history;
    this.convergenceReport = fields.convergenceReport;
    this.startParams = fields.startParams;
    this.startFun = fields.startFun;
    this.timings = fields.timings;
    this.cost = fields.usage?.cost ?? null;
    this.runId = fields.runId;
    this.location = fields.location;
  }

  /** The report: prose, estimates, strength of convergence, where it is stored. */
  toString(): string {
    const { flatParams, flatStartParams, timings } = this.#fields;
    return formatResult({
      ...this.#fields,
      params: flatParams,
      startParams: flatStartParams,
      elapsedMs: timings.total,
      workersMs: timings.workers,
    });
  }

  /** What the store keeps of the result. */
  summary(): RunSummary {
    const { success, message, fun, nFunEvals, nBatches } = this;
    const { flatParams: params, usage = null } = this.#fields;
    return { success, message, fun, params, nFunEvals, nBatches, usage };
  }
}

// console.log shows the report. Defined here because a computed name cannot be declared in the class under isolatedDeclarations.
Object.defineProperty(OptimizeResult.prototype, inspect.custom, {
  value(this: OptimizeResult<unknown>): string {
    return this.toString();
  },
});
