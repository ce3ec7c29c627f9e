import { type DeployedName, deployedName, findDeployed } from "../../deployment.ts";

/** Where the table's name may stand. */
const places = { variable: "FANOPT_TABLE", link: "FanoptHistory", output: "table" };

/** The table that is named in the surroundings, as `resolveTableName` finds it; null when none is. */
export function findTable(environment: Readonly<Record<string, string | undefined>>): DeployedName | null {
  return findDeployed({ ...places, option: { name: "table", value: undefined } }, environment);
}

/**
 * The table's name: `given`, else FANOPT_TABLE, else SST_RESOURCE_FanoptHistory (set by `sst shell`), else `table` of
 * `.sst/outputs.json` (written by `sst deploy`), searched upward from `folder`.
 * @throws InvalidInputError that tells these ways
 */
export function resolveTableName(
  given: string | undefined,
  environment: Readonly<Record<string, string | undefined>> = process.env,
  folder: string = process.cwd(),
): string {
  const resource = {
    option: { name: "table", value: given },
    ...places,
    missing: {
      what: "No DynamoDB table is known for the run store.",
      example: 'createRunStore({ kind: "dynamodb", table: "<name or ARN>" })',
      instead: 'To keep the runs on this machine instead: store: "local".',
    },
  };
  return deployedName(resource, environment, folder).name;
}
