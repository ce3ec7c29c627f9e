import { InfrastructureError, SubmissionError } from "../errors.ts";
import { tracebackOf, tracebackTitle } from "./traceback.ts";
import type { Settled, Traceback } from "./types.ts";

/** The slots of a batch's results, filled in any order. */
export interface Collected<R> {
  /** Takes how an evaluation ended, once for each. Returns whether more may start. */
  settle(index: number, settled: Settled<R>): boolean;
  /** Ends the batch with an error that is not about one argument. */
  breakOff(error: unknown): void;
  /**
   * Results in the order of the arguments; warns once when some failed.
   *
   * @throws under "raise" the first error in the order of the arguments; else what concerns the whole batch, and what `onSettled` threw.
   */
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
  let first: { readonly index: number; readonly error: unknown } | undefined;
  let broken: { readonly error: unknown } | undefined;

  const keep = (index: number, settled: Settled<R>): void => {
    if (settled.ok) slots[index] = settled.value;
    else if (!raise) {
      const traceback = tracebackOf(settled.error);
      slots[index] = traceback;
      failed.push(traceback);
    } else if (first === undefined || index < first.index) first = { index, error: settled.error };
  };

  return {
    settle(index, settled) {
      if (!settled.ok && concernsBatch(settled.error)) broken ??= settled;
      else {
        keep(index, settled);
        try {
          onSettled?.(index, settled);
        } catch (error) {
          // Not the criterion's: whoever listens cannot go on.
          broken ??= { error };
        }
      }
      return first === undefined && broken === undefined;
    },
    breakOff(error) {
      broken ??= { error };
    },
    finish() {
      if (first !== undefined) throw first.error;
      if (broken !== undefined) throw broken.error;
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

/** Whether an error is not about one argument: thrown also under "continue". */
function concernsBatch(error: unknown): boolean {
  return error instanceof InfrastructureError || error instanceof SubmissionError;
}

/** How an evaluation ends, as a value. */
export async function settle<R>(evaluate: () => R | Promise<R>): Promise<Settled<Awaited<R>>> {
  try {
    return { ok: true, value: await evaluate() };
  } catch (error) {
    return { ok: false, error };
  }
}
