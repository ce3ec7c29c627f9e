/** How many tasks share a message to a worker. */

/** A message is to hold work of about so many milliseconds: a message costs some 0.1 ms, and a worker that ends first waits no longer than this. */
export const SLICE_MS = 2;
/** A message of no more than so many slices may wait behind another one on its worker. */
const SHORT_SLICES = 2;
/** How much a new measurement counts where it is lower; a higher one counts at once. */
const WEIGHT = 0.5;
/** A message that took so many slices had a slow task in it: the worker begins none after the first. */
const SLOW_SLICES = 10;
/**
 * After a slow task so many others have a message of their own: a slow one behind another would make the batch take twice as long, and quick ones
 * between them (infeasible points) say nothing of what comes.
 */
const CAUTION = 1_000;

/** What was measured of the tasks of one artifact. */
export class Pace {
  #meanMs: number | undefined;
  /** Tasks that have a message of their own whatever is measured. */
  #caution = 0;

  /** Takes what `count` tasks took on a worker, milliseconds. */
  measure(count: number, milliseconds: number): void {
    this.#caution = milliseconds > SLOW_SLICES * SLICE_MS ? CAUTION : Math.max(0, this.#caution - count);
    const mean = milliseconds / count;
    const known = this.#meanMs;
    this.#meanMs = known === undefined || mean > known ? mean : known + WEIGHT * (mean - known);
  }

  /**
   * Tasks for the next message while `waiting` tasks wait and `free` workers have nothing to do: as many as take a slice, and no more than leave
   * the same for each of these workers. One before anything was measured.
   */
  size(waiting: number, free: number): number {
    const mean = this.#meanMs;
    if (mean === undefined || this.#caution > 0) return 1;
    return Math.max(1, Math.min(Math.floor(SLICE_MS / mean), Math.ceil(waiting / free)));
  }

  /** Whether a message of `count` tasks should end so soon that another one may wait for it, and it for another one. */
  isShort(count: number): boolean {
    return this.#meanMs !== undefined && this.#caution === 0 && count * this.#meanMs <= SHORT_SLICES * SLICE_MS;
  }
}
