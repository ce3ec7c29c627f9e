import { evaluatorBundle } from "./evaluator-bundle.ts";
import { type EvaluatorOptions, evaluatorSettings } from "./evaluator-options.ts";
import type { SstComponent, SstGlobals } from "./globals.ts";
import { requireSst } from "./inside-sst.ts";

declare const sst: SstGlobals["sst"];
declare const aws: SstGlobals["aws"];
declare const $app: SstGlobals["$app"];

const LOG_RETENTION_DAYS = 30;

/**
 * The Lambda function that evaluates points, linked as `FanoptEvaluator`. It may write its log and do nothing else, has no URL, and can be
 * invoked by those whom IAM allows to.
 *
 * @returns the `sst.aws.Function`; return its `name` from `run()` as `evaluator`, so that drivers find it.
 * @throws InvalidInputError when an option is not what it may be, or outside `sst deploy`.
 */
export function fanoptEvaluator(options: EvaluatorOptions = {}): SstComponent<"Function"> {
  const { runtime, architecture, memoryMB, reservedConcurrency, allowedArtifacts } = evaluatorSettings(options);
  requireSst("fanoptEvaluator");
  const logGroup = new aws.cloudwatch.LogGroup("FanoptEvaluatorLog", {
    name: `/aws/lambda/${$app.name}-${$app.stage}-FanoptEvaluator`,
    retentionInDays: LOG_RETENTION_DAYS,
  });
  return new sst.aws.Function("FanoptEvaluator", {
    description: "fanopt: evaluates points of an optimization",
    bundle: evaluatorBundle(),
    handler: "evaluator.handler",
    runtime,
    architecture,
    memory: `${memoryMB} MB`,
    // Lambda's maximum. The driver's client waits longer than that.
    timeout: "15 minutes",
    ...(reservedConcurrency === undefined ? {} : { concurrency: { reserved: reservedConcurrency } }),
    // Under `sst dev`, too, points are evaluated on Lambda: on this machine there is the embedded one.
    dev: false,
    logging: { logGroup: logGroup.name },
    transform: {
      function: { environment: { variables: environmentVariables(allowedArtifacts) } },
      role: {
        assumeRolePolicy: JSON.stringify(trustLambda),
        // In place of AWSLambdaBasicExecutionRole, which may write to every log group of the account.
        managedPolicyArns: [],
        inlinePolicies: [{ name: "WriteOwnLog", policy: logGroup.arn.apply(writeLog) }],
      },
    },
  }) as SstComponent<"Function">;
}

/** All that the function has: without SST's own, which serve linked resources. */
function environmentVariables(allowedArtifacts: readonly string[] | undefined): Record<string, string> {
  return {
    // The bundle is minified. What it costs a cold start: docs/deploy.md.
    NODE_OPTIONS: "--enable-source-maps",
    ...(allowedArtifacts === undefined ? {} : { FANOPT_ALLOWED_ARTIFACTS: allowedArtifacts.join(",") }),
  };
}

const trustLambda = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" }],
};

function writeLog(logGroupArn: string): string {
  const statement = {
    Effect: "Allow",
    Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
    Resource: `${logGroupArn}:*`,
  };
  return JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
}
