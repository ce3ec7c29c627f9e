import { tracebackOf, tracebackTitle } from "./traceback.ts";
import type { Settled, Traceback } from "./types.ts";

/** The slots of a batch's results, filled in any order. */
export interface Collected<R> {
  fulfilled(index: number, value: R): void;
  rejected(index: number, error: unknown): void;
  /** Results in order of the arguments; warns once when some failed. */
  finish(): Array<R | Traceback>;
}

export function collect<R>(
  name: string,
  length: number,
  raise: boolean,
  onSettled: ((index: number, settled: Settled<R>) => void) | undefined,
): Collected<R> {
  const slots = new Array<R | Traceback>(length);
  const failed: Traceback[] = [];
  return {
    fulfilled(index, value) {
      slots[index] = value;
      onSettled?.(index, { ok: true, value });
    },
    rejected(index, error) {
      if (!raise) {
        const traceback = tracebackOf(error);
        slots[index] = traceback;
        failed.push(traceback);
      }
      onSettled?.(index, { ok: false, error });
    },
    finish() {
      // Whoever listens is told of each failure; the others get one warning a batch.
      if (failed.length > 0 && onSettled === undefined)
        process.emitWarning(
          `${name} batch evaluator: ${failed.length} of ${length} evaluations failed; the first: ${tracebackTitle(failed[0])}`,
          "FanoptWarning",
        );
      return slots;
    },
  };
}
