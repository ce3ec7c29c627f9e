/** errorHandling: "raise". */
import { expectRejection, expectSame, expectThat } from "../expectation.ts";
import { leaveMark, marksIn, sleep } from "../marks.ts";
import type { Trial } from "../trial.ts";
import { type Check, range } from "./check.ts";

async function firstInOrder(trial: Trial): Promise<void> {
  const { nWorkers } = trial.traits;
  const evaluate = await trial.evaluator();
  // All of these start at the same time.
  const criterion = async (index: number) => {
    await sleep(150 * (nWorkers - index));
    throw new Error(`point ${index}`);
  };
  const expectation = {
    must: "end every task that has started when another fails, so that the first error in the order of the arguments is thrown",
    lookAt: "cancelQueued: it drops tasks that have not started, and leaves those alone that have",
  };
  const error = await expectRejection(evaluate(criterion, range(nWorkers)), expectation);
  expectSame(error.message, "point 0", expectation);
}

async function usableAfterFailure(trial: Trial): Promise<void> {
  const evaluate = await trial.evaluator();
  const expectation = { must: "reject with the criterion's error", lookAt: "what submit() rejects with" };
  const failed = evaluate((x: number) => {
    if (x === 0) throw new RangeError("fails");
    return x;
  }, range(20));
  const error = await expectRejection(failed, expectation);
  expectSame(error.message, "fails", expectation);
  expectSame(
    await evaluate((x: number) => x + 1, range(20)),
    range(20).map((x) => x + 1),
    {
      must: "be usable after a batch that failed",
      lookAt: "tasks of the failed batch that still take workers, and their answers",
    },
  );
}

async function dropQueued(trial: Trial): Promise<void> {
  const evaluate = await trial.evaluator();
  const folder = await trial.folder();
  const args = range(20 * trial.traits.nWorkers);
  const criterion = async (index: number) => {
    leaveMark(folder, index);
    if (index === 0) throw new Error("fails at once");
    await sleep(30);
    return index;
  };
  const expectation = {
    must: "drop the tasks that have not started when cancelQueued fires, and start none later",
    lookAt:
      "cancelQueued of the options of submit(): look at it before a task is handed to a worker, and reject with an AbortError",
  };
  await expectRejection(evaluate(criterion, args), expectation);
  const started = marksIn(folder).size;
  await sleep(300);
  const later = marksIn(folder).size;
  expectThat(
    later === started && started < args.length,
    expectation,
    `${started} of ${args.length} tasks that had started when the batch rejected, and ${later - started} later`,
  );
}

export const raiseChecks: readonly Check[] = [
  {
    group: "raise",
    name: "throw the first error in the order of the arguments, whatever ends first",
    run: firstInOrder,
  },
  { group: "raise", name: "be usable after a batch that failed", run: usableAfterFailure },
  {
    group: "raise",
    name: "drop what has not started after a failure",
    applies: ({ cancels, sharesFiles }) => cancels && sharesFiles,
    run: dropQueued,
  },
];
