/** Executors of this process, for tests. */
import { AbortError } from "../../src/errors.ts";
import type { SubmitOptions } from "../../src/executors/types.ts";

type Fun<A, R> = (arg: A) => R | Promise<R>;

/** Starts at most `limit` tasks; tasks end when told to, in whatever order. Honours both signals. */
export class SteppedExecutor {
  readonly started: unknown[] = [];
  readonly #limit: number;
  readonly #queue: Array<() => void> = [];
  readonly #running: Array<() => Promise<void>> = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  get running(): number {
    return this.#running.length;
  }

  submit<A, R>(fun: Fun<A, R>, arg: A, { signal, cancelQueued }: SubmitOptions = {}): Promise<R> {
    return new Promise<R>((resolve, reject) => {
      let begun = false;
      const start = () => {
        begun = true;
        this.started.push(arg);
        this.#running.push(async () => {
          try {
            resolve(await fun(arg));
          } catch (error) {
            reject(error);
          }
        });
      };
      const drop = (fired: AbortSignal) => () => {
        if (begun && fired === cancelQueued) return;
        const at = this.#queue.indexOf(start);
        if (at >= 0) this.#queue.splice(at, 1);
        reject(new AbortError("dropped", { cause: fired.reason }));
      };
      for (const one of [signal, cancelQueued]) one?.addEventListener("abort", drop(one), { once: true });
      if (this.#running.length < this.#limit) start();
      else this.#queue.push(start);
    });
  }

  /** Ends the running task that started as number `position` of those that run. */
  async finish(position: number): Promise<void> {
    const [task] = this.#running.splice(position, 1);
    await task();
    // What awaits the result is told before the next task starts, as by a real executor.
    await new Promise(setImmediate);
    this.#queue.shift()?.();
  }
}

/** An executor that starts everything at once and looks at no signal. */
export const careless = {
  async submit<A, R>(fun: Fun<A, R>, arg: A): Promise<R> {
    await new Promise(setImmediate);
    return fun(arg);
  },
};

/** An executor with map alone. */
export const mapOnly = {
  async map<A, R>(fun: Fun<A, R>, args: readonly A[]): Promise<R[]> {
    const results: R[] = [];
    for (const arg of args) results.push(await fun(arg));
    return results;
  },
};
