/** How many tasks share an invocation. */

/** Milliseconds of the driver's processor that an invocation costs, whatever is in it. */
const DRIVER_MS = 0.4;
/** An invocation of several tasks is not made longer than this: little is lost with it, and the function's timeout is far. */
const MAX_SHARED_MS = 30_000;
/** A larger number must be sooner by this part: each point waits for others, and is lost with them. */
const WORTH_IT = 0.95;
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
   * are expected to end first: with n = ⌈waiting / k⌉ invocations of overhead + k · task, the later of ⌈n / limit⌉ of them one after the other,
   * begun after those beside them, and of the driver's own time for n and the last of them. One before anything was measured.
   */
  size(artifact: string, waiting: number, limit: number): number {
    if (this.#choice !== "auto") return this.#choice;
    const measured = this.#measured.get(artifact);
    if (measured === undefined) return 1;
    const { task, overhead } = measured;
    const most = Math.min(waiting, Math.max(1, Math.floor(MAX_SHARED_MS / Math.max(task, 1e-3))));
    let best = 1;
    let bestMs = Number.POSITIVE_INFINITY;
    // In steps of about a tenth, for the optimum is flat; and as many in each as that takes.
    for (let step = 1; ; step = Math.min(most, Math.max(step + 1, Math.round(step * 1.1)))) {
      const invocations = Math.ceil(waiting / step);
      const k = Math.ceil(waiting / invocations);
      const invocation = overhead + k * task;
      const ms = Math.max(
        Math.min(invocations, limit) * DRIVER_MS + Math.ceil(invocations / limit) * invocation,
        invocations * DRIVER_MS + invocation,
      );
      if (ms < WORTH_IT * bestMs) [best, bestMs] = [k, ms];
      if (step === most) break;
    }
    return best;
  }
}
