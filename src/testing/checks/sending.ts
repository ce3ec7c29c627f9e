/** What cannot be sent. */
import { isTraceback } from "../../evaluation/traceback.ts";
import { expectRejection, expectSame, expectThat } from "../expectation.ts";
import type { Trial } from "../trial.ts";
import { type Check, range } from "./check.ts";

async function unsendableArgument(trial: Trial): Promise<void> {
  const evaluate = await trial.evaluator();
  const args: unknown[] = [1, { model: { f: () => 1 } }, 3];
  const results = await evaluate((arg: unknown) => arg, args, { errorHandling: "continue", onSettled: () => {} });
  expectOnlySecondFails(
    results,
    [1, 3],
    /model\.f/,
    "an argument that cannot be sent",
    "submit(): it must reject for that task alone",
  );
}

async function unsendableResult(trial: Trial): Promise<void> {
  const evaluate = await trial.evaluator();
  const criterion = (i: number): unknown => (i === 1 ? { model: { f: () => 1 } } : i);
  const results = await evaluate(criterion, range(3), { errorHandling: "continue", onSettled: () => {} });
  const lookAt = "the worker: what it cannot encode must be that task's error, not its end";
  expectOnlySecondFails(results, [0, 2], /model\.f/, "a result that cannot be sent", lookAt);
}

function expectOnlySecondFails(
  [first, second, third]: readonly unknown[],
  others: readonly unknown[],
  path: RegExp,
  what: string,
  lookAt: string,
): void {
  const must = `fail ${what} with an error that names the path to it, and no other task`;
  expectThat(isTraceback(second) && path.test(second), { must, lookAt }, second);
  expectSame([first, third], others, { must, lookAt });
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
