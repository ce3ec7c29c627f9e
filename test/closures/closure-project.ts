/** A user's project in a temporary folder: the cases, as they are run by Node, tsx and vitest, and as compilers leave them. */
import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type BuildOptions, build } from "esbuild";
import { packages } from "./packages.ts";

const here = fileURLToPath(new URL("./", import.meta.url));
export const root: string = fileURLToPath(new URL("../../", import.meta.url));

export type ModuleType = "module" | "commonjs";

/** (module (func (export "add") (param f64 f64) (result f64) local.get 0 local.get 1 f64.add)) */
const ADD_WASM = Buffer.from(
  "0061736d0100000001070160027c7c017c030201000707010361646400000a09010700200020" + "01a00b",
  "hex",
);

export class ClosureProject implements Disposable {
  /** Absolute, symbolic links resolved; with characters that paths and URLs treat differently. */
  readonly folder: string;

  constructor(prefix = "fanopt closures (1) 100% ") {
    this.folder = realpathSync(mkdtempSync(join(tmpdir(), prefix)));
    const modules = this.path("node_modules");
    mkdirSync(join(modules, "fanopt"), { recursive: true });
    copyFileSync(join(root, "package.json"), join(modules, "fanopt/package.json"));
    cpSync(join(root, "dist"), join(modules, "fanopt/dist"), { recursive: true });
    symlinkSync(join(root, "node_modules"), join(modules, "fanopt/node_modules"), "junction");
    for (const name of ["ml-matrix", "vitest", "@vitest"])
      symlinkSync(join(root, "node_modules", name), join(modules, name), "junction");
    for (const [file, content] of Object.entries(packages)) this.write(`node_modules/${file}`, content);
    for (const file of ["process-executor.mjs", "worker.mjs"])
      this.write(`node_modules/process-executor/${file}`, readFileSync(join(here, file), "utf8"));
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  write(name: string, content: string | Uint8Array): void {
    mkdirSync(join(this.path(name), ".."), { recursive: true });
    writeFileSync(this.path(name), content);
  }

  /** Where drivers note that they were loaded. */
  get log(): string {
    return this.path("loads.log");
  }

  /** The sources, as the user wrote them. */
  addSources(folder: string, type: ModuleType): void {
    cpSync(join(here, "project"), this.path(folder), { recursive: true });
    for (const name of readdirSync(this.path(`${folder}/cases`)))
      if (name.endsWith(".ts.txt"))
        renameSync(this.path(`${folder}/cases/${name}`), this.path(`${folder}/cases/${name.slice(0, -4)}`));
    this.write(`${folder}/package.json`, manifest(type, "./units.ts"));
    this.write(`${folder}/log-path.ts`, `export const logPath = ${JSON.stringify(this.log)};\n`);
    this.write(`${folder}/tsconfig.json`, JSON.stringify({ compilerOptions: COMPILER_OPTIONS }));
    this.write(`${folder}/add.wasm`, ADD_WASM);
  }

  /** The sources of a folder, compiled by tsc. */
  compile(from: string, to: string, type: ModuleType, maps: "inlineSourceMap" | "sourceMap"): void {
    const tsc = join(root, "node_modules/typescript/bin/tsc");
    const options = ["-p", this.path(from), "--outDir", this.path(to), "--rootDir", this.path(from), `--${maps}`];
    const { status, stdout } = spawnSync(process.execPath, [tsc, ...options], { encoding: "utf8" });
    if (status !== 0) throw new Error(`tsc ended with ${status}:\n${stdout}`);
    this.write(`${to}/package.json`, manifest(type, "./units.js"));
    for (const file of ["add.wasm", "criterion.mjs"])
      copyFileSync(this.path(`${from}/${file}`), this.path(`${to}/${file}`));
  }

  /** A driver in one file; packages stay outside. */
  async bundle(entry: string, file: string, options: BuildOptions): Promise<void> {
    await build({
      entryPoints: [this.path(entry)],
      outfile: this.path(file),
      bundle: true,
      packages: "external",
      platform: "node",
      format: "esm",
      target: "node22",
      logLevel: "error",
      logOverride: { "direct-eval": "silent" },
      ...options,
    });
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

function manifest(type: ModuleType, units: string): string {
  return JSON.stringify({ private: true, type, imports: { "#units": units } });
}

const COMPILER_OPTIONS = {
  target: "es2023",
  module: "nodenext",
  types: ["node"],
  typeRoots: [join(root, "node_modules/@types")],
  strict: true,
  noCheck: true,
  resolveJsonModule: true,
  rewriteRelativeImportExtensions: true,
  skipLibCheck: true,
  paths: { "@models/*": ["./*"] },
};
