import { type DeployedName, deployedName, findDeployed } from "../../deployment.ts";

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

const bucketPlaces = { variable: "FANOPT_ARTIFACTS", link: "FanoptArtifacts", output: "artifacts" };

/** The bucket for artifacts that is named in the surroundings, as `discoverBucket` finds it; null when none is. */
export function findBucket(environment: Readonly<Record<string, string | undefined>>): DeployedName | null {
  const found = findDeployed({ ...bucketPlaces, option: { name: "artifacts.bucket", value: undefined } }, environment);
  return found === null ? null : withoutArn(found);
}

/**
 * Which bucket artifacts go to that are too large to travel in invocations: the option, `FANOPT_ARTIFACTS`, SST's variable in `sst shell`, or
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
    ...bucketPlaces,
    missing: {
      what: `${why} More goes by way of an S3 bucket, and none is known: the stack of fanopt/sst has one.`,
      example: 'createLambdaExecutor({ artifacts: { bucket: "<name>" } })',
      instead:
        "To do without it: capture less data, give defineCriterion less data in args, or import smaller modules.",
    },
  };
  return withoutArn(deployedName(resource, environment, folder));
}

/** S3 takes names of buckets only. */
function withoutArn({ name, from }: DeployedName): DeployedName {
  return { name: name.replace(/^arn:aws[\w-]*:s3:::/, ""), from };
}
