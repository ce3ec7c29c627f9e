import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { evaluatorBundle } from "../../src/sst/evaluator-bundle.ts";
import { VERSION } from "../../src/version.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "fanopt-bundle-"));
  // SST puts the paths where the name stands.
  vi.stubGlobal("$cli", { paths: { root, work: join(root, ".sst") } });
});
afterEach(() => {
  vi.unstubAllGlobals();
  rmSync(root, { recursive: true, force: true });
});

function install(version: string, files: readonly string[]): void {
  const folder = join(root, "node_modules", "fanopt");
  mkdirSync(join(folder, "dist", "lambda"), { recursive: true });
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "fanopt", version }));
  for (const file of files) writeFileSync(join(folder, "dist", "lambda", file), `the ${file} of ${version}`);
}

it("copies the handler and its map, and leaves node_modules as it is", () => {
  install(VERSION, ["evaluator.mjs", "evaluator.mjs.map", "resource.enc"]);
  const bundle = evaluatorBundle();
  expect(bundle.startsWith(join(root, ".sst"))).toBe(true);
  expect(readdirSync(bundle).sort()).toEqual(["evaluator.mjs", "evaluator.mjs.map"]);
  expect(readFileSync(join(bundle, "evaluator.mjs"), "utf8")).toBe(`the evaluator.mjs of ${VERSION}`);
});

it("says what to do when the package is not installed where sst.config.ts is", () => {
  expect(evaluatorBundle).toThrow(`fanopt is not installed for ${root}: run npm install fanopt there.`);
});

it("refuses to deploy the handler of another version", () => {
  install("9.9.9", ["evaluator.mjs", "evaluator.mjs.map"]);
  expect(evaluatorBundle).toThrow(`Two versions of fanopt: sst.config.ts uses ${VERSION}`);
});

it("says what to do when the handler was not built", () => {
  install(VERSION, []);
  expect(evaluatorBundle).toThrow("In a checkout of fanopt run npm run build; elsewhere install fanopt again.");
});
