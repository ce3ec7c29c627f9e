/** Names of what the doctor looks at, found as drivers find them. */
import { type DeployedName, deployedName } from "../../deployment.ts";
import { InvalidInputError } from "../../errors.ts";
import { discoverBucket, discoverFunction } from "../../executors/lambda/discover.ts";

/** The function, by `--function` or as a driver finds it. Throws InvalidInputError that tells the ways. */
export function deployedFunction(option: string | undefined, environment: NodeJS.ProcessEnv): DeployedName {
  const { name, from } = discoverFunction(option, environment);
  return { name, from: option === undefined ? from : "--function" };
}

/** The history table, or null when none is configured. */
export function deployedTable(option: string | undefined, environment: NodeJS.ProcessEnv): DeployedName | null {
  if (option !== undefined) return { name: option, from: "--table" };
  const what = "No DynamoDB table is known.";
  const resource = {
    option: { name: "--table", value: undefined },
    variable: "FANOPT_TABLE",
    link: "FanoptHistory",
    output: "table",
    missing: { what, example: "npx fanopt doctor --table <name>", instead: "" },
  };
  return orNull(what, () => deployedName(resource, environment));
}

/** The bucket for artifacts above a megabyte, or null when none is configured. */
export function deployedBucket(environment: NodeJS.ProcessEnv): DeployedName | null {
  const why = "None is configured.";
  return orNull(why, () => discoverBucket(why, undefined, environment));
}

/** Null where nothing names it: the error begins with `missing` then. What names it wrongly still throws. */
function orNull(missing: string, find: () => DeployedName): DeployedName | null {
  try {
    return find();
  } catch (error) {
    if (error instanceof InvalidInputError && error.message.startsWith(missing)) return null;
    throw error;
  }
}
