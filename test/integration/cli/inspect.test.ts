import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { fanopt, type Run, root, runNode } from "./command-line.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "fanopt-cli-"));
  await write("package.json", '{ "type": "module" }');
  await mkdir(join(folder, "node_modules"));
  await symlink(root, join(folder, "node_modules", "fanopt"), "junction");
});
afterEach(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }));

async function write(name: string, text: string): Promise<void> {
  await mkdir(dirname(join(folder, name)), { recursive: true });
  await writeFile(join(folder, name), text);
}

const inspect = (...args: string[]): Promise<Run> => fanopt(["inspect", ...args], folder);

/** A failure says one thing on standard error, and nothing elsewhere. */
async function failureOf(...args: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await inspect(...args);
  expect({ exitCode, stdout }, stderr).toEqual({ exitCode: 1, stdout: "" });
  expect(stderr).toMatch(/^fanopt inspect: .*\n$/s);
  return stderr;
}

const model = `
import { scaled } from "./scale.ts";
export const residuals = ({ a }: { a: number }, data: readonly number[]): number[] => data.map((d) => scaled(a) - d);
`;
const scale = "export const scaled = (a: number): number => Math.sqrt(a) * 2;\n";
const criterion = `
import { defineCriterion, leastSquares } from "fanopt";
export const fun = defineCriterion(new URL("./model.ts", import.meta.url), { export: "residuals", args: [[1, 2, 3]] });
export const squares = leastSquares(fun);
`;

it("tells what of a defined criterion is sent", async () => {
  await write("model.ts", model);
  await write("scale.ts", scale);
  await write("criterion.ts", criterion);
  const { exitCode, stdout, stderr } = await inspect("criterion.ts#fun");
  expect(exitCode, stderr).toBe(0);
  expect(stdout).toMatch(/^residuals of model\.ts\nhash {7}[0-9a-f]{64}\ncode .*\ndata .*\non Lambda .* of the 6 MB/);
  expect(stdout).toMatch(/\nCode from\n.*\n.*\n(.* B {2}(model|scale)\.ts\n){2}/);
  expect(stdout).toMatch(/\nCaptured variables\nnone\n$/);
});

it("tells of a closure what it captured", async () => {
  await write("scale.ts", scale);
  await write(
    "fit.ts",
    `
import { leastSquares } from "fanopt";
import { scaled } from "./scale.ts";
function makeResiduals(weight: number) {
  const data = Float64Array.of(1, 2, 3, 4, 5, 6);
  return ({ a }: { a: number }) => data.map((d) => weight * (scaled(a) - d) + (process.env.SHIFT === undefined ? 0 : 1));
}
export const residuals = leastSquares(makeResiduals(0.5));
`,
  );
  const { exitCode, stdout, stderr } = await inspect("fit.ts#residuals");
  expect(exitCode, stderr).toBe(0);
  expect(stdout).toMatch(/^data {4}Float64Array \[1, 2, 3, 4, … 6 in all\] +\d\d B {2}.*fit\.ts:6:\d+$/m);
  expect(stdout).toMatch(/^weight {2}0\.5 +8 B {2}.*fit\.ts:6:\d+$/m);
  expect(stdout).toMatch(/^! .*process\.env .*fit\.ts:6:\d+.*is read on the worker/m);
  expect(stdout).not.toMatch(/^scaled/m);
});

it("prints one JSON document: what inspectCriterion and artifactHash tell a program", async () => {
  await write("model.ts", model);
  await write("scale.ts", scale);
  await write("criterion.ts", `console.log("loading");${criterion}`);
  await write(
    "program.ts",
    `
import { artifactHash, inspectCriterion } from "fanopt";
import { fun, squares } from "./criterion.ts";
console.log(JSON.stringify([await inspectCriterion(fun), await artifactHash(fun), await artifactHash(squares)]));
`,
  );
  const { exitCode, stdout, stderr } = await inspect("criterion.ts#fun", "--json");
  expect(exitCode, stderr).toBe(0);
  // What the module prints does not come between.
  expect(stderr).toContain("loading\n");
  const report = JSON.parse(stdout);
  const program = await runNode(["program.ts"], folder);
  const [expected, hash, hashOfSquares] = JSON.parse(program.stdout.replace("loading\n", ""));
  expect(report).toEqual(expected);
  expect(report.hash).toBe(hash);
  expect(JSON.parse((await inspect("criterion.ts#squares", "--json")).stdout).hash).toBe(hashOfSquares);
});

it("does not call the function", async () => {
  await write("once.ts", `export default (): number => { process.stdout.write("called"); process.exit(3); };\n`);
  const { exitCode, stdout, stderr } = await inspect("once.ts");
  expect(exitCode, stderr).toBe(0);
  expect(stdout).not.toContain("called");
});

it("finds a file in a folder with # in its name", async () => {
  await write("runs#1/model.js", "export default (x) => x * x;\nexport const cube = (x) => x ** 3;\n");
  for (const [target, name] of [
    ["runs#1/model.js#cube", "cube"],
    ["runs#1/model.js#default", "default"],
    ["runs#1/model.js", "default"],
  ]) {
    const { exitCode, stdout, stderr } = await inspect(target);
    expect(exitCode, stderr).toBe(0);
    expect(stdout.split("\n")[0]).toBe(name);
  }
});

it("takes the exports of CommonJS that was compiled from an ES module", async () => {
  await write("package.json", "{}");
  await write(
    "model.js",
    `"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.default = (x) => x * x;
exports.cube = (x) => x ** 3;
`,
  );
  for (const target of ["model.js", "model.js#cube"]) {
    const { exitCode, stderr } = await inspect(target);
    expect(exitCode, stderr).toBe(0);
  }
  expect(await failureOf("model.js#cubes")).toMatch(
    /unknown export cubes\. Did you mean cube\? Known: cube, default\./,
  );
});

it.each([
  ["await", "await minimize(options);"],
  ["nothing", "minimize(options);"],
])("says so where the module starts an optimization, with %s before it", async (_, statement) => {
  await write(
    "driver.ts",
    `
import { minimize } from "fanopt";
export const fun = ([x]: number[]): number => (x - 1) ** 2;
const options = { fun, params: [0], algorithm: "nelder-mead-parallel" };
${statement}
`,
  );
  expect(await failureOf("driver.ts#fun")).toMatch(
    /^fanopt inspect: driver\.ts cannot be loaded: minimize was called while the module of a criterion was being loaded/,
  );
});

it.each([
  ["model.ts#residual", /model\.ts: unknown export residual\. Did you mean residuals\? Known: limit, residuals\./],
  ["model.ts", /model\.ts: unknown export default\. Known: .*Name one: fanopt inspect model\.ts#/],
  ["model.ts#limit", /the export limit of model\.ts must be a function \(params\) => value, but is 3\./],
  ["types.ts#Params", /types\.ts exports nothing/],
  ["modle.ts#residuals", /there is no file .*modle\.ts\. Did you mean model\.ts#residuals\?/],
  ["model#residuals", /Did you mean model\.ts#residuals\?/],
  [".", /is a folder; expected a module\. Name one of its files: model\.ts, throws\.ts, types\.ts, /],
  ["package.json", /package\.json is no module/],
  ["throws.ts", /throws\.ts cannot be loaded: Error: no licence\n {4}at .*throws\.ts:2:7\n$/],
  ["wrong.ts", /wrong\.ts cannot be loaded: .*wrong\.ts:1\n.*SyntaxError/s],
])("refuses %s, and says what to do", async (target, expected) => {
  await write("model.ts", "export const residuals = (x: number): number[] => [x];\nexport const limit = 3;\n");
  await write("types.ts", "export type Params = number[];\n");
  await write("throws.ts", '\nthrow new Error("no licence");\n');
  await write("wrong.ts", "export default (x: number) => x +* 2;\n");
  expect(await failureOf(target)).toMatch(expected);
});

it.each([
  [
    "enum",
    "enum Unit { Day = 2 }\nexport const fun = (x: number): number => x * Unit.Day;\n",
    /TypeScript enum is not supported.*inspect\.ts:1\)/,
  ],
  [
    "an import without its ending",
    'import { scaled } from "./scale";\nexport const fun = scaled;\n',
    /Cannot find module .*scale/,
  ],
])("names the command that runs TypeScript with %s, which works", async (_, text, expected) => {
  await write("scale.ts", scale);
  await write("inspect.ts", text);
  const message = await failureOf("inspect.ts#fun");
  expect(message).toMatch(expected);
  const [, target] = /npx tsx node_modules\/\.bin\/fanopt (inspect \S+)\n$/.exec(message) ?? [];
  expect(target).toBe("inspect inspect.ts#fun");
  await mkdir(join(folder, "node_modules", ".bin"));
  await symlink(join("..", "fanopt", "dist", "cli", "main.js"), join(folder, "node_modules", ".bin", "fanopt"));
  const tsx = join(root, "node_modules", "tsx", "dist", "cli.mjs");
  const run = await runNode([tsx, join("node_modules", ".bin", "fanopt"), ...target.split(" ")], folder);
  expect(run.exitCode, run.stderr).toBe(0);
  expect(run.stdout).toMatch(/^(fun|scaled)\nhash /);
});

it("says why a function cannot be sent", async () => {
  await write(
    "model.ts",
    `
import { connect } from "node:net";
const sockets = { rates: connect({ host: "127.0.0.1", port: 1 }).on("error", () => {}) };
export const makeFun = () => (x: number): number => x + sockets.rates.bytesRead;
export const fun = makeFun();
`,
  );
  const { exitCode, stdout, stderr } = await inspect("model.ts#fun");
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
  expect(stderr).toMatch(
    /^The function cannot be sent to workers: captured variable "sockets"\.rates .*Socket.*model\.ts:4:/,
  );
  expect(stderr).not.toMatch(/\n {4}at /);
});

it("colours nothing but on a terminal", async () => {
  await write("model.ts", "export default (x: number): number => x;\n");
  const { stdout } = await fanopt(["inspect", "model.ts"], folder, { FORCE_COLOR: "1" });
  expect(stdout).not.toContain("\u001b");
});
