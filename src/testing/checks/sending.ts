/** What cannot be sent. */
import { isTraceback } from "../../evaluation/traceback.ts";
import { expectRejection, expectSame, expectThat } from "../expectation.ts";
import type { Trial } from "../trial.ts";
import type { Check } from "./check.ts";

function unsendableArgument(trial: Trial): Promise<void> {
  const args: unknown[] = [1, { model: { f: () => 1 } }, 3];
  const lookAt = "submit(): it must reject for that task alone";
  return expectOnlySecondFails(trial, (arg) => arg, args, "an argument that cannot be sent", lookAt);
}

function unsendableResult(trial: Trial): Promise<void> {
  const criterion = (i: unknown): unknown => (i === 2 ? { model: { f: () => 1 } } : i);
  const lookAt = "the worker: what it cannot encode must be that task's error, not its end";
  return expectOnlySecondFails(trial, criterion, [1, 2, 3], "a result that cannot be sent", lookAt);
}

async function expectOnlySecondFails(
  trial: Trial,
  criterion: (arg: unknown) => unknown,
  args: readonly unknown[],
  what: string,
  lookAt: string,
): Promise<void> {
  const evaluate = await trial.evaluator();
  const batch = evaluate(criterion, args, { errorHandling: "continue", onSettled: () => {} });
  if (trial.traits.workerDeath === "fails-batch") {
    const expectation = { must: `reject for ${what} with an error that names the path to it`, lookAt };
    const error = await expectRejection(batch, expectation);
    expectThat(/model\.f/.test(error.message), expectation, error);
    return;
  }
  const [first, second, third] = await batch;
  const must = `fail ${what} with an error that names the path to it, and no other task`;
  expectThat(isTraceback(second) && /model\.f/.test(second), { must, lookAt }, second);
  expectSame([first, third], [1, 3], { must, lookAt });
}

async function unsendableCapture(trial: Trial): Promise<void> {
  const evaluate = await trial.evaluator();
  const pending = { rates: Promise.resolve(1) };
  const criterion = async (x: number) => x + (await pending.rates);
  const expectation = {
    must: "end the batch, also under continue, where the criterion captured what cannot be sent: with an error that names the variable",
    lookAt: "errors of packFunction: they must be what the tasks reject with, as they are",
  };
  const error = await expectRejection(
    evaluate(criterion, [1, 2], { errorHandling: "continue", onSettled: () => {} }),
    expectation,
  );
  expectThat(/pending/.test(error.message), expectation, error);
  const results = await evaluate((x: number) => x, [5]);
  expectSame(results, [5], { must: "be usable after a criterion that cannot be sent", lookAt: expectation.lookAt });
}

const isCopied: Check["applies"] = ({ isolation }) => isolation !== "none";

export const sendingChecks: readonly Check[] = [
  {
    group: "values",
    name: "name the path in an argument that cannot be sent",
    applies: isCopied,
    run: unsendableArgument,
  },
  { group: "values", name: "name the path in a result that cannot be sent", applies: isCopied, run: unsendableResult },
  {
    group: "closures",
    name: "name the captured variable that cannot be sent",
    applies: isCopied,
    run: unsendableCapture,
  },
];
