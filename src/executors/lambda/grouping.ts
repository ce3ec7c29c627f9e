/** How many tasks share an invocation. */

/** Milliseconds of the driver's processor that an invocation costs, whatever is in it. */
const DRIVER_MS = 0.4;
/** An invocation of several tasks is not made longer than this: little is lost with it, and the function's timeout is far. */
const MAX_SHARED_MS = 30_000;
/** How much a new measurement counts. */
const WEIGHT = 0.2;

/** What was measured of the invocations of one artifact, milliseconds. */
interface Measured {
  /** Of a task on a worker. */
  task: number;
  /** Of an invocation beside its tasks: network, service, worker. */
  overhead: number;
}

/** Tasks an invocation: a fixed number, or from what was measured. */
export class Grouping {
  readonly #choice: number | "auto";
  readonly #measured = new Map<string, Measured>();

  constructor(choice: number | "auto") {
    this.#choice = choice;
  }

  /** Takes what an invocation of `size` tasks took: `elapsed` as the driver saw it, `worker` of that in the tasks, milliseconds. */
  measure(artifact: string, size: number, elapsed: number, worker: number): void {
    if (this.#choice !== "auto") return;
    const task = worker / size;
    const overhead = Math.max(0, elapsed - worker);
    const known = this.#measured.get(artifact);
    if (known === undefined) this.#measured.set(artifact, { task, overhead });
    else {
      known.task += WEIGHT * (task - known.task);
      known.overhead += WEIGHT * (overhead - known.overhead);
    }
  }

  /**
   * Tasks for an invocation while `waiting` tasks wait and `limit` invocations may be in flight. With "auto" the number for which all of them
   * are expected to end first: ⌈⌈waiting / k⌉ / limit⌉ rounds of (overhead + k · task), and the driver's own time for ⌈waiting / k⌉ invocations.
   * One before anything was measured.
   */
  size(artifact: string, waiting: number, limit: number): number {
    if (this.#choice !== "auto") return this.#choice;
    const measured = this.#measured.get(artifact);
    if (measured === undefined) return 1;
    const { task, overhead } = measured;
    const most = Math.min(waiting, Math.max(1, Math.floor(MAX_SHARED_MS / Math.max(task, 1e-3))));
    let best = 1;
    let bestMs = Number.POSITIVE_INFINITY;
    // In steps of about a tenth: the optimum is flat.
    for (let k = 1; k <= most; k = Math.max(k + 1, Math.round(k * 1.1))) {
      const invocations = Math.ceil(waiting / k);
      const ms = Math.ceil(invocations / limit) * (overhead + k * task) + invocations * DRIVER_MS;
      if (ms < bestMs) [best, bestMs] = [k, ms];
    }
    return best;
  }
}
