/** Uses of a module's own place for which no file can be sent along. */

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
/** A comment after code has a blank before it, unlike the slashes of a URL. */
const COMMENT = /(?<!\S)\/\/.*|\/\*[\s\S]*?\*\//g;

/** Where and why a module may look for files that are not sent along. */
export interface UnknownFiles {
  readonly line: number;
  readonly column: number;
  readonly why: string;
}

/**
 * For the text of a local module that asks where it is, with the files that go along: where it may look for others. It would find nothing, or less, and
 * might not say so. Null where it does not, as far as the text says.
 */
export function unknownFiles(text: string, assets: readonly string[]): UnknownFiles | null {
  const code = withoutComments(text);
  const rest = blank(code, HARMLESS);
  const isHarmless = rest !== code && !USE.test(rest);
  if (isHarmless) return null;
  const listing = LISTING.exec(code);
  if (listing !== null)
    return {
      ...positionOf(listing, text),
      why: `${listing[0]} finds other files on a worker: only those that the module names in quotes are sent along. ${REMEDY}`,
    };
  const use = USE.exec(rest) ?? USE.exec(text);
  if (assets.length > 0 || use === null) return null;
  return {
    ...positionOf(use, text),
    why: `${use[0]} is another one on a worker, and no file that this module names in quotes is there to be sent along. ${REMEDY}`,
  };
}

const REMEDY =
  'Write the name out, as in new URL("./table.csv", import.meta.url), or read the file in this process and hand over what is in it.';

/** A module's text with blanks in the place of its comments. */
export function withoutComments(text: string): string {
  return blank(text, COMMENT);
}

/** Blanks keep the positions. */
function blank(text: string, what: RegExp): string {
  return text.replace(what, (part) => part.replace(/[^\n]/g, " "));
}

function positionOf({ index }: RegExpExecArray, text: string): { line: number; column: number } {
  const before = text.slice(0, index).split("\n");
  return { line: before.length, column: (before.at(-1) ?? "").length + 1 };
}
