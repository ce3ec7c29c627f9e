import { setTimeout as sleep } from "node:timers/promises";

export interface RetryOptions {
  /** Whether the same request may succeed later. */
  readonly isTransient: (error: unknown) => boolean;
  /**
   * Asked after every failure.
   * @param failingSince when the failures without any progress began, by `performance.now()`
   */
  readonly giveUp: (failingSince: number) => boolean;
  /** Called before another attempt, e.g. to find a server that moved. What it throws counts as that attempt's failure. */
  readonly recover?: () => Promise<void>;
}

const firstDelayMs = 50;
const maxDelayMs = 5_000;

/**
 * Repeats `attempt` until it succeeds, with exponential backoff and full jitter: a delay uniform between 0 and
 * min(5 s, 50 ms · 2^k), which spreads many writers best (M. Brooker, "Exponential Backoff and Jitter", AWS, 2015).
 * Waiting does not keep the process alive.
 *
 * @param attempt calls `progressed` when a part of its work was done, which counts as a fresh start for `giveUp`
 * @throws the last error
 */
export async function retry<T>(attempt: (progressed: () => void) => Promise<T>, options: RetryOptions): Promise<T> {
  let failingSince: number | null = null;
  for (let k = 0; ; k++) {
    try {
      if (k > 0) await options.recover?.();
      return await attempt(() => {
        failingSince = null;
      });
    } catch (error) {
      failingSince ??= performance.now();
      if (!options.isTransient(error) || options.giveUp(failingSince)) throw error;
    }
    await sleep(Math.random() * Math.min(maxDelayMs, firstDelayMs * 2 ** k), undefined, { ref: false });
  }
}
