import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { findTarget } from "../../../src/cli/inspect/target.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "fanopt-target-"));
  for (const name of ["models", "a#b", "empty"]) mkdirSync(join(folder, name));
  for (const name of [
    "model.ts",
    "notes.txt",
    join("models", "one.mjs"),
    join("models", "one.d.ts"),
    join("a#b", "model.js"),
  ])
    writeFileSync(join(folder, name), "");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it.each([
  ["model.ts#residuals", "model.ts", "model.ts", "residuals"],
  ["./model.ts", "./model.ts", "model.ts", "default"],
  ["a#b/model.js#residuals", "a#b/model.js", join("a#b", "model.js"), "residuals"],
  ["a#b/model.js", "a#b/model.js", join("a#b", "model.js"), "default"],
])("reads %s", (text, name, file, exportName) => {
  expect(findTarget(text, folder)).toEqual({ name, file: join(folder, file), exportName });
});

it("takes an absolute path", () => {
  const file = join(folder, "model.ts");
  expect(findTarget(`${file}#residuals`, tmpdir())).toEqual({ name: file, file, exportName: "residuals" });
});

it.each([
  ["#residuals", /expected <module>#<export> such as model\.ts#residuals, received "#residuals"/],
  ["model.ts#", /expected <module>#<export>/],
  ["model#residuals", /there is no file .*model\. Did you mean model\.ts#residuals\?/],
  ["modle.ts", /there is no file .*modle\.ts\. Did you mean model\.ts\?/],
  ["models/on.mjs#f", /there is no file .*on\.mjs\. Did you mean models.one\.mjs#f\?/],
  ["elsewhere/simulation.ts", /there is no file .*simulation\.ts\. Paths are relative to /],
  ["models", /models is a folder; expected a module\. Name one of its files: one\.mjs\.$/],
  ["empty", /empty is a folder; expected a module\. There is none in it\.$/],
  ["notes.txt#f", /notes\.txt is no module: expected a file that ends in \.ts/],
])("refuses %s, and says what to do", (text, expected) => {
  expect(() => findTarget(text, folder)).toThrow(expected);
});
