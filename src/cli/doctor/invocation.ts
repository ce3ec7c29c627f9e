import type { LambdaClient } from "@aws-sdk/client-lambda";
import { FanoptError, show } from "../../errors.ts";
import { createLambdaExecutor, type LambdaExecutor } from "../../executors/lambda/executor.ts";
import { defineCriterion } from "../../transport/define-criterion.ts";
import { VERSION } from "../../version.ts";
import { ARTIFACT_NOT_ALLOWED, type WorkerResponse } from "../../worker/protocol.ts";
import { type Finding, failed, passed, skipped } from "./check.ts";
import type { AwsContext } from "./context.ts";
import { deployedFunction } from "./deployed.ts";
import type { ProbeAnswer, probe } from "./probe.ts";

/** Seconds for which a throttled invocation is tried again. */
const RETRY_SECONDS = 5;

export async function checkInvocation(
  { lambda, options, environment }: AwsContext,
  signal: AbortSignal,
): Promise<Finding> {
  const { name } = deployedFunction(options.function, environment);
  return await roundTrips(await lambda(), name, signal);
}

/** Has the probe evaluated twice, by the way that every point goes: the first time the function may have to be started. */
export async function roundTrips(client: LambdaClient, functionName: string, signal: AbortSignal): Promise<Finding> {
  const versions = watchVersions(client);
  await using executor = createLambdaExecutor({ client, functionName, retrySeconds: RETRY_SECONDS });
  const fun = defineCriterion<typeof probe>(new URL("./probe.ts", import.meta.url), { export: "probe" });
  try {
    // Bundled before the clock starts.
    const point = Float64Array.of(1, 2, -0.5);
    const here = await fun(point);
    const first = await roundTrip(executor, fun, point, signal);
    const second = await roundTrip(executor, fun, point, signal);
    const { sumOfSquares, node, architecture } = first.answer;
    if (sumOfSquares !== here.sumOfSquares)
      return failed(
        `the function computed ${show(sumOfSquares)} where this machine computes ${here.sumOfSquares}`,
        "The function is not the evaluator of this fanopt: deploy it again (npx sst deploy).",
      );
    const version = versions.at(-1) ?? "of unknown version";
    return passed(
      `${first.timing}, then ${second.timing}; fanopt ${version} on Node.js ${node}, ${architecture}`,
      ...(version === VERSION
        ? []
        : [
            `This is fanopt ${VERSION}. They understand each other; deploying again (npx sst deploy) makes both the same.`,
          ]),
    );
  } catch (error) {
    const { code, message } = error as { code?: unknown; message: string };
    if (code === ARTIFACT_NOT_ALLOWED)
      return skipped(`it answered, as fanopt ${versions.at(-1)}, but the probe may not run there.\n${message}`);
    if (error instanceof FanoptError) return failed(message, remedyFor(error));
    throw error;
  }
}

interface RoundTrip {
  readonly answer: ProbeAnswer;
  /** E.g. "cold 812 ms". */
  readonly timing: string;
}

async function roundTrip(
  executor: LambdaExecutor,
  fun: (point: Float64Array) => Promise<ProbeAnswer>,
  point: Float64Array,
  signal: AbortSignal,
): Promise<RoundTrip> {
  const { coldStarts } = executor.counts;
  const started = performance.now();
  const answer = await executor.submit(fun, point, { signal });
  const milliseconds = Math.round(performance.now() - started);
  return { answer, timing: `${executor.counts.coldStarts > coldStarts ? "cold" : "warm"} ${milliseconds} ms` };
}

/** Collects the versions of fanopt that answer. */
function watchVersions(client: LambdaClient): string[] {
  const versions: string[] = [];
  client.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const { Payload } = result.output as { Payload?: Uint8Array };
      if (Payload !== undefined) versions.push(versionIn(Payload));
      return result;
    },
    { step: "initialize" },
  );
  return versions;
}

function versionIn(payload: Uint8Array): string {
  const { version } = JSON.parse(Buffer.from(payload).toString("utf8")) as Partial<WorkerResponse>;
  return String(version);
}

function remedyFor({ code }: FanoptError): string {
  return REMEDIES[code] ?? "As the message says; the function's log in CloudWatch may say more.";
}

const REMEDIES: Readonly<Record<string, string>> = {
  "function-not-found": "Deploy it (npx sst deploy), or check name, region and account.",
  "not-authorized": "Let an administrator allow lambda:InvokeFunction on this function to this user or role.",
  "not-an-evaluator": "Deploy the evaluator (npx sst deploy), and name it by --function or FANOPT_FUNCTION.",
  "protocol-mismatch":
    "Deploy the function again from this version (npx sst deploy), or install the function's version here.",
  throttled: "Wait until other work on the account ends, or ask for more concurrency (Service Quotas, AWS Lambda).",
  "not-connected": "Check the network, a proxy or VPN, the region and the endpoint.",
};
