import { AbortError } from "../../errors.ts";
import type { SubmitOptions } from "../types.ts";

/** Lets at most `limit` tasks run at the same time, first come first served. */
export class Limiter {
  readonly #limit: number;
  readonly #waiting = new Set<() => void>();
  #running = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Runs the task when its turn comes. A signal ends the waiting with an AbortError; running tasks see to their own signals. */
  async run<T>(task: () => Promise<T>, options: SubmitOptions = {}): Promise<T> {
    throwIfDropped(options);
    if (this.#running >= this.#limit) await this.#turn(options);
    else this.#running += 1;
    try {
      return await task();
    } finally {
      // Not before whoever awaited the task has heard of its end: a failure may drop what comes next. Ticks run when no microtask is left.
      process.nextTick(() => this.#handOver());
    }
  }

  #handOver(): void {
    const next = this.#waiting.values().next();
    if (next.done) this.#running -= 1;
    else {
      // The place is handed over: #running stays as it is.
      this.#waiting.delete(next.value);
      next.value();
    }
  }

  #turn(options: SubmitOptions): Promise<void> {
    const signals = [options.signal, options.cancelQueued].filter((signal) => signal !== undefined);
    return new Promise((resolve, reject) => {
      const forget = () => {
        for (const signal of signals) signal.removeEventListener("abort", dropped);
      };
      const go = () => {
        forget();
        resolve();
      };
      const dropped = () => {
        this.#waiting.delete(go);
        forget();
        try {
          throwIfDropped(options);
        } catch (error) {
          reject(error);
        }
      };
      for (const signal of signals) signal.addEventListener("abort", dropped, { once: true });
      this.#waiting.add(go);
    });
  }
}

function throwIfDropped({ signal, cancelQueued }: SubmitOptions): void {
  const fired = signal?.aborted ? signal : cancelQueued?.aborted ? cancelQueued : undefined;
  if (fired !== undefined) throw new AbortError("The task was dropped before it started.", { cause: fired.reason });
}
