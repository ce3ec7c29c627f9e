import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { InvalidInputError } from "../../errors.ts";

/** The deployed evaluator and how it was found. */
export interface FoundFunction {
  readonly name: string;
  /** For messages, e.g. "FANOPT_FUNCTION" or ".sst/outputs.json". */
  readonly from: string;
}

/** The link name of the evaluator in SST. */
const RESOURCE = "FanoptEvaluator";
/** The output's name in what sst.config.ts returns. */
const OUTPUT = "evaluator";

/**
 * Which function evaluates: the option, `FANOPT_FUNCTION`, SST's variable in `sst shell`, or `.sst/outputs.json` in this folder or one above.
 *
 * @throws InvalidInputError that tells these ways when none of them says.
 */
export function discoverFunction(
  option: string | undefined,
  environment: NodeJS.ProcessEnv = process.env,
  folder: string = process.cwd(),
): FoundFunction {
  if (option !== undefined) return { name: option, from: "the option functionName" };
  if (environment.FANOPT_FUNCTION) return { name: environment.FANOPT_FUNCTION, from: "FANOPT_FUNCTION" };
  const fromShell = fromSstShell(environment[`SST_RESOURCE_${RESOURCE}`]);
  if (fromShell !== undefined) return { name: fromShell, from: "sst shell" };
  const outputs = sstOutputs(folder);
  for (const { file, evaluator } of outputs)
    if (typeof evaluator === "string" && evaluator !== "") return { name: evaluator, from: file };
  const seen = outputs.map(
    ({ file }) =>
      `\n    (${file} is there, but has no output ${OUTPUT}: it is of another app, or run() does not return it)`,
  );
  throw new InvalidInputError(
    `No Lambda function is known to evaluate with. Deploy one and name it in one of these ways:
  - npx sst deploy in this project: it writes .sst/outputs.json, which is found from here (${folder}) upwards${seen.join("")}
  - npx sst shell -- node driver.ts
  - FANOPT_FUNCTION=<name or ARN> in the environment
  - createLambdaExecutor({ functionName: "<name or ARN>" })
To evaluate on this machine instead, with the same handler: FANOPT_LAMBDA=local or createLambdaExecutor({ local: true }).`,
  );
}

function fromSstShell(variable: string | undefined): string | undefined {
  if (variable === undefined) return undefined;
  const name = parse(variable, `the variable SST_RESOURCE_${RESOURCE}`).name;
  if (typeof name === "string" && name !== "") return name;
  throw new InvalidInputError(
    `The variable SST_RESOURCE_${RESOURCE} must be a JSON object with the function's name, received ${variable}.`,
  );
}

/** What the outputs of SST say, in this folder and above, nearest first. */
function sstOutputs(folder: string): Array<{ readonly file: string; readonly evaluator: unknown }> {
  const file = join(folder, ".sst", "outputs.json");
  const here = existsSync(file) ? [{ file, evaluator: parse(readFileSync(file, "utf8"), file)[OUTPUT] }] : [];
  return dirname(folder) === folder ? here : [...here, ...sstOutputs(dirname(folder))];
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
