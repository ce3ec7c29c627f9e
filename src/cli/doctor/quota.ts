import { DEFAULT_CONCURRENCY } from "../../executors/lambda/target.ts";
import { isDenied } from "./aws-failure.ts";
import { type Finding, failed, passed, skipped } from "./check.ts";
import type { AwsContext } from "./context.ts";
import { deployedFunction } from "./deployed.ts";

/** How many points the account evaluates at the same time. */
export async function checkQuota(context: AwsContext, signal: AbortSignal): Promise<Finding> {
  const [account, reserved] = await Promise.all([accountConcurrency(context, signal), reservedFor(context, signal)]);
  if (reserved === 0)
    return failed(
      "reserved concurrency 0: every invocation is throttled",
      "Remove the function's reserved concurrency (somebody may have set it to 0 to stop it), or raise it.",
    );
  if (account === undefined)
    return skipped(
      "concurrency may not be read: lambda:GetAccountSettings is denied",
      "No driver needs it. To have it checked, allow lambda:GetAccountSettings to this user or role.",
    );
  const own = reserved === undefined ? "" : `, ${reserved} reserved for the function`;
  const detail = `${account.all} concurrent executions in the region, ${account.unreserved} of them unreserved${own}`;
  const usable = reserved ?? account.unreserved;
  if (usable >= DEFAULT_CONCURRENCY) return passed(detail);
  const more =
    reserved === undefined
      ? 'ask for more (Service Quotas, AWS Lambda, "Concurrent executions")'
      : "raise the reservation";
  return passed(
    detail,
    `At most ${usable} points are evaluated at the same time; more wait. createLambdaExecutor({ maxConcurrency: ${usable} }) avoids throttled requests; for more speed ${more}.`,
  );
}

interface AccountConcurrency {
  readonly all: number;
  readonly unreserved: number;
}

/** Undefined where it may not be read. */
async function accountConcurrency(
  { lambda }: AwsContext,
  signal: AbortSignal,
): Promise<AccountConcurrency | undefined> {
  const { GetAccountSettingsCommand } = await import("@aws-sdk/client-lambda");
  const client = await lambda();
  return await unlessDenied(async () => {
    const { AccountLimit } = await client.send(new GetAccountSettingsCommand(), { abortSignal: signal });
    const all = AccountLimit?.ConcurrentExecutions ?? 0;
    return { all, unreserved: AccountLimit?.UnreservedConcurrentExecutions ?? all };
  });
}

/** Undefined where nothing is reserved, or it may not be read. */
async function reservedFor(context: AwsContext, signal: AbortSignal): Promise<number | undefined> {
  const { name } = deployedFunction(context.options.function, context.environment);
  const { GetFunctionConcurrencyCommand } = await import("@aws-sdk/client-lambda");
  const client = await context.lambda();
  return await unlessDenied(async () => {
    const command = new GetFunctionConcurrencyCommand({ FunctionName: name });
    return (await client.send(command, { abortSignal: signal })).ReservedConcurrentExecutions;
  });
}

async function unlessDenied<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (isDenied(error)) return undefined;
    throw error;
  }
}
