import type { GetFunctionConfigurationCommandOutput } from "@aws-sdk/client-lambda";
import { MAX_FUNCTION_SECONDS } from "../../executors/lambda/target.ts";
import { isDenied, isNotFound, said } from "./aws-failure.ts";
import { type Finding, failed, passed, skipped } from "./check.ts";
import type { AwsContext } from "./context.ts";
import { deployedFunction } from "./deployed.ts";

/** The Node.js versions that the evaluator's bundle is made for. */
const SUITABLE_RUNTIME = /^nodejs(2[2-9]|[3-9]\d)\.x$/;

/** Whether a function is named, and how. Needs no account. */
export function checkFunctionName({ options, environment }: AwsContext): Finding {
  const { name, from } = deployedFunction(options.function, environment);
  return environment.FANOPT_LAMBDA === "local"
    ? passed(
        `${name} (from ${from})`,
        "FANOPT_LAMBDA=local is set: lambdaExecutor does not use this function but the embedded Lambda. Unset it to evaluate on AWS.",
      )
    : passed(`${name} (from ${from})`);
}

/** Whether the function is there, and made as an evaluator should be. */
export async function checkFunction(context: AwsContext, signal: AbortSignal): Promise<Finding> {
  const { name } = deployedFunction(context.options.function, context.environment);
  const client = await context.lambda();
  const region = await client.config.region();
  const otherRegion = regionOfArn(name);
  if (otherRegion !== undefined && otherRegion !== region)
    return failed(
      `${name} is in ${otherRegion}, but the region is ${region}`,
      `Set AWS_REGION=${otherRegion} (or --region ${otherRegion}), or name a function in ${region}.`,
    );
  const { GetFunctionConfigurationCommand } = await import("@aws-sdk/client-lambda");
  try {
    const command = new GetFunctionConfigurationCommand({ FunctionName: name });
    return judge(await client.send(command, { abortSignal: signal }));
  } catch (error) {
    if (isNotFound(error))
      return failed(
        `there is no function ${name} in ${region}: ${said(error)}`,
        "Deploy it (npx sst deploy), or check name, region and account: another stage or profile may have it.",
      );
    if (isDenied(error))
      return skipped(
        "memory, timeout and state may not be read: lambda:GetFunctionConfiguration is denied",
        "No driver needs it. To have it checked, allow lambda:GetFunctionConfiguration to this user or role.",
      );
    throw error;
  }
}

function judge(settings: GetFunctionConfigurationCommandOutput): Finding {
  const { Runtime = "a container image", MemorySize, Timeout = 0, Architectures = [], LastModified } = settings;
  const { State = "Active", StateReason, LastUpdateStatus } = settings;
  const updated = LastModified === undefined ? "" : `, updated ${LastModified.slice(0, 10)}`;
  const detail = `${Runtime}, ${Architectures.join(" ")}, ${MemorySize} MB, ${Timeout} s, ${State}${updated}`;
  if (State === "Failed" || LastUpdateStatus === "Failed")
    return failed(
      `${detail}: ${settings.LastUpdateStatusReason ?? StateReason ?? "AWS does not say why"}`,
      "Deploy it again (npx sst deploy).",
    );
  const advice: string[] = [];
  if (State === "Pending" || LastUpdateStatus === "InProgress")
    advice.push("It is being created or updated: until that is done invocations may be refused or run the old code.");
  if (Timeout < MAX_FUNCTION_SECONDS)
    advice.push(
      `Evaluations that take more than ${Timeout} s are ended: raise the function's timeout to ${MAX_FUNCTION_SECONDS} s; it costs nothing.`,
    );
  if (settings.Runtime !== undefined && !SUITABLE_RUNTIME.test(settings.Runtime))
    advice.push(`The evaluator is made for nodejs22.x and nodejs24.x, not for ${settings.Runtime}: deploy it again.`);
  return passed(detail, ...advice);
}

function regionOfArn(name: string): string | undefined {
  return /^arn:[^:]+:lambda:([^:]+):/.exec(name)?.[1];
}
