import { FanoptError } from "../../errors.ts";
import { awsFailure } from "./aws-failure.ts";
import { type Check, type CheckResult, type Finding, failed, type Place, skipped } from "./check.ts";

/**
 * Runs each check as soon as those that it needs have not failed, and gives the results in the order of the list, each as soon as it and all
 * before it are known.
 *
 * @param limitSeconds What a check may take, not counting those that it waits for; then it has failed.
 * @param place Where the checks look: remedies speak of it.
 */
export async function* runChecks<Context>(
  checks: readonly Check<Context>[],
  context: Context,
  limitSeconds: number,
  place: Place,
): AsyncGenerator<CheckResult> {
  const results = new Map<string, Promise<CheckResult>>();
  for (const check of checks) {
    const needed = check.needs.map((name) => results.get(name)).filter((result) => result !== undefined);
    const result = Promise.all(needed).then(async (before) => {
      const cause = before.find(({ status }) => status === "failed");
      const finding =
        cause === undefined
          ? await within(limitSeconds, place, (signal) => check.run(context, signal))
          : skipped(`not checked, because "${cause.name}" failed`);
      return { name: check.name, ...finding };
    });
    results.set(check.name, result);
  }
  for (const result of results.values()) yield await result;
}

/** What to do where a check does not know better. */
const REMEDIES: Readonly<Record<Place, { readonly late: string; readonly failed: string }>> = {
  AWS: {
    late: "Check the network, a proxy or VPN, the region and the endpoint. Where it is only slow: --timeout <seconds>.",
    failed: "Correct what it names, or deploy again (npx sst deploy).",
  },
  "this machine": {
    late: "This machine may be busy with other work. Where it is only slow: --timeout <seconds>.",
    failed: "Correct what it names. If installing fanopt again (npm ci) does not mend it, report it.",
  },
};

async function within(
  seconds: number,
  place: Place,
  look: (signal: AbortSignal) => Finding | Promise<Finding>,
): Promise<Finding> {
  const ending = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Finding>((resolve) => {
    timer = setTimeout(() => {
      resolve(failed(`no answer within ${seconds} s`, REMEDIES[place].late));
      ending.abort();
    }, seconds * 1000);
  });
  const looking = async () => look(ending.signal);
  try {
    return await Promise.race([looking().catch((error: unknown) => failureOf(error, place)), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Errors of fanopt say themselves what to do, after their first sentence. */
function failureOf(error: unknown, place: Place): Finding {
  if (!(error instanceof FanoptError)) return awsFailure(error, place);
  const [, what = error.message, remedy] = /^(.+?\.)\s+(.+)$/s.exec(error.message) ?? [];
  return failed(what, remedy ?? REMEDIES[place].failed);
}
