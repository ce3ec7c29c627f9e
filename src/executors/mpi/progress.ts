/** MPI tells nobody that a message has come: one has to ask, often enough for short points and seldom enough for the processor. */

const SPIN_MS = 0.2;
const MAX_NAP_MS = 0.1;
/** After so long without a message a turn of the event loop may take a millisecond. */
const PATIENT_MS = 20;

const cell = new Int32Array(new SharedArrayBuffer(4));

/** Blocks the thread: Node's own timers know no less than a millisecond. */
export function nap(milliseconds: number): void {
  Atomics.wait(cell, 0, 0, milliseconds);
}

/**
 * How much depends on messages: "sending", a large one leaves piece by piece, each time MPI is asked; "wanted", somebody waits for one; "expected",
 * one will come that nobody waits for; "none". What nobody waits for does not keep the process alive.
 */
export type Expectation = "sending" | "wanted" | "expected" | "none";

/** The driver's polling: between turns of the event loop, and only while a message is to come. */
export class Progress {
  readonly #poll: () => boolean;
  readonly #expectation: () => Expectation;
  #isRunning = false;
  #lastMessage = 0;
  #timer: NodeJS.Timeout | undefined;

  /** @param poll takes the messages that have come; returns whether there were any. */
  constructor(poll: () => boolean, expectation: () => Expectation) {
    this.#poll = poll;
    this.#expectation = expectation;
  }

  /** A message was sent, or is wanted from now on. */
  wake(): void {
    this.#lastMessage = performance.now();
    if (this.#isRunning && this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#isRunning = true;
    this.#timer = undefined;
    setImmediate(this.#turn);
  }

  #turn = (): void => {
    this.#timer = undefined;
    if (this.#poll()) this.#lastMessage = performance.now();
    const expectation = this.#expectation();
    if (expectation === "none") {
      this.#isRunning = false;
      return;
    }
    if (expectation === "sending") this.#lastMessage = performance.now();
    const idle = performance.now() - this.#lastMessage;
    if (expectation === "expected" || idle > PATIENT_MS) {
      this.#timer = setTimeout(this.#turn, 1);
      if (expectation === "expected") this.#timer.unref();
      return;
    }
    if (idle > SPIN_MS) nap(Math.min(idle / 4, MAX_NAP_MS));
    setImmediate(this.#turn);
  };
}

const MIN_NAP_MS = 0.001;
const MAX_PARKED_NAP_MS = 1;

/**
 * A rank's polling: asks until there is something, first without a pause, then between naps that grow, with a turn of the event loop after each.
 *
 * @param isBusy whether something is on its way that needs this process to move on: then there are no naps.
 */
export async function poll<T>(ask: () => T | undefined, isBusy: () => boolean): Promise<T> {
  let length = 0;
  for (;;) {
    const begin = performance.now();
    do {
      const found = ask();
      if (found !== undefined) return found;
    } while ((isBusy() || length === 0) && performance.now() - begin < SPIN_MS);
    if (isBusy()) length = 0;
    else {
      length = Math.min(Math.max(2 * length, MIN_NAP_MS), MAX_PARKED_NAP_MS);
      nap(length);
    }
    await new Promise(setImmediate);
  }
}
