import { type DeployedName, deployedName } from "../../deployment.ts";

/**
 * Which function evaluates: the option, `FANOPT_FUNCTION`, SST's variable in `sst shell`, or `.sst/outputs.json` in this folder or one above.
 *
 * @throws InvalidInputError that tells these ways when none of them says.
 */
export function discoverFunction(
  option: string | undefined,
  environment: Readonly<Record<string, string | undefined>> = process.env,
  folder: string = process.cwd(),
): DeployedName {
  const resource = {
    option: { name: "functionName", value: option },
    variable: "FANOPT_FUNCTION",
    link: "FanoptEvaluator",
    output: "evaluator",
    missing: {
      what: "No Lambda function is known to evaluate with.",
      example: 'createLambdaExecutor({ functionName: "<name or ARN>" })',
      instead:
        "To evaluate on this machine instead, with the same handler: FANOPT_LAMBDA=local or createLambdaExecutor({ local: true }).",
    },
  };
  return deployedName(resource, environment, folder);
}

/**
 * Which bucket artifacts go to that are larger than an invocation: the option, `FANOPT_ARTIFACTS`, SST's variable in `sst shell`, or
 * `.sst/outputs.json` in this folder or one above.
 *
 * @param why one is needed.
 * @throws InvalidInputError that tells these ways when none of them says.
 */
export function discoverBucket(
  why: string,
  option: string | undefined,
  environment: Readonly<Record<string, string | undefined>> = process.env,
  folder: string = process.cwd(),
): DeployedName {
  const resource = {
    option: { name: "artifacts.bucket", value: option },
    variable: "FANOPT_ARTIFACTS",
    link: "FanoptArtifacts",
    output: "artifacts",
    missing: {
      what: `${why} More goes by way of an S3 bucket, and none is known: the stack of fanopt/sst has one.`,
      example: 'createLambdaExecutor({ artifacts: { bucket: "<name>" } })',
      instead: "To do without it: give defineCriterion less data in args, or import smaller modules.",
    },
  };
  const { name, from } = deployedName(resource, environment, folder);
  return { name: name.replace(/^arn:aws[\w-]*:s3:::/, ""), from };
}
