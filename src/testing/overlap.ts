/** How many points an executor evaluates at the same time. */
import type { BatchEvaluator } from "../evaluation/types.ts";
import { range } from "./checks/check.ts";
import { expectThat } from "./expectation.ts";
import { leaveMark, sleep, untilMarks } from "./marks.ts";
import type { Trial } from "./trial.ts";

/** By the workers' clocks, milliseconds. */
interface Interval {
  readonly start: number;
  readonly stop: number;
}

/** Most of the intervals at one moment. */
function mostAtOnce(intervals: readonly Interval[]): number {
  return Math.max(
    ...intervals.map(({ start }) => intervals.filter((one) => one.start <= start && start < one.stop).length),
  );
}

async function overlapOf(trial: Trial, evaluate: BatchEvaluator): Promise<number> {
  const { nWorkers, sharesFiles, seconds } = trial.traits;
  const folder = sharesFiles ? await trial.folder() : null;
  const patience = seconds / 10;
  const intervals = await evaluate(
    async (index: number): Promise<Interval> => {
      const start = performance.timeOrigin + performance.now();
      if (folder === null) await sleep(300);
      else {
        // Each waits until others run, so that it does not matter how long workers take to start.
        leaveMark(folder, index);
        if (!(await untilMarks(folder, nWorkers, patience)))
          for (let other = 0; other < nWorkers; other++) leaveMark(folder, `nobody-came-${other}`);
      }
      return { start, stop: performance.timeOrigin + performance.now() };
    },
    range(4 * nWorkers),
  );
  return mostAtOnce(intervals as Interval[]);
}

/**
 * As many points at the same time as the executor has workers. Workers may come up one after the other, so that batches are evaluated until it is
 * seen, or the check's time is nearly over.
 */
export async function expectOverlap(
  trial: Trial,
  evaluate: BatchEvaluator,
  { when, lookAt }: { readonly when: string; readonly lookAt: string },
): Promise<void> {
  const { nWorkers, seconds } = trial.traits;
  let reached = 0;
  let batches = 0;
  let spent = trial.secondsSpent;
  let last = 0;
  // The next one should end in time too.
  while (reached < nWorkers && (batches === 0 || spent + last < 0.8 * seconds)) {
    reached = Math.max(reached, await overlapOf(trial, evaluate));
    batches += 1;
    last = trial.secondsSpent - spent;
    spent += last;
  }
  expectThat(
    reached >= nWorkers,
    { must: `evaluate ${nWorkers} points at the same time (nWorkers of the setting)${when}`, lookAt },
    `${batches} ${batches === 1 ? "batch" : "batches"} of ${4 * nWorkers} points, of which at most ${reached} ran at the same time by the workers' clocks. ` +
      `Workers may have started late: more than ${spent.toFixed(1)} s after the check did, which needs a larger \`seconds\``,
  );
}
