import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { InvalidInputError, show } from "../../errors.ts";

const sstVariable = "SST_RESOURCE_FanoptHistory";

/**
 * The table's name: `given`, else FANOPT_TABLE, else SST_RESOURCE_FanoptHistory (set by `sst shell`), else `table` of
 * `.sst/outputs.json` (written by `sst deploy`), searched upward from `cwd`.
 * @throws InvalidInputError that tells these ways
 */
export function resolveTableName(
  given: string | undefined,
  env: Readonly<Record<string, string | undefined>> = process.env,
  cwd: string = process.cwd(),
): string {
  const name = given ?? (env.FANOPT_TABLE || undefined) ?? fromSstShell(env[sstVariable]) ?? fromOutputs(cwd);
  if (name !== undefined) return name;
  throw new InvalidInputError(
    [
      "No DynamoDB table is known for the run store. Give its name in one of these ways:",
      '  createRunStore({ kind: "dynamodb", table: "…" })',
      "  the environment variable FANOPT_TABLE",
      "  npx sst shell -- node driver.ts   (sets it for a deployed app)",
      `  npx sst deploy   (writes it to .sst/outputs.json; searched from ${cwd} upward)`,
      'Or keep the runs on this machine: store: "local".',
    ].join("\n"),
  );
}

function fromSstShell(json: string | undefined): string | undefined {
  if (json === undefined || json === "") return undefined;
  return property(json, "name", sstVariable, "Run under `sst shell` of an app that deploys the history table");
}

function fromOutputs(cwd: string): string | undefined {
  for (let folder = cwd; ; folder = dirname(folder)) {
    const file = join(folder, ".sst", "outputs.json");
    if (existsSync(file))
      return property(readFileSync(file, "utf8"), "table", file, "Run `npx sst deploy` again, or set FANOPT_TABLE");
    if (folder === dirname(folder)) return undefined;
  }
}

function property(json: string, key: string, where: string, remedy: string): string {
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch (error) {
    throw new InvalidInputError(`${where} is not JSON: ${show(json)}. ${remedy}.`, { cause: error });
  }
  const value = typeof parsed === "object" && parsed !== null ? (parsed as Record<string, unknown>)[key] : undefined;
  if (typeof value === "string" && value !== "") return value;
  throw new InvalidInputError(
    `${where}: expected a table's name as "${key}", got ${show(value)} in ${show(json)}. ${remedy}.`,
  );
}
