/** await using. */
import { executorBatchEvaluator } from "../../evaluation/executor-batch-evaluator.ts";
import { expectRejection, expectSame, expectThat } from "../expectation.ts";
import { leaveMark, untilMarks, untilReleased } from "../marks.ts";
import type { MadeExecutor } from "../module.ts";
import type { Trial } from "../trial.ts";
import { type Check, range } from "./check.ts";

async function dispose(executor: MadeExecutor): Promise<void> {
  const method = executor[Symbol.asyncDispose];
  expectThat(
    typeof method === "function",
    { must: "have [Symbol.asyncDispose]", lookAt: "the setting: disposable: false is for executors that need none" },
    method,
  );
  await method.call(executor);
}

async function twice(trial: Trial): Promise<void> {
  const executor = await trial.executor();
  await executorBatchEvaluator(executor)((x: number) => x, [1]);
  await Promise.all([dispose(executor), dispose(executor)]);
  await dispose(executor);
}

async function unused(trial: Trial): Promise<void> {
  await dispose(await trial.executor());
}

async function useAfter(trial: Trial): Promise<void> {
  const executor = await trial.executor();
  const evaluate = executorBatchEvaluator(executor);
  await evaluate((x: number) => x, range(3));
  await dispose(executor);
  const expectation = {
    must: "reject what comes after its disposal with an error that says that it was closed",
    lookAt: "a flag that disposal sets and submit() looks at",
  };
  const error = await expectRejection(
    evaluate((x: number) => x, range(3)),
    expectation,
  );
  expectThat(/clos|dispos|end|shut|stop|terminat/i.test(error.message), expectation, error);
}

async function whileRunning(trial: Trial): Promise<void> {
  const executor = await trial.executor();
  const folder = await trial.folder();
  const criterion = async (index: number) => {
    leaveMark(folder, index);
    await untilReleased(folder);
    return index;
  };
  const batch = executorBatchEvaluator(executor)(criterion, range(4 * trial.traits.nWorkers));
  const rejection = expectRejection(batch, {
    must: "reject what is under way when it is disposed of",
    lookAt: "tasks that run and tasks that wait: whoever awaits them must not wait for ever",
  });
  rejection.catch(() => {});
  expectThat(
    await untilMarks(folder, 1, trial.traits.seconds),
    { must: "start a batch", lookAt: "submit()" },
    "no evaluation",
  );
  await dispose(executor);
  await rejection;
}

async function anew(trial: Trial): Promise<void> {
  for (const round of range(2)) {
    const executor = await trial.executor();
    const results = await executorBatchEvaluator(executor)((x: number) => x + 1, range(5));
    expectSame(results, [1, 2, 3, 4, 5], {
      must: `work when it is made anew after another was disposed of (round ${round})`,
      lookAt: "what executors of one process share: the disposal of one must leave it usable for the next",
    });
    await dispose(executor);
  }
}

const isDisposable: Check["applies"] = ({ disposable }) => disposable;

export const disposalChecks: readonly Check[] = [
  { group: "disposal", name: "be disposable more than once", applies: isDisposable, run: twice },
  { group: "disposal", name: "be disposable before it was used", applies: isDisposable, run: unused },
  { group: "disposal", name: "reject what comes after it, and say why", applies: isDisposable, run: useAfter },
  {
    group: "disposal",
    name: "reject what is under way",
    applies: ({ disposable, sharesFiles }) => disposable && sharesFiles,
    run: whileRunning,
  },
  { group: "disposal", name: "leave the next executor usable", applies: isDisposable, run: anew },
];
