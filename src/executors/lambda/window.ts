/** How many invocations may be in flight: found out from what the service lets through. */

/** Where it begins: more would be refused in a new account, whose quota is 10; an established one is asked for more within a tenth of a second. */
const FIRST_LIMIT = 64;
/** A refusal comes within a round trip, mostly before the limit has doubled often; where it comes later a few more are refused. */
const RAMP_MS = 25;
/** After the limit was lowered more is asked for after this time, and ever later while that is refused. */
const FIRST_PROBE_MS = 1_000;
const LAST_PROBE_MS = 60_000;
/** Growth an answer where the limit was last lowered. */
const GROWTH = 0.1;
/** More is asked for only when nearly all that is allowed is in flight. */
const USED = 0.9;

/** An invocation that was refused, waiting for a place. */
interface Parked {
  readonly grant: () => void;
  /** Not before this time: the service asked for it. */
  readonly notBefore: number;
}

/**
 * A window as in TCP's congestion control (RFC 5681), for a service that says at once when it has too much and needs long for what it takes.
 *
 * Slow start: the limit doubles with time, not with answers, which may take minutes. What is refused is parked: it goes before all that is new,
 * when an answer has made room or its time to wait is over. A refusal costs a round trip and nothing else, and may have other reasons than too
 * many of ours: the limit is lowered when more are parked than in flight, to what is in flight. Answers let it grow while nothing is parked: by
 * one each up to where it was last lowered, slowly from there on; and it is doubled after a second, then two, four … up to a minute while that
 * is refused.
 */
export class Window {
  readonly #max: number;
  readonly #onRoom: () => void;
  /** Whose time to wait is not over, in order. */
  readonly #parked = new Set<Parked>();
  /** Whose time to wait is over. */
  readonly #returning: Array<() => void> = [];
  #limit: number;
  /** The lowest limit since it was last doubled: what is below it is news, and more is asked for soon. */
  #floor = Number.POSITIVE_INFINITY;
  /** Below it the limit grows fast. */
  #threshold = Number.POSITIVE_INFINITY;
  #running = 0;
  /** Places that answers have given back since something is parked, and nothing has taken. */
  #freed = 0;
  /** How long until more is asked for. */
  #waitMs = RAMP_MS;
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

  /** Takes a place if there is one for something new. Without room the limit is looked after: it may grow with time. */
  tryEnter(): boolean {
    if (!this.#isHeldUp() && this.#enter()) return true;
    this.#isWanted = true;
    this.#growWithTime();
    return false;
  }

  /**
   * A place for what was refused, before whatever is new: when an answer makes room, or after `milliseconds`; never before `atLeast`
   * milliseconds. `drop` gives it up: the promise resolves without a place.
   */
  enterAgain(milliseconds: number, atLeast: number, onDrop: (drop: () => void) => void): Promise<boolean> {
    return new Promise((resolve) => {
      const forget = () => {
        clearTimeout(timer);
        this.#parked.delete(parked);
      };
      const grant = () => {
        forget();
        resolve(true);
      };
      const parked = { grant, notBefore: performance.now() + atLeast };
      this.#parked.add(parked);
      // Keeps the process alive: it is still to be done.
      const timer = setTimeout(() => {
        this.#parked.delete(parked);
        this.#returning.push(grant);
        this.#settle();
      }, milliseconds);
      onDrop(() => {
        forget();
        const at = this.#returning.indexOf(grant);
        if (at >= 0) this.#returning.splice(at, 1);
        resolve(false);
        this.#settle();
      });
    });
  }

  /** Gives a place back. */
  leave(): void {
    this.#running -= 1;
    // Not before whoever awaited the task has heard of its end: a failure may drop what comes next. Ticks run when no microtask is left.
    process.nextTick(() => this.#settle());
  }

  /** An invocation was taken and answered; its place is given back next. */
  answered(): void {
    if (this.#parked.size + this.#returning.length > 0) {
      this.#freed += 1;
      return;
    }
    const growth = this.#limit < this.#threshold ? 1 : GROWTH;
    this.#limit = Math.min(this.#max, this.#limit + growth);
  }

  /** An invocation was refused because of too many; its place was given back. */
  refused(): void {
    this.#wasRefused = true;
    if (this.#parked.size + this.#returning.length < this.#running) return;
    this.#limit = Math.max(1, Math.min(this.#limit, this.#running));
    this.#threshold = this.#limit;
    // More is asked for some time after the last refusal.
    this.#waitMs = this.#limit < this.#floor ? FIRST_PROBE_MS : Math.max(FIRST_PROBE_MS, this.#waitMs);
    this.#floor = Math.min(this.#floor, this.#limit);
    this.#stopTimer();
    this.#growWithTime();
  }

  close(): void {
    this.#isClosed = true;
    this.#stopTimer();
  }

  /** Whether something that was refused goes before all that is new. What the service told to wait for longer holds nothing up. */
  #isHeldUp(): boolean {
    if (this.#returning.length > 0) return true;
    const [first] = this.#parked;
    return first !== undefined && this.#freed === 0 && first.notBefore <= performance.now();
  }

  #enter(): boolean {
    if (this.#running >= this.limit) return false;
    this.#running += 1;
    this.#freed = Math.max(0, this.#freed - 1);
    return true;
  }

  /** Gives places to those that wait, the refused ones first. */
  #settle(): void {
    if (this.#parked.size + this.#returning.length === 0) this.#freed = 0;
    while (this.#returning.length > 0 && this.#enter()) this.#returning.shift()?.();
    const now = performance.now();
    for (const parked of this.#parked) {
      if (this.#freed === 0 || this.#returning.length > 0) break;
      if (parked.notBefore <= now && this.#enter()) parked.grant();
    }
    if (this.#returning.length > 0) this.#growWithTime();
    else if (this.#isWanted && this.#running < this.limit && !this.#isHeldUp()) {
      this.#isWanted = false;
      this.#onRoom();
    }
  }

  #growWithTime(): void {
    if (this.#timer !== undefined || this.#limit >= this.#max || this.#isClosed) return;
    if (!this.#isWanted && this.#returning.length === 0) return;
    this.#timer = setTimeout(() => this.#grow(), this.#waitMs);
    // Where nothing is in flight there is room: then nothing waits for it.
    this.#timer.unref();
  }

  #grow(): void {
    this.#timer = undefined;
    const isSlowStart = this.#threshold === Number.POSITIVE_INFINITY;
    const isUsed = this.#running >= USED * this.limit;
    if (isUsed && (isSlowStart || !this.#wasRefused)) this.#waitMs = isSlowStart ? RAMP_MS : FIRST_PROBE_MS;
    else if (this.#wasRefused) this.#waitMs = Math.min(LAST_PROBE_MS, 2 * this.#waitMs);
    // Nothing is let through, for another reason than too many: when that has passed, there is no time to lose.
    else this.#waitMs = Math.min(Math.max(FIRST_PROBE_MS, this.#waitMs), 2 * this.#waitMs);
    if (isUsed) {
      this.#wasRefused = false;
      this.#floor = this.#limit;
      this.#limit = Math.min(this.#max, this.#limit * 2);
      this.#settle();
    }
    this.#growWithTime();
  }

  #stopTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
