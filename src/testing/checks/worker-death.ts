/** Workers that end under a point. */
import { isTraceback } from "../../evaluation/traceback.ts";
import { expectRejection, expectSame, expectThat } from "../expectation.ts";
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
    name: "reject the batch",
    applies: ({ workerDeath }) => workerDeath === "fails-batch",
    run: failsBatch,
  },
];
