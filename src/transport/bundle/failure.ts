/** What esbuild found wrong, in terms of the user's files. */
import { basename, dirname, resolve } from "node:path";
import type { BuildFailure, Message } from "esbuild";
import type { CapturedCode, CapturedModule } from "../capture/captured-code.ts";
import { moduleFile } from "../module-file.ts";
import type { BundleInput } from "./bundle.ts";
import { capturedFile, capturedModule } from "./captured-modules.ts";

const ROOT = resolve("/");
const MAX_SHOWN = 5;

export function isBuildFailure(error: unknown): error is BuildFailure {
  return error instanceof Error && Array.isArray((error as Partial<BuildFailure>).errors);
}

export function describeFailure(
  failure: BuildFailure,
  exports: BundleInput["exports"],
  captured: CapturedCode | null,
): string {
  const { errors } = failure;
  const lines = errors.slice(0, MAX_SHOWN).map((error) => `  ${describe(error, captured)}`);
  const more = errors.length > MAX_SHOWN ? `\n  … and ${errors.length - MAX_SHOWN} more` : "";
  const criteria = exports.map(({ source }) => ` ${source.export} of ${moduleFile(source.module)}`);
  const scripts = new Set(captured?.modules.map(({ file }) => basename(file)));
  if (scripts.size > 0) criteria.push(` that was captured from ${[...scripts].join(", ")}`);
  return `The criterion${criteria.join(" and")} could not be bundled:\n${lines.join("\n")}${more}`;
}

function describe({ location, text }: Message, captured: CapturedCode | null): string {
  if (location === null) return text;
  const file = capturedFile(captured, location.file);
  if (file === undefined) return `${resolve(ROOT, location.file)}:${location.line}:${location.column + 1}: ${text}`;
  const module = capturedModule(captured, location.file);
  const place = module === undefined ? file : placeOfImport(module, location.lineText);
  return `${place}: ${text}${text.startsWith("Could not resolve") ? ` from ${dirname(file)}` : ""}`;
}

/** Where the script imports what the statement does; the script alone where that is not known. */
function placeOfImport(module: CapturedModule, statement: string): string {
  const specifier = /(["'])((?:(?!\1).)+)\1(?=[^"']*$)/.exec(statement)?.[2];
  const offset = Math.max(...["'", '"', "`"].map((quote) => module.text.indexOf(quote + specifier + quote)));
  const position = offset < 0 ? null : module.originalPosition(offset);
  return position === null ? module.file : `${position.file}:${position.line}:${position.column}`;
}
