/** Checks that the imports of src/ follow scripts/import-rules.ts. Type imports, re-exports, dynamic imports and require count too. */
import { readdirSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { join, posix, relative, sep } from "node:path";
import { parseSync, Visitor } from "oxc-parser";
import { type ImportRules, importRules } from "./import-rules.ts";

type ImportKind = "static" | "dynamic" | "type";

interface Import {
  /** As written, e.g. "../errors.ts" or "ml-matrix". */
  readonly specifier: string;
  readonly kind: ImportKind;
  readonly line: number;
}

/**
 * The imports that are against the rules, one message each.
 *
 * @param files Sources keyed by path relative to src/, with forward slashes.
 */
export function findViolations(files: ReadonlyMap<string, string>, rules: ImportRules): string[] {
  const messages: string[] = [];
  for (const [file, source] of files) {
    if (rules.rooms[roomOf(file)] === undefined) {
      messages.push(`src/${file}: ${roomOf(file)} is not in scripts/import-rules.ts: say there what it may import.`);
      continue;
    }
    for (const found of importsOf(file, source)) {
      const problem = isRelative(found.specifier)
        ? problemWithFile(file, found, rules)
        : problemWithPackage(file, found, rules);
      if (problem !== null) messages.push(`src/${file}:${found.line}: ${problem}`);
    }
  }
  return messages;
}

function problemWithFile(file: string, found: Import, rules: ImportRules): string | null {
  const target = posix.join(posix.dirname(file), found.specifier);
  const room = roomOf(file);
  if (target.startsWith("..")) return `src/ may not import from outside of it, as ${show(found)} does.`;
  if (roomOf(target) === room) return null;
  const allowed = [...(rules.rooms[room] ?? []), ...rules.everywhere];
  if (allowed.some((entry) => permits(entry, target, found.kind))) return null;
  return `${room} may not import ${target} (${show(found)}). It may import: ${allowed.join(", ")}.`;
}

function problemWithPackage(file: string, found: Import, rules: ImportRules): string | null {
  const name = packageOf(found.specifier);
  if (found.specifier.startsWith("node:") || builtinModules.includes(name)) return null;
  const allowed = rules.packages[name];
  if (allowed === undefined)
    return `the package ${name} is not in scripts/import-rules.ts: say there which room may import it.`;
  if (allowed.some((entry) => permits(entry, file, found.kind))) return null;
  return `the package ${name} may not be imported here (${show(found)}). It may be in: ${allowed.join(", ")}.`;
}

/** Whether an entry such as "lazy executors" covers the path for imports of the kind. */
function permits(entry: string, path: string, kind: ImportKind): boolean {
  const [, how, place = ""] = /^(?:(type|lazy) )?(.*)$/.exec(entry) ?? [];
  if (path !== place && !path.startsWith(`${place}/`)) return false;
  return how === undefined || kind === "type" || (how === "lazy" && kind === "dynamic");
}

function importsOf(file: string, source: string): Import[] {
  const { program, errors } = parseSync(file, source);
  const [error] = errors;
  if (error !== undefined) throw new Error(`src/${file} does not parse: ${error.message}`);
  const found: Import[] = [];
  const add = (specifier: string, kind: ImportKind, position: number) =>
    found.push({ specifier, kind, line: source.slice(0, position).split("\n").length });
  new Visitor({
    ImportDeclaration: (node) => add(node.source.value, node.importKind === "type" ? "type" : "static", node.start),
    ExportAllDeclaration: (node) => add(node.source.value, node.exportKind === "type" ? "type" : "static", node.start),
    ExportNamedDeclaration: (node) => {
      if (node.source !== null) add(node.source.value, node.exportKind === "type" ? "type" : "static", node.start);
    },
    ImportExpression: (node) => {
      if (isText(node.source)) add(node.source.value, "dynamic", node.start);
    },
    TSImportType: (node) => add(node.source.value, "type", node.start),
    CallExpression: (node) => {
      const [argument] = node.arguments;
      const isRequire = node.callee.type === "Identifier" && node.callee.name === "require";
      if (isRequire && argument !== undefined && isText(argument)) add(argument.value, "static", node.start);
    },
  }).visit(program);
  return found;
}

function isText(node: { readonly type: string }): node is { type: "Literal"; value: string } {
  return node.type === "Literal" && "value" in node && typeof node.value === "string";
}

/** The first folder of a path, or the file itself if it is in none. */
function roomOf(file: string): string {
  return file.split("/", 1)[0] ?? file;
}

function packageOf(specifier: string): string {
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}

function isRelative(specifier: string): boolean {
  return specifier.startsWith(".");
}

function show({ specifier, kind }: Import): string {
  if (kind === "dynamic") return `import("${specifier}")`;
  return `${kind === "type" ? "import type" : "import"} "${specifier}"`;
}

/** The TypeScript sources below a folder, keyed by relative path. */
export function readSources(folder: string): Map<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((e) => join(e.parentPath, e.name));
  return new Map(paths.map((path) => [relative(folder, path).split(sep).join("/"), readFileSync(path, "utf8")]));
}

if (import.meta.main) {
  const sources = readSources(join(import.meta.dirname, "..", "src"));
  const violations = findViolations(sources, importRules);
  for (const message of violations) console.error(message);
  console.log(`Imports: ${sources.size} files of src/, ${violations.length} against the rules.`);
  if (violations.length > 0) process.exitCode = 1;
}
