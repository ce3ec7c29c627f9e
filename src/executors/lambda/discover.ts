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
