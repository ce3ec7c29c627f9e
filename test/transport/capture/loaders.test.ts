/** What loaders and compilers really make of a driver, run in a process of its own; each import of it must mean the same in a bundle. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { build, buildSync } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ScriptSource } from "../../../src/transport/capture/function-code.ts";
import { Script } from "../../../src/transport/capture/script.ts";
import { codeOf, fragmentText } from "./inspected.ts";
import * as marks from "./marked.ts";
import { marked } from "./marked.ts";

const MODEL = `
export const limit: number = 3;
export function simulate(p: number): number { return p * limit; }
export default class Model { readonly x: number = 1; }
`;

const OLD = `exports.scale = 7;\nexports.nested = { deep: 11 };\n`;
const OLD_ES = `Object.defineProperty(exports, "__esModule", { value: true });\nexports.default = (p) => p + 13;\nexports.scale = 17;\n`;

const DRIVER = `
import Model, { limit as most, simulate } from "./model.ts";
import * as model from "./model.ts";
import { Matrix } from "ml-matrix";
import { sep } from "node:path";
import * as path from "node:path";
import old from "./old.cjs";
import { scale } from "./old.cjs";
import oldEs from "./old-es.cjs";
import * as oldEsAll from "./old-es.cjs";
import probe from "./probe.cjs";
const unwrapped = (value: any) => value.default ?? value;
export const fun = async (p: number): Promise<unknown[]> => {
  const later = await import("./model.ts");
  return [simulate(p), most, new Model().x, model.limit, new model.default().x, Matrix.eye(2).get(1, 1), sep, path.sep, old.nested.deep, scale,
    typeof oldEs, oldEsAll.scale, later.simulate(p)];
};
export function named(p: number): number { return simulate(p); }
export default class Exported { static made: number = named(1); own(p: number): number { return simulate(p) + Exported.made; } }
enum Colour { Red, Green }
let late: number;
late = 4;
export const ordinary = (): unknown => [Colour.Green, late, unwrapped(1)];
void probe({ fun, named, Exported, ordinary });
`;

/** Prints what V8 has of the functions, and what fun returns. */
const PROBE = `
const { Session } = require("node:inspector");
module.exports = async (functions) => {
  const value = await functions.fun(2);
  const session = new Session();
  session.connect();
  const scripts = new Map();
  session.on("Debugger.scriptParsed", ({ params }) => scripts.set(params.scriptId, params));
  const ask = (method, params) => { let answer; session.post(method, params, (_, result) => { answer = result; }); return answer; };
  ask("Debugger.enable");
  globalThis.probed = functions;
  const found = {};
  for (const name of Object.keys(functions)) {
    const { objectId } = ask("Runtime.evaluate", { expression: "probed." + name }).result;
    const { internalProperties } = ask("Runtime.getProperties", { objectId, ownProperties: true });
    const { scriptId, lineNumber, columnNumber } = internalProperties.find((one) => one.name === "[[FunctionLocation]]").value.value;
    const { url, isModule = false, startLine, startColumn, sourceMapURL = "" } = scripts.get(scriptId);
    const text = ask("Debugger.getScriptSource", { scriptId }).scriptSource;
    found[name] = { source: { url, text, isModule, startLine, startColumn, sourceMapURL }, line: lineNumber, column: columnNumber };
  }
  session.disconnect();
  process.stdout.write(JSON.stringify({ value, found }));
};
`;

interface Probed {
  readonly value: unknown;
  readonly found: Readonly<Record<string, { source: ScriptSource; line: number; column: number }>>;
}

let root: string;

beforeAll(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "fanopt-loaders-")));
  symlinkSync(resolve("node_modules"), join(root, "node_modules"));
});

afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Files of a project of its own, as ES modules or CommonJS; the folder of the driver. */
function project(type: "module" | "commonjs", driver = DRIVER): string {
  const folder = mkdtempSync(join(root, `${type}-`));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type }));
  const files = { "driver.ts": driver, "model.ts": MODEL, "old.cjs": OLD, "old-es.cjs": OLD_ES, "probe.cjs": PROBE };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

function run(file: string, ...flags: string[]): Probed {
  return JSON.parse(execFileSync(process.execPath, [...flags, file], { cwd: dirname(file), encoding: "utf8" }));
}

/** TypeScript's own compiler, with source maps beside its output; the compiled driver. */
function compile(folder: string, target = "es2022"): string {
  const out = join(folder, "out");
  mkdirSync(out);
  const files = { "old.cjs": OLD, "old-es.cjs": OLD_ES, "probe.cjs": PROBE };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(out, name), text);
  const options = [
    "--ignoreConfig",
    "--module",
    "nodenext",
    "--target",
    target,
    "--sourceMap",
    "--rewriteRelativeImportExtensions",
  ];
  try {
    const tsc = resolve("node_modules/typescript/bin/tsc");
    execFileSync(process.execPath, [tsc, ...options, "--outDir", out, "--rootDir", folder, join(folder, "driver.ts")]);
  } catch {
    // It has no types for the CommonJS files, and writes its output all the same.
  }
  return join(out, "driver.js");
}

function bundleDriver(folder: string, format: "cjs" | "esm", minify: boolean): string {
  const outfile = join(folder, format === "cjs" ? "bundle.cjs" : "bundle.mjs");
  buildSync({
    entryPoints: [join(folder, "driver.ts")],
    outfile,
    bundle: true,
    format,
    minify,
    platform: "node",
    external: ["ml-matrix", "./*.cjs"],
    logLevel: "silent",
  });
  return outfile;
}

const MODES: readonly [what: string, run: () => Probed][] = [
  ["type stripping, ES module", () => run(join(project("module"), "driver.ts"), "--experimental-transform-types")],
  ["tsx, ES module", () => run(join(project("module"), "driver.ts"), "--import", "tsx")],
  ["tsx, CommonJS", () => run(join(project("commonjs"), "driver.ts"), "--import", "tsx")],
  ["tsc, ES module", () => run(compile(project("module")))],
  ["tsc, CommonJS", () => run(compile(project("commonjs")))],
  ["esbuild, ES module", () => run(bundleDriver(project("module"), "esm", false))],
  ["esbuild, ES module, minified", () => run(bundleDriver(project("module"), "esm", true))],
  ["esbuild, CommonJS", () => run(bundleDriver(project("module"), "cjs", false))],
  ["esbuild, CommonJS, minified", () => run(bundleDriver(project("module"), "cjs", true))],
];

/** The function made again: its imports by their statements, bundled; what is no import with the given values. */
async function made({ source, line, column }: Probed["found"][string], values: Record<string, unknown> = {}) {
  const script = new Script(source);
  const code = script.functionAt(line, column);
  const imports = code.references.flatMap(({ declaration }) => declaration?.import?.statement ?? []);
  const captured = code.references.filter(({ declaration }) => declaration !== null && !declaration.import);
  const names = captured.map(({ name }) => name);
  const contents = `${imports.join("\n")}\nexport const make = (${names.join(", ")}) => ${fragmentText(code, script.text)};`;
  const outfile = join(root, `made-${basename(mkdtempSync(join(root, "made-")))}.mjs`);
  const banner = 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);';
  const stdin = {
    contents,
    resolveDir: dirname(script.file),
    sourcefile: join(dirname(script.file), source.isModule ? "captured.mjs" : "captured.cjs"),
  };
  await build({
    stdin,
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    banner: { js: banner },
    logLevel: "silent",
  });
  const { make } = (await import(pathToFileURL(outfile).href)) as { make: (...values: unknown[]) => unknown };
  return { code, script, names, again: make(...names.map((name) => values[name])) };
}

describe.each(MODES)("%s", (what, start) => {
  const isBundled = what.startsWith("esbuild");
  let probed: Probed;
  beforeAll(() => {
    probed = start();
  });

  test("every import means the same in a bundle", async () => {
    if (isBundled) return;
    const { again, names } = await made(probed.found.fun);
    expect(names).toEqual([]);
    expect(await (again as (p: number) => Promise<unknown>)(2)).toEqual(probed.value);
  });

  test("imports of packages are told from what is in the script", () => {
    const { source, line, column } = probed.found.fun;
    const { references } = new Script(source).functionAt(line, column);
    const specifiers = new Set(references.flatMap(({ declaration }) => declaration?.import?.specifier ?? []));
    expect(specifiers).toContain("ml-matrix");
    expect(specifiers).toContain("node:path");
    expect([...specifiers].some((one) => /old(-es)?\.cjs$/.test(one))).toBe(true);
    expect([...specifiers].some((one) => one.includes("model"))).toBe(!isBundled);
  });

  test("exports are known by their names", () => {
    const names = Object.entries(probed.found).map(([name, { source, line, column }]) => [
      name,
      new Script(source).functionAt(line, column).exportName,
    ]);
    const isUncertain = what.includes("CommonJS") && !what.startsWith("tsx");
    expect(Object.fromEntries(names)).toEqual({
      fun: "fun",
      named: "named",
      Exported: isUncertain ? null : "default",
      ordinary: "ordinary",
    });
  });

  test("values that are given once are no reassigned variables", () => {
    const { source, line, column } = probed.found.ordinary;
    const { references } = new Script(source).functionAt(line, column);
    expect(references.filter(({ declaration }) => declaration?.isReassigned)).toEqual([]);
  });

  test("a class is made again without its static fields", async () => {
    const { source, line, column } = probed.found.Exported;
    const script = new Script(source);
    const code = script.functionAt(line, column);
    expect(code.kind).toBe("class");
    expect(code.references.map(({ name }) => name)).not.toContain("named");
    expect(fragmentText(code, script.text)).not.toMatch(/\bmade\s*=/);
  });

  test("it starts no optimization", () => {
    expect(new Script(probed.found.fun.source).isDriver).toBe(false);
  });
});

describe("positions in the files that the user wrote", () => {
  test.each(MODES.filter(([what]) => !what.startsWith("esbuild") && !what.startsWith("type")))("%s", (_, start) => {
    const { source, line, column } = start().found.named;
    const script = new Script(source);
    const position = script.positionAt(script.functionAt(line, column).start);
    const lines = DRIVER.split("\n");
    expect(basename(position.file)).toBe("driver.ts");
    expect(lines[position.line - 1]).toMatch(/^export function named/);
  });
});

describe("vitest's own module runner", () => {
  const fun = () => marks.sourceOf("x").text + basename("/a/b");

  test("what this file imports is known by its absolute path", () => {
    const { code } = codeOf(fun);
    const imports = code.references.map(({ declaration }) => declaration?.import);
    expect(imports.map((one) => [one?.specifier, one?.imported]).sort()).toEqual([
      [resolve("test/transport/capture/marked.ts"), "*"],
      ["node:path", "*"],
    ]);
    for (const one of imports) expect(one?.statement).toMatch(/^import \* as \w+ from "/);
  });

  test("a dynamic import, import.meta and exports", () => {
    const dynamic = async () => [await import("./marked.ts"), import.meta.url];
    const { code, script } = codeOf(dynamic);
    expect(fragmentText(code, script.text)).toContain(`import("${resolve("test/transport/capture/marked.ts")}")`);
    expect(code.obstacles.map(({ text }) => text)).toEqual(["import.meta.url"]);
    expect(code.references).toEqual([]);
    const own = codeOf(marked);
    expect(own.code.exportName).toBe("marked");
    expect(own.script.file).toBe(resolve("test/transport/capture/marked.ts"));
  });
});
