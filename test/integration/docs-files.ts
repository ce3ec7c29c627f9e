import { mkdir, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

export const root: string = join(import.meta.dirname, "..", "..");

/** A folder inside the project, so that "fanopt" is this package. */
export async function createDocsFolder(): Promise<string> {
  await mkdir(join(root, ".fanopt"), { recursive: true });
  return mkdtemp(join(root, ".fanopt", "docs-"));
}

/**
 * Writes the files of a page: blocks that begin with a comment naming a file are that file; the others, one after the other, are main.ts.
 *
 * @returns their names.
 */
export async function writeFilesOf(page: string, folder: string): Promise<string[]> {
  const files = filesOf(await readFile(join(root, page), "utf8"));
  for (const [name, text] of files) await writeFile(join(folder, name), text);
  return [...files.keys()];
}

function filesOf(page: string): Map<string, string> {
  const files = new Map<string, string>();
  for (const [, block] of page.matchAll(/^```ts\n([\s\S]*?)^```$/gm)) {
    const name = /^\/\/ (\S+\.ts)\n/.exec(block)?.[1] ?? "main.ts";
    files.set(name, (files.get(name) ?? "") + block);
  }
  return files;
}
