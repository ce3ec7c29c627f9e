/** Names of what the doctor looks at, found as drivers find them. */
import { type DeployedName, type DeployedResource, deployedName } from "../../deployment.ts";
import { InvalidInputError } from "../../errors.ts";
import { discoverFunction } from "../../executors/lambda/discover.ts";

/** The function, by `--function` or as a driver finds it. Throws InvalidInputError that tells the ways. */
export function deployedFunction(option: string | undefined, environment: NodeJS.ProcessEnv): DeployedName {
  const { name, from } = discoverFunction(option, environment);
  return { name, from: option === undefined ? from : "--function" };
}

/** The history table, or null when none is configured. */
export function deployedTable(option: string | undefined, environment: NodeJS.ProcessEnv): DeployedName | null {
  const example = "npx fanopt doctor --table <name>";
  return nameOrNull(
    {
      option: { name: "--table", value: option },
      variable: "FANOPT_TABLE",
      link: "FanoptHistory",
      output: "table",
      missing: { what: "No DynamoDB table is known.", example, instead: "" },
    },
    environment,
  );
}

/** The bucket for artifacts that are too large for an invocation, or null when none is configured. */
export function deployedBucket(environment: NodeJS.ProcessEnv): DeployedName | null {
  return nameOrNull(
    {
      option: { name: "artifacts", value: undefined },
      variable: "FANOPT_ARTIFACTS",
      link: "FanoptArtifacts",
      output: "artifacts",
      missing: { what: "No bucket for artifacts is known.", example: "FANOPT_ARTIFACTS=<name>", instead: "" },
    },
    environment,
  );
}

/** Null where nothing names it; what names it wrongly still throws. */
function nameOrNull(resource: DeployedResource, environment: NodeJS.ProcessEnv): DeployedName | null {
  try {
    return deployedName(resource, environment);
  } catch (error) {
    if (error instanceof InvalidInputError && error.message.startsWith(resource.missing.what)) return null;
    throw error;
  }
}
