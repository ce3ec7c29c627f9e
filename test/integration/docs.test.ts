/** Every program of the README and of docs/ runs as it stands there. */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";

const root = join(import.meta.dirname, "..", "..");
const run = promisify(execFile);

/** The files of a page: blocks that begin with a comment naming a file are that file; the others, one after the other, are the program. */
function filesOf(page: string): Map<string, string> {
  const files = new Map<string, string>();
  for (const [, block] of page.matchAll(/^```ts\n([\s\S]*?)^```$/gm)) {
    const name = /^\/\/ (\S+\.ts)\n/.exec(block)?.[1] ?? "main.ts";
    files.set(name, (files.get(name) ?? "") + block);
  }
  return files;
}

const pages = [
  "README.md",
  ...(await readdir(join(root, "docs"))).filter((name) => name.endsWith(".md")).map((name) => join("docs", name)),
];

let folder: string;
beforeAll(async () => {
  // Inside the project, so that "fanopt" is this package.
  await mkdir(join(root, ".fanopt"), { recursive: true });
  folder = await mkdtemp(join(root, ".fanopt", "docs-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it.each(pages)("%s", async (page) => {
  const files = filesOf(await readFile(join(root, page), "utf8"));
  expect(files.has("main.ts")).toBe(true);
  const here = join(folder, page.replace(/\W/g, "-"));
  await mkdir(here);
  for (const [name, text] of files) await writeFile(join(here, name), text);
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
