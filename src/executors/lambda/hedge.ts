/** Second invocations for stragglers. */
import { InvalidInputError, show } from "../../errors.ts";
import { rejectUnknownKeys } from "../../suggest.ts";
import type { BatchOfTasks } from "../types.ts";

/** When a point that takes much longer than others of its batch gets a second invocation. The first answer counts. */
export interface HedgeOptions {
  /** Part of the batch that must have been answered before any point counts as slow, between 0 and 1. @default 0.9 */
  readonly afterQuantile?: number;
  /** A point is slow when it takes this many times as long as that part of the batch took at most; above 1. @default 2 */
  readonly factor?: number;
  /** Most second invocations a batch. @default a twentieth of the batch, at least 1 */
  readonly max?: number;
}

const KNOWN = ["afterQuantile", "factor", "max"];

/** Throws InvalidInputError that says what was expected and what came. `where` names the option. */
export function checkHedge(hedge: boolean | HedgeOptions | undefined, where: string): void {
  if (hedge === undefined || typeof hedge === "boolean") return;
  if (hedge === null || typeof hedge !== "object")
    throw new InvalidInputError(`${where} must be true, false or an object, received ${show(hedge)}.`);
  rejectUnknownKeys(hedge, KNOWN, where);
  const fail = (name: string, expected: string, received: unknown): never => {
    throw new InvalidInputError(`${where}.${name} must be ${expected}, received ${show(received)}.`);
  };
  const { afterQuantile = 0.9, factor = 2, max = 1 } = hedge;
  if (!(typeof afterQuantile === "number" && afterQuantile > 0 && afterQuantile < 1))
    fail("afterQuantile", "a number between 0 and 1", afterQuantile);
  if (!(typeof factor === "number" && factor > 1 && factor < Number.POSITIVE_INFINITY))
    fail("factor", "a number above 1", factor);
  if (!(Number.isInteger(max) && max > 0)) fail("max", "a positive integer", max);
}

/** An invocation in flight, as its batch sees it. */
interface Running {
  readonly startedAt: number;
  readonly nTasks: number;
  /** Invokes again. False where there is no room for it now. */
  readonly again: () => boolean;
}

/** The invocations of one batch: knows how long the answered ones took. */
export class BatchPace {
  readonly #size: number;
  readonly #quantile: number;
  readonly #factor: number;
  #left: number;
  /** Milliseconds a task of the answered invocations. */
  readonly #paces: number[] = [];
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

  /** An invocation was sent; `again` is called, once, when it is slow. */
  begin(nTasks: number, again: () => boolean): Running {
    const running = { startedAt: performance.now(), nTasks, again };
    this.#running.add(running);
    this.#watch();
    return running;
  }

  /** It ended: answered, or in another way. */
  end(running: Running, isAnswered: boolean): void {
    this.#running.delete(running);
    if (isAnswered) {
      const pace = (performance.now() - running.startedAt) / running.nTasks;
      for (let i = 0; i < running.nTasks; i++) this.#paces.push(pace);
    }
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
    let next = Number.POSITIVE_INFINITY;
    for (const running of this.#running) {
      const wait = running.startedAt + slow * running.nTasks - now;
      if (wait > 0) next = Math.min(next, wait);
      else if (this.#left > 0 && running.again()) {
        this.#left -= 1;
        this.#running.delete(running);
      }
    }
    // What is watched keeps the process alive itself.
    if (next < 2 ** 31) this.#timer = setTimeout(() => this.#watch(), Math.ceil(next)).unref();
  }
}
