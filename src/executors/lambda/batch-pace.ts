/** How fast the invocations of a batch are, and which of them are stragglers. */
import { MAX_TIMER_MS } from "../../timer.ts";
import type { BatchOfTasks } from "../types.ts";
import type { HedgeOptions } from "./hedge-options.ts";

/** A straggler for which there is no room is looked at again after this time. */
const NO_ROOM_MS = 250;

/** An invocation in flight, as its batch sees it. */
export interface Running {
  readonly startedAt: number;
  readonly nTasks: number;
  /** Invokes again. False where there is no room for it now. */
  readonly again: () => boolean;
  /** Not before this time. */
  notBefore: number;
}

/** The invocations of one batch: knows how long the answered ones took. */
export class BatchPace {
  readonly #size: number;
  readonly #quantile: number;
  readonly #factor: number;
  #left: number;
  /** Milliseconds a task of the answered invocations. */
  readonly #paces: number[] = [];
  /** Those with one invocation. */
  readonly #running = new Set<Running>();
  #timer: NodeJS.Timeout | undefined;
  /** The pace at the quantile, and how many paces it is of. */
  #atQuantile = { pace: 0, of: 0 };

  constructor({ size }: BatchOfTasks, { afterQuantile = 0.9, factor = 2, max }: HedgeOptions) {
    this.#size = size;
    this.#quantile = afterQuantile;
    this.#factor = factor;
    this.#left = max ?? Math.max(1, Math.floor(size / 20));
  }

  /** An invocation was sent; `again` is called when it is slow, until it returns true. */
  begin(nTasks: number, again: () => boolean): Running {
    const running = { startedAt: performance.now(), nTasks, again, notBefore: 0 };
    this.#running.add(running);
    this.#watch();
    return running;
  }

  /** Its second invocation was not let through: another may be made after so many milliseconds. */
  refused(running: Running | undefined, milliseconds: number): void {
    if (running === undefined) return;
    this.#left += 1;
    running.notBefore = performance.now() + Math.max(NO_ROOM_MS, milliseconds);
    this.#running.add(running);
    this.#watch();
  }

  /** It ended, with so many outcomes; undefined: it was never sent. */
  end(running: Running | undefined, nOutcomes: number): void {
    if (running === undefined) return;
    this.#running.delete(running);
    const pace = (performance.now() - running.startedAt) / nOutcomes;
    for (let i = 0; i < nOutcomes; i++) this.#paces.push(pace);
    this.#watch();
  }

  /** Milliseconds a task from which on an invocation is slow; null while too few were answered. */
  get #slow(): number | null {
    const needed = Math.max(1, Math.ceil(this.#quantile * this.#size));
    if (this.#paces.length < needed) return null;
    // Looked up anew for every hundredth of the batch: sorting for each answer would cost a large one seconds.
    if (this.#paces.length >= this.#atQuantile.of + this.#size / 100)
      this.#atQuantile = { pace: this.#paces.toSorted((a, b) => a - b)[needed - 1], of: this.#paces.length };
    return this.#factor * this.#atQuantile.pace;
  }

  #watch(): void {
    clearTimeout(this.#timer);
    const slow = this.#left > 0 && this.#running.size > 0 ? this.#slow : null;
    if (slow === null) return;
    const now = performance.now();
    let next = MAX_TIMER_MS;
    for (const running of this.#running) {
      const wait = Math.max(running.startedAt + slow * running.nTasks, running.notBefore) - now;
      if (wait > 0) next = Math.min(next, wait);
      else if (this.#left > 0 && running.again()) {
        this.#left -= 1;
        this.#running.delete(running);
      } else next = Math.min(next, NO_ROOM_MS);
    }
    // What is watched keeps the process alive itself.
    if (this.#left > 0 && this.#running.size > 0)
      this.#timer = setTimeout(() => this.#watch(), Math.ceil(next)).unref();
  }
}
