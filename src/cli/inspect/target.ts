/** Which function of which file: `model.ts#residuals`. */
import { readdirSync, statSync } from "node:fs";
import { basename, dirname, extname, join, resolve } from "node:path";
import { InvalidInputError, show } from "../../errors.ts";
import { nearest } from "../../suggest.ts";

/** An export of a file that is there. */
export interface Target {
  /** As it was given. */
  readonly name: string;
  /** Absolute. */
  readonly file: string;
  readonly exportName: string;
}

const MODULE = /\.[cm]?[jt]sx?$/;
const DECLARATIONS = /\.d\.[cm]?ts$/;
/** So many files of a folder are named. */
const MAX_NAMED = 8;

/**
 * Reads `<module>#<export>`: the last # counts, and the export is "default" where there is none.
 *
 * @param folder from which a relative path is meant.
 * @throws InvalidInputError where there is no such file, or it is no module.
 */
export function findTarget(text: string, folder: string): Target {
  const target = split(text, folder);
  rejectMissing(target, folder);
  if (!MODULE.test(target.file))
    throw invalid(`${target.name} is no module: expected a file that ends in .ts, .js, .mts, .mjs, .cts or .cjs.`);
  return target;
}

function split(text: string, folder: string): Target {
  const at = text.lastIndexOf("#");
  const whole = resolve(folder, text);
  // The # may be a folder's.
  if (at < 0 || kindOf(whole) === "file") return { name: text, file: whole, exportName: "default" };
  const name = text.slice(0, at);
  const exportName = text.slice(at + 1);
  if (name === "" || exportName === "")
    throw invalid(`expected <module>#<export> such as model.ts#residuals, received ${show(text)}.`);
  return { name, file: resolve(folder, name), exportName };
}

function rejectMissing({ name, file, exportName }: Target, folder: string): void {
  const kind = kindOf(file);
  if (kind === "file") return;
  const modules = modulesIn(kind === "folder" ? file : dirname(file));
  if (kind === "folder") {
    const example = modules.length === 0 ? "There is none in it" : `Name one of its files: ${namesOf(modules)}`;
    throw invalid(`${file} is a folder; expected a module. ${example}.`);
  }
  const similar = modules.find((one) => stem(one) === basename(file)) ?? nearest(basename(file), modules);
  if (similar === undefined) throw invalid(`there is no file ${file}. Paths are relative to ${folder}.`);
  const given = join(dirname(name), similar);
  throw invalid(`there is no file ${file}. Did you mean ${given}${exportName === "default" ? "" : `#${exportName}`}?`);
}

function kindOf(path: string): "file" | "folder" | "nothing" {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return "nothing";
  return stats.isDirectory() ? "folder" : "file";
}

function modulesIn(folder: string): string[] {
  if (kindOf(folder) !== "folder") return [];
  return readdirSync(folder)
    .filter((name) => MODULE.test(name) && !DECLARATIONS.test(name))
    .sort();
}

function namesOf(modules: readonly string[]): string {
  const more = modules.length > MAX_NAMED ? ` and ${modules.length - MAX_NAMED} more` : "";
  return modules.slice(0, MAX_NAMED).join(", ") + more;
}

function stem(name: string): string {
  return basename(name, extname(name));
}

function invalid(message: string): InvalidInputError {
  return new InvalidInputError(`fanopt inspect: ${message}`);
}
