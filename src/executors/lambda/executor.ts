import { addUsage, noUsage, type Usage } from "../../usage.ts";
import type { Executor } from "../types.ts";
import { checkLambdaOptions, type LambdaExecutorOptions } from "./options.ts";
import { Session } from "./session.ts";

/** What an executor did since it was made: what all its tasks took. */
export interface LambdaExecutorCounts extends Usage {
  /** Invocations that only found out that a worker had not got the artifact. */
  readonly artifactMisses: number;
}

/** Runs functions as invocations of a Lambda function: one invocation a task, or for several (`pointsPerInvocation`). */
export interface LambdaExecutor extends Executor {
  readonly counts: LambdaExecutorCounts;
  /**
   * Ends what is under way, closes sockets and the embedded Lambda. An executor that was made by `createLambdaExecutor` cannot be used
   * afterwards; the shared `lambdaExecutor` opens again when it is next used.
   */
  close(): Promise<void>;
}

/**
 * An executor that invokes a deployed evaluator function for each task, at the same time. Lazy: nothing is read, found or opened before the
 * first task. An invocation that did not run (throttled, no connection) is sent again; one whose answer was lost is evaluated again, and one
 * answer is taken. After three losses of a point's answers, and a minute, its batch ends with an InfrastructureError.
 *
 * @throws InvalidInputError for a wrong option.
 * @example
 * await using executor = createLambdaExecutor({ functionName: "fanopt-evaluator", maxConcurrency: 200 });
 */
export function createLambdaExecutor(options: LambdaExecutorOptions = {}): LambdaExecutor {
  checkLambdaOptions(options);
  return executorOf(options, false);
}

/**
 * The executor that needs no set-up: finds the deployed function when it is first used (or the embedded Lambda under FANOPT_LAMBDA=local).
 * One for the process: closing it ends what is under way, and its next use opens it again.
 */
export const lambdaExecutor: LambdaExecutor = /* @__PURE__ */ executorOf({}, true);

function executorOf(options: LambdaExecutorOptions, reopens: boolean): LambdaExecutor {
  const counts = { ...noUsage, artifactMisses: 0 };
  const counter = {
    count: (usage: Partial<Usage>) => Object.assign(counts, addUsage(counts, usage)),
    countMiss: () => {
      counts.artifactMisses += 1;
    },
  };
  let session = new Session(options, counter);
  const close = () => {
    const ending = session;
    if (reopens) session = new Session(options, counter);
    return ending.close();
  };
  return {
    counts,
    submit: (fun, arg, given = {}) => session.submit(fun, arg, given),
    close,
    [Symbol.asyncDispose]: close,
  };
}
