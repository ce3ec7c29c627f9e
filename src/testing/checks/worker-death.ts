/** Workers that end under a point. */
import { isTraceback } from "../../evaluation/traceback.ts";
import { expectRejection, expectSame, expectThat } from "../expectation.ts";
import { leaveMark, marksIn, sleep, untilMarked } from "../marks.ts";
import { expectOverlap } from "../overlap.ts";
import type { Trial } from "../trial.ts";
import { type Check, range } from "./check.ts";

const lookAt =
  "what learns that a worker ended ('exit' of a process, a lease that runs out): the task that it had must reject with an error that says how it ended, and " +
  "another worker must take its place";
const FATAL = 3;

/** One point ends its worker, the others are whole, and so is the next batch. */
async function expectToSurvive(trial: Trial, die: () => Promise<unknown>, told: RegExp, how: string): Promise<void> {
  const evaluate = await trial.evaluator();
  const args = range(4 * trial.traits.nWorkers);
  const criterion = async (index: number) => (index === FATAL ? die() : index ** 2);
  const results = await evaluate(criterion, args, { errorHandling: "continue", onSettled: () => {} });
  const must = `fail the point whose worker ${how}, and no other`;
  const fatal = results[FATAL];
  expectThat(
    isTraceback(fatal) && told.test(fatal),
    { must: `${must}, with an error that says so (${told})`, lookAt },
    fatal,
  );
  expectSame(
    results.with(FATAL, null),
    args.map((index) => (index === FATAL ? null : index ** 2)),
    { must, lookAt },
  );
  expectSame(
    await evaluate((x: number) => -x, args),
    args.map((x) => -x),
    {
      must: "evaluate later batches whole after a worker's death",
      lookAt,
    },
  );
}

function survivesExit(trial: Trial): Promise<void> {
  return expectToSurvive(trial, async () => process.exit(7), /exit.*\b7\b/is, "called process.exit(7)");
}

function survivesSignal(trial: Trial): Promise<void> {
  const die = () => {
    process.kill(process.pid, "SIGKILL");
    return new Promise(() => setTimeout(() => {}, 60_000));
  };
  return expectToSurvive(trial, die, /SIGKILL|signal|killed/i, "was killed");
}

/**
 * Each point is slow enough to have a message of its own: of points that shared one with the fatal point nobody knows whether they had ended.
 * The fatal one ends its worker while another runs, and after others have ended.
 */
async function othersOnce(trial: Trial): Promise<void> {
  const { nWorkers, seconds } = trial.traits;
  const evaluate = await trial.evaluator();
  const folder = await trial.folder();
  const args = range(4 * nWorkers);
  const fatal = 2 * nWorkers;
  const patience = seconds / 10;
  const criterion = async (index: number) => {
    leaveMark(folder, index);
    if (index === fatal) {
      if (nWorkers > 1) await untilMarked(folder, fatal + 1, patience);
      await sleep(60);
      process.exit(7);
    }
    await sleep(index === fatal + 1 ? 400 : 60);
    return index;
  };
  await evaluate(criterion, args, { errorHandling: "continue", onSettled: () => {} });
  const counts = marksIn(folder);
  // Those that wait when the worker ends are evaluated later, the fatal one perhaps once more.
  const others = args.filter((index) => index !== fatal);
  expectSame(
    Object.fromEntries(others.map((index) => [index, counts.get(String(index)) ?? 0])),
    Object.fromEntries(others.map((index) => [index, 1])),
    {
      must: "evaluate no other point again when a worker ends under one (counted here: evaluations by argument)",
      lookAt:
        "what is done when a worker ended: only the task that it had is concerned, neither those that have ended nor those of other workers",
    },
  );
}

async function allWorkers(trial: Trial): Promise<void> {
  const evaluate = await trial.evaluator();
  const criterion = async (index: number) => {
    // Each of them has a message of its own.
    await sleep(20);
    return index === 0 ? process.exit(7) : index;
  };
  const args = range(2 * trial.traits.nWorkers);
  await evaluate(criterion, args, { errorHandling: "continue", onSettled: () => {} });
  await expectOverlap(trial, evaluate, {
    when: ", also after a worker's death",
    lookAt: "what is done when a worker ended: another must take its place, also where others are left",
  });
}

async function failsBatch(trial: Trial): Promise<void> {
  const evaluate = await trial.evaluator();
  const criterion = (index: number) => (index === FATAL ? process.exit(7) : index);
  await expectRejection(evaluate(criterion, range(4 * trial.traits.nWorkers)), {
    must: "reject when a worker ends under a point, and leave the driver alive",
    lookAt,
  });
}

export const workerDeathChecks: readonly Check[] = [
  {
    group: "worker death",
    name: "survive process.exit() of a criterion",
    applies: ({ workerDeath }) => workerDeath === "survives",
    run: survivesExit,
  },
  {
    group: "worker death",
    name: "survive a worker that is killed",
    applies: ({ workerDeath, isolation }) => workerDeath === "survives" && isolation === "process",
    run: survivesSignal,
  },
  {
    group: "worker death",
    name: "evaluate no other point again",
    applies: ({ workerDeath, sharesFiles }) => workerDeath === "survives" && sharesFiles,
    run: othersOnce,
  },
  {
    group: "worker death",
    name: "have as many workers as before",
    applies: ({ workerDeath }) => workerDeath === "survives",
    run: allWorkers,
  },
  {
    group: "worker death",
    name: "reject the batch",
    applies: ({ workerDeath }) => workerDeath === "fails-batch",
    run: failsBatch,
  },
];
