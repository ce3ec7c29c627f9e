/** The signal of a batch. */
import { getEventListeners } from "node:events";
import { AbortError } from "../../errors.ts";
import type { BatchEvaluator } from "../../evaluation/types.ts";
import { type Expectation, expectRejection, expectSame, expectThat, unmet } from "../expectation.ts";
import { leaveMark, marksIn, release, sleep, untilMarks, untilReleased } from "../marks.ts";
import { expectOverlap } from "../overlap.ts";
import type { Trial } from "../trial.ts";
import { type Check, range } from "./check.ts";

const expectation: Expectation = {
  must: "reject with an AbortError whose cause is the signal's reason",
  lookAt: "the signal of the options of submit()",
};

async function expectAbort(batch: Promise<unknown>, reason: unknown): Promise<void> {
  const error = await expectRejection(batch, expectation);
  expectThat(error instanceof AbortError && error.cause === reason, expectation, error);
}

/** Its evaluations wait for the folder to be released. */
function heldCriterion(folder: string): (x: number) => Promise<number> {
  return async (x) => {
    leaveMark(folder, x);
    await untilReleased(folder);
    return x;
  };
}

function start(
  evaluate: BatchEvaluator,
  criterion: (x: number) => Promise<number>,
  args: readonly number[],
  signal?: AbortSignal,
): Promise<unknown[]> {
  const batch = evaluate(criterion, args, { signal });
  // Awaited later.
  batch.catch(() => {});
  return batch;
}

async function expectStart(trial: Trial, folder: string, batch: Promise<unknown>): Promise<void> {
  // A batch that fails at once says why.
  const failed = batch.then(() => untilMarks(folder, 1, 0));
  const hasStarted = await Promise.race([untilMarks(folder, 1, trial.traits.seconds), failed]);
  expectThat(hasStarted, { must: "start a batch", lookAt: "submit()" }, "no evaluation");
}

async function expectUsable(evaluate: BatchEvaluator): Promise<void> {
  expectSame(
    await evaluate((x: number) => -x, range(10)),
    range(10).map((x) => -x),
    {
      must: "be usable after a batch that was aborted",
      lookAt:
        "workers of abandoned tasks: they must come back, or be replaced, and their late answers must not be taken for those of other tasks",
    },
  );
}

async function beforeStart(trial: Trial): Promise<void> {
  const evaluate = await trial.evaluator();
  const reason = new Error("not needed");
  const batch = evaluate((x: number) => x, [1], { signal: AbortSignal.abort(reason) });
  await expectAbort(batch, reason);
  await expectUsable(evaluate);
}

async function inFlight(trial: Trial): Promise<void> {
  const evaluate = await trial.evaluator();
  const folder = await trial.folder();
  const controller = new AbortController();
  const held = heldCriterion(folder);
  const args = range(3 * trial.traits.nWorkers);
  const batch = start(evaluate, held, args, controller.signal);
  await expectStart(trial, folder, batch);
  const reason = { why: "not needed any more" };
  controller.abort(reason);
  // Nothing ends before the folder is released: what waits for evaluations would wait for ever.
  await expectAbort(batch, reason);
  // The same function: workers have it already, and what names a task by its function and its place in the batch has these names again.
  const others = args.map((x) => 1_000 + x);
  const next = start(evaluate, held, others);
  // The next batch waits when the answers of the one before come.
  await sleep(100);
  release(folder);
  expectSame(await next, others, {
    must: "give the next batch its own results, also where it is of the same function with other arguments",
    lookAt:
      "late answers of tasks that were aborted: an id must be a task's own, never used again, and not made of the function's hash and the place in the batch",
  });
  await expectUsable(evaluate);
}

async function allWorkers(trial: Trial): Promise<void> {
  const { nWorkers, sharesFiles } = trial.traits;
  const evaluate = await trial.evaluator();
  const folder = sharesFiles ? await trial.folder() : null;
  const controller = new AbortController();
  const criterion = async (index: number) => {
    if (folder !== null) leaveMark(folder, index);
    await sleep(300);
    return index;
  };
  const onSettled = () => controller.abort("enough");
  const batch = evaluate(criterion, range(4 * nWorkers), { signal: controller.signal, onSettled });
  batch.catch(() => {});
  if (folder !== null) {
    await expectStart(trial, folder, batch);
    controller.abort("enough");
  }
  const error = await expectRejection(batch, expectation);
  expectThat(error instanceof AbortError, expectation, error);
  await expectOverlap(trial, evaluate, {
    when: ", also after a batch that was aborted",
    lookAt: "workers of abandoned tasks: they must come back when these have ended, or be replaced",
  });
}

async function dropQueued(trial: Trial): Promise<void> {
  const { nWorkers } = trial.traits;
  const evaluate = await trial.evaluator();
  const folder = await trial.folder();
  const controller = new AbortController();
  const length = 20 * nWorkers;
  const batch = start(evaluate, heldCriterion(folder), range(length), controller.signal);
  await expectStart(trial, folder, batch);
  controller.abort();
  await expectRejection(batch, expectation);
  release(folder);
  await expectUsable(evaluate);
  await sleep(300);
  const started = marksIn(folder).size;
  expectThat(
    started <= 2 * nWorkers,
    {
      must: "drop the tasks that have not started when the batch is aborted",
      lookAt: "the signal of the options of submit(): look at it before a task is handed to a worker",
    },
    `${started} of ${length} tasks that were started, with ${nWorkers} workers that were held when the batch was aborted`,
  );
}

async function oneOfTwo(trial: Trial): Promise<void> {
  const evaluate = await trial.evaluator();
  const slow = (sign: number) => async (x: number) => {
    await sleep(20);
    return sign * x;
  };
  const args = range(20);
  // The one that is aborted runs, and then it waits for the other.
  for (const isFirst of [true, false]) {
    const controller = new AbortController();
    const onSettled = (index: number) => {
      if (index === 2) controller.abort("one of two");
    };
    const startAborted = () =>
      evaluate(slow(1), args, { signal: controller.signal, ...(isFirst ? { onSettled } : {}) });
    const startOther = () => evaluate(slow(-1), args, isFirst ? {} : { onSettled });
    const [first, second] = isFirst ? [startAborted(), startOther()] : [startOther(), startAborted()];
    const [aborted, other] = isFirst ? [first, second] : [second, first];
    // It may have ended before the other came so far.
    const ending = aborted.catch((error: unknown) => expectThat(error instanceof AbortError, expectation, error));
    const lookAt = "what an abort ends: tasks with that signal, and no worker that has another batch's task";
    const whole = { must: "leave other batches whole when one is aborted", lookAt };
    const results = await other.catch((error: unknown) => {
      throw unmet(whole, error);
    });
    expectSame(
      results,
      args.map((x) => -x),
      whole,
    );
    await ending;
  }
}

async function noListeners(trial: Trial): Promise<void> {
  const evaluate = await trial.evaluator();
  const { signal } = new AbortController();
  await evaluate((x: number) => x, range(50), { signal });
  await evaluate(
    () => {
      throw new Error("fails");
    },
    range(5),
    { signal, errorHandling: "continue", onSettled: () => {} },
  );
  await sleep(0);
  expectSame(getEventListeners(signal, "abort").length, 0, {
    must: "leave no listeners on a signal: it may live as long as the program",
    lookAt: "addEventListener without removeEventListener when a task ends",
  });
}

export const abortChecks: readonly Check[] = [
  { group: "abort", name: "evaluate nothing under a signal that has fired", run: beforeStart },
  {
    group: "abort",
    name: "reject at once when its signal fires, and be usable afterwards",
    applies: ({ sharesFiles }) => sharesFiles,
    run: inFlight,
  },
  {
    group: "abort",
    name: "drop what has not started",
    applies: ({ cancels, sharesFiles }) => cancels && sharesFiles,
    run: dropQueued,
  },
  { group: "abort", name: "have all workers afterwards", run: allWorkers },
  { group: "abort", name: "leave other batches whole", run: oneOfTwo },
  { group: "abort", name: "leave no listeners on the signal", run: noListeners },
];
