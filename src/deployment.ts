/** Names of what was deployed: how a driver finds its function and its table. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { InvalidInputError } from "./errors.ts";

/** A deployed resource and where its name may stand. */
export interface DeployedResource {
  /** The option that names it, and its value; undefined when it was not given. */
  readonly option: { readonly name: string; readonly value: string | undefined };
  /** Environment variable of fanopt, e.g. FANOPT_FUNCTION. */
  readonly variable: string;
  /** Its link name in SST: `sst shell` sets SST_RESOURCE_<link>. */
  readonly link: string;
  /** Its name among the outputs that sst.config.ts returns. */
  readonly output: string;
  /** The message when nothing names it: what is missing, an example of the option, and what does without it. */
  readonly missing: { readonly what: string; readonly example: string; readonly instead: string };
}

export interface DeployedName {
  readonly name: string;
  /** For messages, e.g. "FANOPT_FUNCTION" or the path of an outputs.json. */
  readonly from: string;
}

/**
 * The name of a deployed resource: the option, the variable, SST's variable in `sst shell`, or `.sst/outputs.json` in this folder or one above.
 * Null when none of them says.
 *
 * @throws InvalidInputError that tells what is wrong with one that is damaged.
 */
export function findDeployed(
  { option, variable, link, output }: Omit<DeployedResource, "missing">,
  environment: Readonly<Record<string, string | undefined>> = process.env,
  folder: string = process.cwd(),
): DeployedName | null {
  if (option.value !== undefined) return { name: option.value, from: `the option ${option.name}` };
  const named = environment[variable];
  if (named) return { name: named, from: variable };
  const linked = environment[`SST_RESOURCE_${link}`];
  if (linked) return { name: linkedName(linked, `SST_RESOURCE_${link}`), from: "sst shell" };
  for (const { file, value } of sstOutputs(folder, output))
    if (typeof value === "string" && value !== "") return { name: value, from: file };
  return null;
}

/**
 * As `findDeployed`, for what must be there.
 *
 * @throws InvalidInputError also when nothing says: it tells the ways.
 */
export function deployedName(
  resource: DeployedResource,
  environment: Readonly<Record<string, string | undefined>> = process.env,
  folder: string = process.cwd(),
): DeployedName {
  const found = findDeployed(resource, environment, folder);
  if (found !== null) return found;
  const { variable, output, missing } = resource;
  const seen = sstOutputs(folder, output).map(
    ({ file }) =>
      `\n    (${file} is there, but has no output ${output}: it is of another app, or run() does not return it)`,
  );
  throw new InvalidInputError(
    `${missing.what} Deploy one and name it in one of these ways:
  - npx sst deploy in this project: it writes .sst/outputs.json, which is found from here (${folder}) upwards${seen.join("")}
  - npx sst shell -- node driver.ts
  - ${variable}=<name or ARN> in the environment
  - ${missing.example}
${missing.instead}`,
  );
}

function linkedName(text: string, variable: string): string {
  const { name } = parse(text, `the variable ${variable}`);
  if (typeof name === "string" && name !== "") return name;
  throw new InvalidInputError(`The variable ${variable} must be a JSON object with a name, received ${text}.`);
}

/** What the outputs of SST say, in this folder and above, nearest first. */
function sstOutputs(folder: string, output: string): Array<{ readonly file: string; readonly value: unknown }> {
  const file = join(folder, ".sst", "outputs.json");
  const here = existsSync(file) ? [{ file, value: parse(readFileSync(file, "utf8"), file)[output] }] : [];
  return dirname(folder) === folder ? here : [...here, ...sstOutputs(dirname(folder), output)];
}

function parse(text: string, where: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (value !== null && typeof value === "object") return value as Record<string, unknown>;
  } catch (error) {
    throw new InvalidInputError(`${where} is not JSON: ${(error as Error).message}.`, { cause: error });
  }
  throw new InvalidInputError(`${where} must hold a JSON object.`);
}
