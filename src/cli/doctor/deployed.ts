/** Names of what the doctor looks at, found as drivers find them. */
import type { DeployedName } from "../../deployment.ts";
import { discoverFunction } from "../../executors/lambda/discover.ts";
import { findTable } from "../../recording/dynamodb/table-name.ts";

/** The function, by `--function` or as a driver finds it. Throws InvalidInputError that tells the ways. */
export function deployedFunction(option: string | undefined, environment: NodeJS.ProcessEnv): DeployedName {
  const { name, from } = discoverFunction(option, environment);
  return { name, from: option === undefined ? from : "--function" };
}

/** The history table, or null when none is configured. Throws InvalidInputError where what names it is damaged. */
export function deployedTable(option: string | undefined, environment: NodeJS.ProcessEnv): DeployedName | null {
  return option === undefined ? findTable(environment) : { name: option, from: "--table" };
}
