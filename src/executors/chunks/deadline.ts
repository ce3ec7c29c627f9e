import { MAX_TIMER_MS } from "../../timer.ts";

/** Ends a chunk that takes longer than its points may. */
export class Deadline {
  /** For all of them. */
  readonly #seconds: number | undefined;
  readonly #controller: AbortController;
  #timer: NodeJS.Timeout | undefined;
  /** Whether it has ended the chunk. */
  isOver = false;

  /** @param seconds that a point may take, if that is limited. */
  constructor(seconds: number | undefined, points: number, controller: AbortController) {
    this.#seconds = seconds === undefined ? undefined : seconds * points;
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
