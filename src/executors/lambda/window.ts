/** How many invocations may be in flight: found out from what the service lets through. */

/** Where it begins: more would be refused in a new account, whose quota is 10; an established one is asked for more within a tenth of a second. */
const FIRST_LIMIT = 64;
/** A refusal comes within a round trip: without one for this long the service took what it was sent. */
const RAMP_MS = 25;
/** After a refusal, what is allowed again is found out by asking for more after this time, and ever later while it is refused. */
const FIRST_PROBE_MS = 1_000;
const LAST_PROBE_MS = 60_000;
/** Growth an answer where the last refusal came. Refusals cost nothing but their round trip: a tenth of the invocations may find out. */
const GROWTH = 0.1;

/**
 * A window as in TCP's congestion control (RFC 5681), for a service that says at once when it has too much and needs long for what it takes.
 * Slow start: the limit doubles with time, not with answers, which may take minutes. A refusal sets it to what is in flight then: just that was
 * taken. Answers let it grow: by one each up to where it was last refused, slowly from there on; and it is doubled after a second without a
 * refusal, then two, four … up to a minute while that is refused.
 */
export class Window {
  readonly #max: number;
  readonly #onRoom: () => void;
  readonly #returning: Array<() => void> = [];
  #limit: number;
  /** Below it the limit grows fast. */
  #threshold = Number.POSITIVE_INFINITY;
  #running = 0;
  #probeMs = FIRST_PROBE_MS;
  /** Whether the service refused since the limit was last doubled. */
  #wasRefused = false;
  /** Whether there was no room for something. */
  #isWanted = false;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  /**
   * @param max never more than these in flight.
   * @param onRoom called when there may be room after there was none.
   */
  constructor(max: number, onRoom: () => void) {
    this.#max = max;
    this.#limit = Math.min(max, FIRST_LIMIT);
    this.#onRoom = onRoom;
  }

  /** Whole invocations that may be in flight now. */
  get limit(): number {
    return Math.floor(this.#limit);
  }

  get running(): number {
    return this.#running;
  }

  /** Takes a place if there is one. Without room the limit is looked after: it may grow with time. */
  tryEnter(): boolean {
    if (this.#returning.length > 0 || this.#running >= this.limit) {
      this.#isWanted = true;
      this.#growWithTime();
      return false;
    }
    this.#running += 1;
    return true;
  }

  /** A place for what had one and was refused: it goes before whatever is new. */
  enterAgain(): Promise<void> {
    return new Promise((resolve) => {
      this.#returning.push(resolve);
      this.#settle();
    });
  }

  /** Gives a place back. */
  leave(): void {
    this.#running -= 1;
    // Not before whoever awaited the task has heard of its end: a failure may drop what comes next. Ticks run when no microtask is left.
    process.nextTick(() => this.#settle());
  }

  /** An invocation was taken and answered. */
  answered(): void {
    if (this.#limit >= this.#max) return;
    const growth = this.#limit < this.#threshold ? 1 : GROWTH;
    this.#limit = Math.min(this.#max, this.#limit + growth);
  }

  /** An invocation was refused because of too many; its place was given back. */
  refused(): void {
    this.#wasRefused = true;
    const isFull = this.#running >= this.#limit / 2;
    // What is in flight was taken. With little in flight that says little: then the limit is halved.
    this.#limit = Math.max(1, Math.min(this.#limit, isFull ? this.#running : this.#limit / 2));
    if (isFull) this.#threshold = this.#limit;
    else this.#threshold = Math.min(this.#threshold, this.#max);
    // What is allowed again is asked for some time after the last refusal.
    this.#stopTimer();
    if (this.#isWanted) this.#growWithTime();
  }

  close(): void {
    this.#isClosed = true;
    this.#stopTimer();
  }

  #settle(): void {
    while (this.#returning.length > 0 && this.#running < this.limit) {
      this.#running += 1;
      this.#returning.shift()?.();
    }
    if (this.#returning.length > 0) this.#growWithTime();
    else if (this.#isWanted && this.#running < this.limit) {
      this.#isWanted = false;
      this.#onRoom();
    }
  }

  #growWithTime(): void {
    if (this.#timer !== undefined || this.#limit >= this.#max || this.#isClosed) return;
    const isProbe = this.#threshold !== Number.POSITIVE_INFINITY;
    this.#timer = setTimeout(() => this.#grow(), isProbe ? this.#probeMs : RAMP_MS);
    // Where nothing is in flight there is room: then nothing waits for it.
    this.#timer.unref();
  }

  #grow(): void {
    this.#timer = undefined;
    this.#probeMs = this.#wasRefused ? Math.min(LAST_PROBE_MS, this.#probeMs * 2) : FIRST_PROBE_MS;
    this.#wasRefused = false;
    this.#limit = Math.min(this.#max, this.#limit * 2);
    this.#settle();
    if (this.#isWanted) this.#growWithTime();
  }

  #stopTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
