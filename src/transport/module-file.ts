import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { InvalidInputError } from "../errors.ts";

/** The module's file; compiled projects have .js beside the URL's .ts. Throws InvalidInputError where there is none. */
export function moduleFile(href: string): string {
  const file = fileURLToPath(href);
  if (existsSync(file)) return file;
  const compiled = file.replace(/\.([cm]?)tsx?$/, ".$1js");
  if (existsSync(compiled)) return compiled;
  throw new InvalidInputError(
    `defineCriterion: there is no file ${file}. Expected the criterion's module: check the path in new URL("…", import.meta.url)` +
      (compiled === file ? "." : ` (${compiled} is not there either).`),
  );
}
