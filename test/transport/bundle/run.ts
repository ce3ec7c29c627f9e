import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { promisify } from "node:util";
import type { CapturedModule, MakerSource } from "../../../src/transport/capture/captured-code.ts";
import { codeName } from "../../../src/transport/content.ts";
import type { Project } from "../project.ts";

/** A script whose `parts` are made again, each with the variables named before the colon: `"a, b: () => a + b"`. */
export function script(
  file: string,
  text: string,
  imports: readonly string[],
  parts: readonly string[],
  more: Partial<CapturedModule> & { readonly firstIndex?: number } = {},
): CapturedModule {
  const { firstIndex = 0, ...rest } = more;
  const makers = parts.map((part, i) => ({ index: firstIndex + i, ...maker(text, part) }));
  return { url: `file://${file}`, file, text, isModule: true, originalPosition: () => null, imports, makers, ...rest };
}

function maker(text: string, part: string): MakerSource {
  const [names] = part.split(": ", 1);
  const code = part.slice(names.length + 2);
  const start = text.indexOf(code);
  if (start < 0) throw new Error(`${code} is not in the script`);
  const variables = names === "" ? [] : names.split(", ");
  return { variables, fragment: { before: "", start, end: start + code.length, edits: [], after: "" } };
}

/** Imports the code in a process of its own, in another folder, and gives what the expression is there; it may use `fun`, `jac` and `captured`. */
export async function run(project: Project, code: string, expression: string): Promise<unknown> {
  const folder = project.path("a worker");
  mkdirSync(folder, { recursive: true });
  const file = `${folder}/criterion-${codeName(code)}.mjs`;
  writeFileSync(file, code);
  const main = `
    const { fun, jac, captured } = await import(${JSON.stringify(`file://${encodeURI(file)}`)});
    const made = (index, ...values) => { const one = captured.makers[index](); one.bind(values); return one.create(); };
    const stackOf = (act) => { try { act(); } catch (error) { return error.stack; } };
    console.log(JSON.stringify(await (${expression})));`;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", main], {
    cwd: folder,
    env: { PATH: process.env.PATH, TMPDIR: folder },
  });
  return JSON.parse(stdout);
}
