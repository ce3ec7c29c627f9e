/** The tasks of one invocation, as many as it has time and room for. */

import { MAX_TIMER_MS } from "../timer.ts";
import type { Packed } from "../transport/codec.ts";
import { evaluateTask, type WorkerFunction } from "./evaluate.ts";
import type { WorkerOutcome } from "./protocol.ts";

/** Time left to answer when the function's own timeout is near. */
const DEADLINE_MARGIN_MS = 250;
/** A further task is begun when so many times the longest one so far is left. */
const SAFETY = 1.5;
/** An answer has 6 MB (6,291,556 bytes), what is around the outcomes included. */
const MAX_OUTCOMES_BYTES = 6_000_000;

/**
 * Evaluates tasks one after the other, and stops where the next outcome would come too late or be too much for the answer; the first task
 * is evaluated in any case.
 *
 * @param remaining milliseconds before the function's timeout.
 * @returns outcomes of the first tasks, in order.
 */
export async function evaluateTasks(
  fun: WorkerFunction,
  tasks: readonly Packed[],
  remaining: () => number,
): Promise<WorkerOutcome[]> {
  const outcomes: WorkerOutcome[] = [];
  let longest = 0;
  let bytes = 0;
  for (const task of tasks) {
    const isFirst = outcomes.length === 0;
    const started = performance.now();
    if (!isFirst && remaining() < SAFETY * longest + DEADLINE_MARGIN_MS) break;
    const { outcome, isLate } = await beforeDeadline(() => evaluateTask(fun, task), remaining());
    // What the tasks before it took of its time must not be its failure: alone it has all of it.
    if (isLate && !isFirst) break;
    longest = Math.max(longest, performance.now() - started);
    if (tasks.length > 1) bytes += Buffer.byteLength(JSON.stringify(outcome)) + 1;
    if (bytes > MAX_OUTCOMES_BYTES && !isFirst) break;
    outcomes.push(outcome);
  }
  return outcomes;
}

interface Ending {
  readonly outcome: WorkerOutcome;
  readonly isLate: boolean;
}

/** The outcome, or an error just before the function's timeout would end the process: that loses the worker and says less. */
async function beforeDeadline(evaluate: () => Promise<WorkerOutcome>, remaining: number): Promise<Ending> {
  const milliseconds = Math.min(remaining - DEADLINE_MARGIN_MS, MAX_TIMER_MS);
  if (milliseconds <= 0)
    return tooLate("the criterion was not started: no time was left before the function's timeout.", 0);
  const { promise, resolve } = Promise.withResolvers<Ending>();
  const timer = setTimeout(() => {
    const message =
      `the criterion had not finished after ${(milliseconds / 1000).toFixed(1)} s, just before the function's timeout. Either it waits for ` +
      "a promise that never resolves, or the function's timeout (at most 15 minutes) must be raised.";
    resolve(tooLate(message, milliseconds));
  }, milliseconds);
  try {
    return await Promise.race([evaluate().then((outcome) => ({ outcome, isLate: false })), promise]);
  } finally {
    clearTimeout(timer);
  }
}

function tooLate(message: string, milliseconds: number): Ending {
  return { outcome: { error: { name: "EvaluationTimeout", message, stack: "" }, milliseconds }, isLate: true };
}
