import { existsSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { InvalidInputError, show } from "../../errors.ts";
import { driverFile, ignored, modelFile, packageFile, sstConfig, sstLines, tsconfigFile } from "./templates.ts";

/** What is to be done in a folder, decided before anything is written. */
export interface InitPlan {
  readonly folder: string;
  /** New files. */
  readonly create: readonly { readonly name: string; readonly text: string; readonly what: string }[];
  /** Lines for the end of .gitignore, which is there. */
  readonly append: readonly string[];
  /** Files that stay as they are, and what is to be added to them by hand; nothing where there is nothing. */
  readonly keep: readonly { readonly name: string; readonly advice: readonly string[] }[];
}

/**
 * @param folder Absolute; need not be there.
 * @throws InvalidInputError where the folder is a file, or what is in it cannot be read.
 */
export function planInit(folder: string): InitPlan {
  if (existsSync(folder) && !statSync(folder).isDirectory())
    throw new InvalidInputError(`fanopt init: ${folder} is a file; expected a folder, or the path of a new one.`);
  const has = (name: string) => existsSync(join(folder, name));
  const name = projectName(folder);
  const create: InitPlan["create"][number][] = [];
  const keep: InitPlan["keep"][number][] = [];

  if (has("package.json")) keep.push({ name: "package.json", advice: packageAdvice(join(folder, "package.json")) });
  else
    create.push({
      name: "package.json",
      text: packageFile(name),
      what: "an ES module project that depends on fanopt and sst",
    });

  if (has("sst.config.ts")) keep.push({ name: "sst.config.ts", advice: sstAdvice(join(folder, "sst.config.ts")) });
  else create.push({ name: "sst.config.ts", text: sstConfig(name), what: "what npx sst deploy creates" });

  // One without the other would not run.
  const present = ["model.ts", "driver.ts"].filter(has);
  for (const [i, file] of present.entries())
    keep.push({
      name: file,
      advice: i === 0 ? ["no example is written here; for one: npx fanopt init <new folder>"] : [],
    });
  if (present.length === 0) {
    create.push({ name: "model.ts", text: modelFile, what: "a first criterion" });
    create.push({ name: "driver.ts", text: driverFile, what: "a first driver" });
    if (has("tsconfig.json")) keep.push({ name: "tsconfig.json", advice: tsconfigAdvice });
    else create.push({ name: "tsconfig.json", text: tsconfigFile, what: "what editors and npx tsc need" });
  }

  if (!has(".gitignore")) create.push({ name: ".gitignore", text: `${ignored.join("\n")}\n`, what: "" });
  return { folder, create, append: has(".gitignore") ? missingLines(join(folder, ".gitignore")) : [], keep };
}

/** What SST and npm accept as a name; never that of a dependency, which npm would refuse. */
function projectName(folder: string): string {
  const name = basename(folder)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^[^a-z]+|-+$/g, "");
  return name === "" || name === "fanopt" || name === "sst" ? "fanopt-project" : name;
}

/** What driver.ts needs of the compiler. It may have comments, or come from another file: it is not read. */
const tsconfigAdvice = [
  'driver.ts needs "types": ["node"], "module": "nodenext", "allowImportingTsExtensions" and "noEmit"',
];

function sstAdvice(file: string): string[] {
  if (readFileSync(file, "utf8").includes("fanopt/sst")) return [];
  return ["add to run(), with what it returns already:", ...sstLines];
}

function packageAdvice(file: string): string[] {
  const { type, dependencies, devDependencies } = parsePackage(file);
  const installed = { ...dependencies, ...devDependencies };
  const lacking = ["sst", "typescript", "@types/node"].filter((name) => !(name in installed));
  const advice: string[] = [];
  if (type !== "module") advice.push('add "type": "module": the driver is an ES module');
  if (!("fanopt" in installed)) advice.push("npm install fanopt");
  if (lacking.length > 0) advice.push(`npm install --save-dev ${lacking.join(" ")}`);
  return advice;
}

interface Manifest {
  readonly type?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

function parsePackage(file: string): Manifest {
  const text = readFileSync(file, "utf8");
  try {
    const manifest: unknown = JSON.parse(text);
    if (manifest !== null && typeof manifest === "object") return manifest;
  } catch (error) {
    throw new InvalidInputError(`fanopt init: ${file} is not JSON: ${(error as Error).message}. Nothing was written.`, {
      cause: error,
    });
  }
  throw new InvalidInputError(
    `fanopt init: ${file} must hold a JSON object, received ${show(text)}. Nothing was written.`,
  );
}

/** Lines that .gitignore lacks, however it writes those that it has: "/.sst", ".sst/". */
function missingLines(file: string): string[] {
  const plain = (line: string) => line.trim().replace(/^\/|\/$/g, "");
  const present = new Set(readFileSync(file, "utf8").split("\n").map(plain));
  return ignored.filter((line) => !present.has(plain(line)));
}
