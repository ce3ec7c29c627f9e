/** Every way to run TypeScript, and how the cases are run in it. */
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { BuildOptions } from "esbuild";
import { ClosureProject, root } from "./closure-project.ts";

const COMMON = [
  "variables",
  "functions",
  "data",
  "classes",
  "imports",
  "state",
  "identity",
  "kinds",
  "refused",
  "warned",
  "thrown",
];
const ESM_ONLY = ["esm", "refused-esm"];

export interface Mode {
  readonly name: string;
  /** Files of cases/. */
  readonly tables: readonly string[];
  /** Whether positions are those of the user's sources; else those of what was made of them. */
  readonly hasMaps: boolean;
  /** Whether the driver is one file, with the modules that it imports. */
  readonly isBundled: boolean;
  /** Whether names in the code are not the user's. */
  readonly isMinified: boolean;
  /** How the project's folder begins. */
  readonly folder?: string;
  /** Makes the driver; returns what to spawn, and the folder that it runs from. */
  prepare(project: ClosureProject): Promise<Command> | Command;
}

interface Command {
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface ModeRun {
  readonly project: ClosureProject;
  readonly lines: readonly Line[];
  /** Processes that loaded a module of the driver. */
  readonly loads: readonly { readonly module: string; readonly pid: number }[];
}

export interface Line {
  readonly table: string;
  readonly name: string;
  readonly local: Observation;
  readonly process: Observation;
  readonly lambda: Observation;
  readonly warnings: readonly string[];
}

export type Observation =
  | { readonly bits: string; readonly error?: undefined }
  | { readonly error: { readonly name: string; readonly message: string; readonly stack: string } };

function mode(name: string, own: Partial<Mode> & Pick<Mode, "prepare">): Mode {
  return {
    name,
    tables: [...COMMON, ...ESM_ONLY],
    hasMaps: true,
    isBundled: false,
    isMinified: false,
    ...own,
  };
}

function entry({ tables }: Pick<Mode, "tables">): string {
  const imports = tables.map((table, i) => `import * as t${i} from "./cases/${table}.ts";`);
  const object = tables.map((table, i) => `${JSON.stringify(table)}: t${i}`).join(", ");
  return `import { runTables } from "./run.ts";\n${imports.join("\n")}\nexport const running = runTables({ ${object} });\n`;
}

/** By Node itself. */
export function stripped(name: string, { args = [], env = {}, more = [] }: StrippedOptions = {}): Mode {
  const tables = [...COMMON, ...ESM_ONLY, ...more];
  return mode(name, {
    tables,
    prepare(project) {
      project.addSources("ts", "module");
      project.write("ts/main.ts", entry({ tables }));
      return { args: [...args, project.path("ts/main.ts")], cwd: project.folder, env };
    },
  });
}

interface StrippedOptions {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly more?: readonly string[];
}

export function inThread(): Mode {
  const tables = [...COMMON, ...ESM_ONLY];
  return mode("in a worker thread", {
    tables,
    prepare(project) {
      project.addSources("ts", "module");
      project.write("ts/main.ts", entry({ tables }));
      project.write(
        "ts/thread.mjs",
        'import { Worker } from "node:worker_threads";\nnew Worker(new URL("./main.ts", import.meta.url));\n',
      );
      return { args: [project.path("ts/thread.mjs")], cwd: project.folder };
    },
  });
}

export function tsx(type: "module" | "commonjs"): Mode {
  const tables = [...COMMON, ...(type === "module" ? ESM_ONLY : []), "typescript", "paths"];
  return mode(`tsx, ${type}`, {
    tables,
    prepare(project) {
      project.addSources("ts", type);
      project.write("ts/main.ts", entry({ tables }));
      return { args: [join(root, "node_modules/tsx/dist/cli.mjs"), "main.ts"], cwd: project.path("ts") };
    },
  });
}

export function compiled(
  type: "module" | "commonjs",
  maps: "inlineSourceMap" | "sourceMap",
  args: readonly string[] = [],
): Mode {
  const tables = [...COMMON, ...(type === "module" ? ESM_ONLY : []), "typescript"];
  return mode(["tsc", type, maps, ...args].join(", "), {
    tables,
    prepare(project) {
      project.addSources("ts", type);
      project.write("ts/main.ts", entry({ tables }));
      project.compile("ts", "out", type, maps);
      return { args: [...args, project.path("out/main.js")], cwd: project.folder };
    },
  });
}

export function bundled(name: string, options: BuildOptions): Mode {
  const tables = [...COMMON, ...ESM_ONLY, "typescript", "paths"];
  return mode(name, {
    tables,
    hasMaps: options.sourcemap !== undefined,
    isBundled: true,
    isMinified: options.minify === true,
    async prepare(project) {
      project.addSources("ts", "module");
      project.write("ts/main.ts", entry({ tables }));
      project.write("ts/out/add.wasm", readFileSync(project.path("ts/add.wasm")));
      await project.bundle("ts/main.ts", "ts/out/driver.mjs", options);
      return { args: [project.path("ts/out/driver.mjs")], cwd: project.folder };
    },
  });
}

export function vitest(pool: "forks" | "threads" | "vmThreads", coverage?: "v8" | "istanbul"): Mode {
  const tables = [...COMMON, ...ESM_ONLY, "typescript", "paths"];
  return mode(["vitest", pool, ...(coverage === undefined ? [] : [`coverage by ${coverage}`])].join(", "), {
    tables,
    // vitest itself does not run in a folder with a percent sign.
    folder: "fanopt closures (1) ",
    prepare(project) {
      project.addSources("ts", "module");
      project.write("ts/main.ts", entry({ tables }));
      project.write(
        "ts/tables.test.ts",
        'import { expect, it } from "vitest";\nimport { running } from "./main.ts";\nit("runs", () => expect(running).resolves.toBeUndefined(), 240_000);\n',
      );
      const config = {
        resolve: { tsconfigPaths: true },
        test: {
          pool,
          include: ["tables.test.ts"],
          reporters: ["dot"],
          coverage:
            coverage === undefined
              ? { enabled: false }
              : { enabled: true, provider: coverage, reporter: ["json-summary"], include: ["**/*.ts"] },
        },
      };
      project.write("ts/vitest.config.mjs", `export default ${JSON.stringify(config)};\n`);
      return { args: [join(root, "node_modules/vitest/vitest.mjs"), "run"], cwd: project.path("ts") };
    },
  });
}

/** Hangs end here; what is slow is not. */
const MAX_MILLISECONDS = 280_000;

/** Runs the cases in a project made for it, by this Node or the one that FANOPT_CASES_NODE names. */
export async function runMode(one: Mode): Promise<ModeRun> {
  const node = process.env.FANOPT_CASES_NODE ?? process.execPath;
  const project = new ClosureProject(one.folder);
  const output = project.path("output.jsonl");
  const { args, cwd, env = {} } = await one.prepare(project);
  const isVitest = args.some((arg) => arg.endsWith("vitest.mjs"));
  const said = await run(node, args, cwd, {
    PATH: process.env.PATH ?? "",
    HOME: process.env.HOME ?? tmpdir(),
    FANOPT_CASES_OUTPUT: output,
    FANOPT_CASES_FOLDER: `${pathToFileURL(project.path("ts"))}/`,
    ...(isVitest ? { CI: "true" } : {}),
    ...env,
  });
  const lines = existsSync(output) ? readLines(output) : [];
  const last = lines.pop() as { end?: number } | undefined;
  if (last?.end !== lines.length) throw new Error(`${one.name} did not come to its end:\n${said}`);
  return { project, lines: lines as Line[], loads: readLines(project.log) as ModeRun["loads"] };
}

function readLines(file: string): unknown[] {
  return readFileSync(file, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
}

/** Runs a program to its end; returns what it said. */
function run(
  node: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>>,
): Promise<string> {
  const child = spawn(node, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"], timeout: MAX_MILLISECONDS });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (said += text));
  return new Promise((resolve, reject) => {
    child.on("error", reject).on("close", (code, signal) => resolve(`${said}\nended with ${code ?? signal}`));
  });
}
