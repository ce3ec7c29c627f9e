/** Every program of the README and of docs/ runs as it stands there. */
import { execFile } from "node:child_process";
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createDocsFolder, root, writeFilesOf } from "./docs-files.ts";

const run = promisify(execFile);

const pages = [
  "README.md",
  ...(await readdir(join(root, "docs"))).filter((name) => name.endsWith(".md")).map((name) => join("docs", name)),
];

let folder: string;
beforeAll(async () => {
  folder = await createDocsFolder();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it.each(pages)("%s", async (page) => {
  const here = join(folder, page.replace(/\W/g, "-"));
  await mkdir(here);
  expect(await writeFilesOf(page, here)).toContain("main.ts");
  const tsconfig = {
    extends: join(root, "tsconfig.json"),
    compilerOptions: { noUnusedLocals: false },
    include: ["."],
    exclude: [],
  };
  await writeFile(join(here, "tsconfig.json"), JSON.stringify(tsconfig));
  await run(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", here]).catch(({ stdout }) => {
    throw new Error(`${page} does not type-check:\n${stdout}`);
  });
  const { stdout } = await run(process.execPath, ["main.ts"], {
    cwd: here,
    env: { ...process.env, FANOPT_LAMBDA: "local", NODE_OPTIONS: "" },
  });
  expect(stdout).not.toBe("");
});
