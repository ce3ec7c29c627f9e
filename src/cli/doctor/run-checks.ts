import { FanoptError } from "../../errors.ts";
import { awsFailure } from "./aws-failure.ts";
import { type Check, type CheckResult, type Finding, failed, skipped } from "./check.ts";

/**
 * Runs each check as soon as those that it needs have not failed, and gives the results in the order of the list, each as soon as it and all
 * before it are known.
 *
 * @param limitSeconds What a check may take, not counting those that it waits for; then it has failed.
 */
export async function* runChecks<Context>(
  checks: readonly Check<Context>[],
  context: Context,
  limitSeconds: number,
): AsyncGenerator<CheckResult> {
  const results = new Map<string, Promise<CheckResult>>();
  for (const check of checks) {
    const needed = check.needs.map((name) => results.get(name)).filter((result) => result !== undefined);
    const result = Promise.all(needed).then(async (before) => {
      const cause = before.find(({ status }) => status === "failed");
      const finding =
        cause === undefined
          ? await within(limitSeconds, (signal) => check.run(context, signal))
          : skipped(`not checked, because "${cause.name}" failed`);
      return { name: check.name, ...finding };
    });
    results.set(check.name, result);
  }
  for (const result of results.values()) yield await result;
}

async function within(seconds: number, look: (signal: AbortSignal) => Finding | Promise<Finding>): Promise<Finding> {
  const ending = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Finding>((resolve) => {
    timer = setTimeout(() => {
      resolve(
        failed(
          `no answer within ${seconds} s`,
          "Check the network, a proxy or VPN, the region and the endpoint. Where it is only slow: --timeout <seconds>.",
        ),
      );
      ending.abort();
    }, seconds * 1000);
  });
  const looking = async () => look(ending.signal);
  try {
    return await Promise.race([looking().catch(failureOf), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Errors of fanopt say themselves what to do, after their first sentence. */
function failureOf(error: unknown): Finding {
  if (!(error instanceof FanoptError)) return awsFailure(error);
  const [, what = error.message, remedy] = /^(.+?\.)\s+(.+)$/s.exec(error.message) ?? [];
  return failed(what, remedy ?? "Correct what it names, or deploy again (npx sst deploy).");
}
