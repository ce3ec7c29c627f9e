/** How often, and for how long, the tasks of an invocation are sent again. */
import { backoff, lossPause, type NotRun, retryAfterMs } from "./retry.ts";

/** Seconds for which a service that never answered yet is tried: more likely its name or address is wrong. */
const FIRST_CONTACT_SECONDS = 15;
/** A function that is being deployed, or whose network is being made, is ready within minutes, or never. */
const NOT_READY_SECONDS = 300;
/** So often a point is evaluated when the answers are lost, and more often where they are lost so quickly that this time has not passed. */
const MAX_LOSSES = 3;
const LOSS_SECONDS = 60;
/** The client sets its clock right from the first answer. */
const MAX_SKEWS = 2;

/** What is known of the service when an invocation was not run. */
interface ServiceState {
  /** Whether it has ever answered. */
  readonly reached: boolean;
  /** When the function last answered, by the clock of `performance.now`. */
  readonly answeredAt: number;
}

/** What comes next: after `wait` milliseconds again; or no more, after so many attempts in so many seconds. */
export type Verdict =
  | { readonly wait: number }
  | { readonly wait: null; readonly attempts: number; readonly seconds: number };

/** The patience with one invocation. Each reason has its own, anew when something else came between. */
export class Patience {
  readonly #retrySeconds: number;
  /** The present series of refusals. */
  #reason: NotRun | undefined;
  #attempts = 0;
  #since = 0;
  #losses = 0;
  #firstLossAt = 0;

  constructor(retrySeconds: number) {
    this.#retrySeconds = retrySeconds;
  }

  /** It was not run. */
  afterRefusal(reason: NotRun, error: unknown, { reached, answeredAt }: ServiceState): Verdict {
    const now = performance.now();
    if (reason !== this.#reason) {
      this.#reason = reason;
      this.#attempts = 0;
      this.#since = now;
    }
    this.#attempts += 1;
    const wait = reason === "clock-skew" ? 0 : backoff(this.#attempts, error);
    const most = reason === "not-ready" ? NOT_READY_SECONDS : reached ? this.#retrySeconds : FIRST_CONTACT_SECONDS;
    const seconds = Math.min(most, this.#retrySeconds);
    // Behind others of the same batch it may wait for longer than any of them takes: it is given up when none gets through.
    const since = reason === "throttled" ? Math.max(this.#since, answeredAt) : this.#since;
    const isHopeless = reason === "clock-skew" ? this.#attempts > MAX_SKEWS : now + wait > since + seconds * 1000;
    return isHopeless ? { wait: null, attempts: this.#attempts, seconds: (now - this.#since) / 1000 } : { wait };
  }

  /** It ran, or may have, and its answer is lost. */
  afterLoss(error: unknown): Verdict {
    const now = performance.now();
    this.#reason = undefined;
    this.#losses += 1;
    if (this.#losses === 1) this.#firstLossAt = now;
    const seconds = (now - this.#firstLossAt) / 1000;
    if (this.#losses >= MAX_LOSSES && seconds >= Math.min(LOSS_SECONDS, this.#retrySeconds))
      return { wait: null, attempts: this.#losses, seconds };
    return { wait: Math.max(retryAfterMs(error), lossPause(this.#losses)) };
  }
}
