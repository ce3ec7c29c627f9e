import { MAX_TIMER_MS } from "../../timer.ts";

/** Ends a chunk that takes longer than a point may. */
export class Deadline {
  readonly #seconds: number | undefined;
  readonly #controller: AbortController;
  #timer: NodeJS.Timeout | undefined;
  /** Whether it has ended the chunk. */
  isOver = false;

  constructor(seconds: number | undefined, controller: AbortController) {
    this.#seconds = seconds;
    this.#controller = controller;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** A worker has the chunk. */
  start(): void {
    if (this.#seconds === undefined) return;
    this.clear();
    this.#timer = setTimeout(
      () => {
        this.isOver = !this.signal.aborted;
        this.#controller.abort();
      },
      Math.min(this.#seconds * 1000, MAX_TIMER_MS),
    );
  }

  clear(): void {
    clearTimeout(this.#timer);
  }
}
