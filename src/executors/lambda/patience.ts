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

/** What was refused for the same reason again and again. */
interface Series {
  readonly since: number;
  /** When it is over, if it is not refused again before. */
  readonly until: number;
  readonly attempts: number;
}

/** After so long without a refusal for a reason, the next one is another trouble. */
const FORGET_MS = 60_000;

/** The patience with one invocation. Each reason has its own. */
export class Patience {
  readonly #retrySeconds: number;
  readonly #series = new Map<NotRun, Series>();
  #losses = 0;
  #firstLossAt = 0;

  constructor(retrySeconds: number) {
    this.#retrySeconds = retrySeconds;
  }

  /** It was not run. */
  afterRefusal(reason: NotRun, error: unknown, { reached, answeredAt }: ServiceState): Verdict {
    const now = performance.now();
    for (const [known, { until }] of this.#series) if (until < now) this.#series.delete(known);
    const { since = now, attempts: before = 0 } = this.#series.get(reason) ?? {};
    const attempts = before + 1;
    const others = [...this.#series].reduce((sum, [known, one]) => sum + (known === reason ? 0 : one.attempts), 0);
    const wait = reason === "clock-skew" ? 0 : backoff(attempts + others, error);
    this.#series.set(reason, { since, until: now + wait + FORGET_MS, attempts });
    const most = reason === "not-ready" ? NOT_READY_SECONDS : reached ? this.#retrySeconds : FIRST_CONTACT_SECONDS;
    const seconds = Math.min(most, this.#retrySeconds);
    // Behind others of the same batch it may wait for longer than any of them takes: it is given up when none gets through.
    const isShared = reason === "throttled" || reason === "not-ready";
    const last = isShared ? Math.max(since, answeredAt) : since;
    const isHopeless = reason === "clock-skew" ? attempts > MAX_SKEWS : now + wait > last + seconds * 1000;
    return isHopeless ? { wait: null, attempts, seconds: (now - since) / 1000 } : { wait };
  }

  /** It ran, or may have, and its answer is lost. */
  afterLoss(error: unknown): Verdict {
    const now = performance.now();
    this.#series.clear();
    this.#losses += 1;
    if (this.#losses === 1) this.#firstLossAt = now;
    const seconds = (now - this.#firstLossAt) / 1000;
    if (this.#losses >= MAX_LOSSES && seconds >= Math.min(LOSS_SECONDS, this.#retrySeconds))
      return { wait: null, attempts: this.#losses, seconds };
    return { wait: Math.max(retryAfterMs(error), lossPause(this.#losses)) };
  }
}
