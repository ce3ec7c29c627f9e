import { appendFile, mkdir, readFile, rm, rmdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { InvalidInputError } from "../../errors.ts";
import type { InitPlan } from "./plan.ts";

/**
 * Writes what is planned, or nothing: what was created before a failure is removed again.
 *
 * @throws InvalidInputError where the folder cannot be written, or a file came into it since the plan was made.
 */
export async function writeFiles({ folder, create, append }: InitPlan): Promise<void> {
  const created: string[] = [];
  let newFolder: string | undefined;
  try {
    newFolder = await mkdir(folder, { recursive: true });
    for (const { name, text } of create) {
      const file = join(folder, name);
      await writeFile(file, text, { flag: "wx" });
      created.push(file);
    }
    // Last, as it cannot be taken back.
    if (append.length > 0) await appendFile(join(folder, ".gitignore"), await ending(folder, append));
  } catch (error) {
    for (const file of created) await rm(file, { force: true });
    if (newFolder !== undefined)
      for (let at = folder; at.length >= newFolder.length; at = dirname(at)) await rmdir(at).catch(() => {});
    throw new InvalidInputError(`fanopt init: nothing was written in ${folder}: ${(error as Error).message}.`, {
      cause: error,
    });
  }
}

async function ending(folder: string, lines: readonly string[]): Promise<string> {
  const text = await readFile(join(folder, ".gitignore"), "utf8");
  const separator = text === "" || text.endsWith("\n") ? "" : "\n";
  return `${separator}${lines.join("\n")}\n`;
}
