/** What the criterion throws. */
import { isTraceback } from "../../evaluation/traceback.ts";
import type { BatchEvaluator } from "../../evaluation/types.ts";
import { expectRejection, expectSame, expectThat } from "../expectation.ts";
import type { Trial } from "../trial.ts";
import { type Check, range } from "./check.ts";

const lookAt =
  "how workers tell errors: String(error) loses name, code, stack and causes; what loadFunction gives and unpackOutcome throws keeps them";

class ModelError extends RangeError {
  override name = "ModelError";
  readonly code = "E_MODEL";
}

function failing(x: number): number {
  throw new ModelError(`x must be below 3, but is ${x}`, {
    cause: new TypeError("inner", { cause: new Error("innermost") }),
  });
}

function thrownBy(evaluate: BatchEvaluator, criterion: (x: number) => unknown, must: string): Promise<Error> {
  return expectRejection(evaluate(criterion, [3]), { must, lookAt });
}

async function builtIn(trial: Trial): Promise<void> {
  const evaluate = await trial.evaluator();
  const must = "keep class, name and message of a built-in error";
  const error = await thrownBy(
    evaluate,
    (x) => {
      throw new RangeError(`${x} is out of range`);
    },
    must,
  );
  expectSame([error instanceof RangeError, error.name, error.message], [true, "RangeError", "3 is out of range"], {
    must,
    lookAt,
  });
  const rejected = await thrownBy(evaluate, async (x) => Promise.reject(new SyntaxError(`no ${x}`)), must);
  expectSame([rejected instanceof SyntaxError, rejected.message], [true, "no 3"], { must, lookAt });
}

async function custom(trial: Trial): Promise<void> {
  const error = await thrownBy(await trial.evaluator(), failing, "reject with an error");
  const { name, message, code } = error as Error & { code?: unknown };
  expectSame([name, message, code], ["ModelError", "x must be below 3, but is 3", "E_MODEL"], {
    must: "keep name, message and code of an error of a class of the user's",
    lookAt,
  });
}

async function causes(trial: Trial): Promise<void> {
  const evaluate = await trial.evaluator();
  const must = "keep the causes of an error, and the errors of an AggregateError";
  const { cause } = await thrownBy(evaluate, failing, must);
  expectThat(cause instanceof Error, { must, lookAt }, cause);
  const innermost = cause.cause as Error | undefined;
  expectSame([cause.name, cause.message, innermost?.message], ["TypeError", "inner", "innermost"], { must, lookAt });
  const both = await thrownBy(
    evaluate,
    () => {
      throw new AggregateError([new RangeError("a"), new Error("b")], "two");
    },
    must,
  );
  const messages = (both as AggregateError).errors?.map((one: Error) => `${one.name}: ${one.message}`);
  expectSame([both.name, both.message, messages], ["AggregateError", "two", ["RangeError: a", "Error: b"]], {
    must,
    lookAt,
  });
}

async function remoteStack(trial: Trial): Promise<void> {
  const { stack = "" } = await thrownBy(await trial.evaluator(), failing, "reject with an error");
  const expectation = {
    must: "keep the stack of the worker, in the user's file: a line that names the function failing and checks/errors.ts (or .js) with its line",
    lookAt: `${lookAt}. unpackOutcome maps positions in bundles to the user's files, in the process that packed the function`,
  };
  expectThat(/at (?:\S+\.)?failing \(.*errors\.[jt]s:\d+/.test(stack), expectation, stack);
}

async function nonErrors(trial: Trial): Promise<void> {
  const evaluate = await trial.evaluator();
  const thrown: readonly unknown[] = ["just text", undefined, null, 42, { reason: "an object" }];
  const told = ["just text", "undefined", "null", "42", "an object"];
  const criterion = (index: number) =>
    Promise.reject(["just text", undefined, null, 42, { reason: "an object" }][index]);
  const results = await evaluate(criterion, range(thrown.length), { errorHandling: "continue", onSettled: () => {} });
  for (const [index, result] of results.entries())
    expectThat(
      isTraceback(result) && result.includes(told[index]),
      { must: "tell also what is thrown and is no Error", lookAt },
      result,
    );
}

async function continues(trial: Trial): Promise<void> {
  const evaluate = await trial.evaluator();
  const told: number[] = [];
  const criterion = (x: number) => (x % 3 === 1 ? failing(x) : 2 * x);
  const args = range(10 * trial.traits.nWorkers);
  const results = await evaluate(criterion, args, {
    errorHandling: "continue",
    onSettled: (index) => told.push(index),
  });
  const must = "fail the points whose evaluation threw, each with its own error, and no other (continue)";
  const seen = results.map((one) => (isTraceback(one) ? /ModelError: .* is \d+/.exec(one)?.[0] : one));
  expectSame(
    seen,
    args.map((x) => (x % 3 === 1 ? `ModelError: x must be below 3, but is ${x}` : 2 * x)),
    { must, lookAt },
  );
  expectSame(
    told.sort((a, b) => a - b),
    args,
    { must: "tell of each point once as it ends", lookAt },
  );
}

async function ownAbortError(trial: Trial): Promise<void> {
  const evaluate = await trial.evaluator();
  const criterion = (x: number) => {
    if (x === 1) throw new DOMException("the criterion's own request was aborted", "AbortError");
    return x;
  };
  const results = await evaluate(criterion, range(3), { errorHandling: "continue", onSettled: () => {} });
  const must = "tell an AbortError of the criterion from an abort of the batch";
  expectThat(isTraceback(results[1]) && results[1].includes("own request"), { must, lookAt }, results[1]);
  expectSame([results[0], results[2]], [0, 2], { must, lookAt });
}

export const errorChecks: readonly Check[] = [
  { group: "errors", name: "keep class, name and message of built-in errors", run: builtIn },
  { group: "errors", name: "keep name, message and code of errors of the user's classes", run: custom },
  { group: "errors", name: "keep causes and the errors of an AggregateError", run: causes },
  { group: "errors", name: "keep the worker's stack, in the user's file", run: remoteStack },
  { group: "errors", name: "tell what is thrown and is no Error", run: nonErrors },
  { group: "errors", name: "fail under continue the points that threw and no other", run: continues },
  { group: "errors", name: "tell an AbortError of the criterion from an abort of the batch", run: ownAbortError },
];
