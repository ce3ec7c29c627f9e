import { AssertionError } from "node:assert";
import { MAX_TIMER_MS } from "../timer.ts";
import { abortChecks } from "./checks/abort.ts";
import type { Check, CheckGroup } from "./checks/check.ts";
import { closureChecks } from "./checks/closures.ts";
import { disposalChecks } from "./checks/disposal.ts";
import { errorChecks } from "./checks/errors.ts";
import { lifetimeChecks } from "./checks/lifetime.ts";
import { minimizeChecks } from "./checks/minimize.ts";
import { orderChecks } from "./checks/order.ts";
import { raiseChecks } from "./checks/raise.ts";
import { sendingChecks } from "./checks/sending.ts";
import { valueChecks } from "./checks/values.ts";
import { workerDeathChecks } from "./checks/worker-death.ts";
import { unmet } from "./expectation.ts";
import { importFactory } from "./module.ts";
import { type ConformanceSetting, type Traits, traitsOf } from "./setting.ts";
import { Trial } from "./trial.ts";

/** One thing that an executor must do. */
export interface ConformanceCheck {
  /** "errors: a custom error keeps its name, message and code": unique, the group first. */
  readonly name: string;
  readonly group: CheckGroup;
  /**
   * Rejects with an AssertionError that says what was expected, what came, and what to look at in the executor. Where the setting's module cannot be
   * imported or does not have the export: with that error.
   */
  run(): Promise<void>;
}

const CHECKS: readonly Check[] = [
  ...orderChecks,
  ...valueChecks,
  ...sendingChecks,
  ...closureChecks,
  ...errorChecks,
  ...raiseChecks,
  ...abortChecks,
  ...disposalChecks,
  ...workerDeathChecks,
  ...lifetimeChecks,
  ...minimizeChecks,
];

/**
 * What every executor of fanopt must do, as checks for any test runner. Each makes its own executor, uses it as `executorBatchEvaluator` and `minimize`
 * do, and disposes of it. Checks that do not apply to the setting are not in the list.
 *
 * @throws InvalidInputError for a wrong setting.
 * @example
 * describe("my executor", () => {
 *   const checks = executorConformance({ module: new URL("./my-executor.ts", import.meta.url), nWorkers: 4 });
 *   for (const { name, run } of checks) it(name, run, 120_000);
 * });
 */
export function executorConformance(setting: ConformanceSetting): readonly ConformanceCheck[] {
  const traits = traitsOf(setting);
  return CHECKS.filter(({ applies }) => applies?.(traits) ?? true).map((check) => ({
    name: `${check.group}: ${check.name}`,
    group: check.group,
    run: () => runCheck(check, traits),
  }));
}

async function runCheck(check: Check, traits: Traits): Promise<void> {
  // What is wrong with the setting is no executor's fault, and told as it is.
  await within(
    traits.seconds,
    `be in a module that can be imported (${traits.module})`,
    importFactory(String(traits.module), traits.export),
  );
  const trial = new Trial(traits);
  try {
    await within(traits.seconds, check.name, check.run(trial));
  } catch (error) {
    // What hangs may hang here too: the failure matters more.
    await within(traits.seconds, "", trial[Symbol.asyncDispose]()).catch(() => {});
    throw error instanceof AssertionError
      ? error
      : unmet({ must: check.name, lookAt: "what this error comes from" }, error);
  }
  const ending = `end what it has when it is disposed of (after the check "${check.name}")`;
  await within(traits.seconds, ending, trial[Symbol.asyncDispose]());
}

async function within(seconds: number, must: string, running: Promise<unknown>): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>();
  const lookAt =
    "promises that nobody settles: of tasks that were dropped or whose worker is gone, of messages that were not answered";
  const timer = setTimeout(
    () => reject(unmet({ must, lookAt }, `nothing within ${seconds} s, the limit of this check`)),
    Math.min(1_000 * seconds, MAX_TIMER_MS),
  );
  try {
    await Promise.race([running, promise]);
  } finally {
    clearTimeout(timer);
  }
}
