import { InvalidInputError } from "../../errors.ts";

const USE = /\bimport\.meta(?:\.\w+)?|\b__dirname\b|\b__filename\b/;
const LISTING = /\b(?:readdir|opendir|glob)(?:Sync)?\b/;

/** Uses that cannot be silently wrong: whether the module is the program, what only packages of Node are loaded by, modules that are not sent along. */
const HARMLESS = new RegExp(
  [
    /^.*\bargv\[1\].*$/,
    /\bimport\.meta\.(?:main|env)\b/,
    /\bcreateRequire\(\s*(?:import\.meta\.(?:url|filename)|__filename)\s*\)/,
    /\bnew URL\(\s*["'`][^"'`\n]+\.[cm]?[jt]sx?["'`]\s*,\s*import\.meta\.url\s*\)/,
  ]
    .map(({ source }) => source)
    .join("|"),
  "gm",
);
const COMMENT = /(?<!\S)\/\/.*|\/\*[\s\S]*?\*\//g;

/** A local module that, as esbuild found, asks where it is. */
interface AskingModule {
  readonly file: string;
  readonly text: string;
  /** Files that go along. */
  readonly assets: readonly string[];
}

/** Throws where the module may look for files that are not sent along: it would find nothing, or less, and might not say so. */
export function rejectUnknownFiles({ file, text, assets }: AskingModule): void {
  if (/[\\/]node_modules[\\/]/.test(file)) return;
  const code = blank(text, COMMENT);
  const rest = blank(code, HARMLESS);
  const isHarmless = rest !== code && !USE.test(rest);
  if (isHarmless) return;
  const listing = LISTING.exec(code);
  if (listing !== null)
    throw new InvalidInputError(
      `${placeOf(listing, file, text)}: ${listing[0]} finds other files on a worker: only those that the module names in quotes are sent along. ${REMEDY}`,
    );
  if (assets.length > 0) return;
  const use = USE.exec(rest) ?? (USE.exec(text) as RegExpExecArray);
  throw new InvalidInputError(
    `${placeOf(use, file, text)}: ${use[0]} is another one on a worker, and no file that this module names in quotes is there to be sent along. ${REMEDY}`,
  );
}

const REMEDY =
  'Write the name out, as in new URL("./table.csv", import.meta.url), or read the file in this process and hand over what is in it.';

/** Blanks keep the positions. */
function blank(text: string, what: RegExp): string {
  return text.replace(what, (part) => part.replace(/[^\n]/g, " "));
}

function placeOf({ index }: RegExpExecArray, file: string, text: string): string {
  const before = text.slice(0, index).split("\n");
  return `${file}:${before.length}:${(before.at(-1) ?? "").length + 1}`;
}
