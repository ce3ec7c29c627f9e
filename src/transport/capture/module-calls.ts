/** Calls by which scripts get modules: `require`, `import()`, vite's module runner. */
import { existsSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import type { AnyNode, CallExpression } from "acorn";
import { isInside } from "./code-range.ts";
import { isFunction } from "./nodes.ts";
import { nodeOf, type Syntax, scopeBlock, type VariableUse } from "./syntax.ts";

/** Whether a variable is what CommonJS or a loader gives to the whole module: declared nowhere, or a parameter of the function around its text. */
export function isModuleParameter({ variable }: Pick<VariableUse, "variable">, { top }: Syntax): boolean {
  if (variable === null) return true;
  if (variable.defs[0]?.type !== "Parameter") return false;
  const block = scopeBlock(variable);
  return isFunction(block) && isInside(top, [block]);
}

/** Whether a use of the name `require` means the module's own: CommonJS's, or what `createRequire` made at the module's top. */
export function isRequire(use: VariableUse, syntax: Syntax): boolean {
  if (use.identifier.name !== "require") return false;
  if (isModuleParameter(use, syntax)) return true;
  const definition = use.variable?.defs[0];
  if (definition?.type !== "Variable" || nodeOf(definition.node).type !== "VariableDeclarator") return false;
  const { init } = definition.node as { init?: AnyNode | null };
  return init?.type === "CallExpression" && /import\.meta\.|__filename/.test(textOf(init, syntax));
}

/** The specifier of `require("…")`; null for anything else. */
export function requiredSpecifier(node: AnyNode, syntax: Syntax): string | null {
  if (node.type !== "CallExpression" || node.callee.type !== "Identifier") return null;
  const use = syntax.useOf.get(node.callee);
  return use !== undefined && isRequire(use, syntax) ? specifierIn(node) : null;
}

const VITE_IMPORTS: ReadonlySet<string> = new Set(["__vite_ssr_import__", "__vite_ssr_dynamic_import__"]);

/** The specifier of `import("…")`, also in vite's forms; null for anything else. */
export function importedSpecifier(node: AnyNode, file: string): string | null {
  if (node.type === "ImportExpression") return stringIn(node.source);
  const isVite =
    node.type === "CallExpression" && node.callee.type === "Identifier" && VITE_IMPORTS.has(node.callee.name);
  const specifier = isVite ? specifierIn(node) : null;
  return specifier === null ? null : viteSpecifier(specifier, file);
}

export function specifierIn({ arguments: [argument] }: CallExpression): string | null {
  return argument === undefined ? null : stringIn(argument);
}

/** The value of a string without anything to compute. */
export function stringIn(node: AnyNode): string | null {
  if (node.type === "Literal") return typeof node.value === "string" ? node.value : null;
  return node.type === "TemplateLiteral" && node.expressions.length === 0
    ? (node.quasis[0].value.cooked ?? null)
    : null;
}

/**
 * vite writes "/src/model.ts" for a file under its root, and "/@fs/…" for any other: an absolute path is made of both, where there is such a
 * file. The root is not in the text: a folder above the script that has the file is.
 */
function viteSpecifier(written: string, file: string): string {
  const specifier = written.replace(/[?&][vt]=[^&]*$/, "");
  if (specifier.startsWith("file:")) return fileURLToPath(specifier);
  if (!specifier.startsWith("/")) return specifier;
  if (specifier.startsWith("/@fs/")) return specifier.slice(specifier[6] === ":" ? 5 : 4);
  const folders = file === "" ? [] : foldersAbove(file);
  const root = [...folders, ""].find((folder) => existsSync(join(folder, specifier)));
  return root === undefined ? specifier : join(root, specifier);
}

/** The working directory where the file is under it, for that is what vite's root mostly is; then the nearest first. */
function foldersAbove(file: string): string[] {
  const folders: string[] = relative(process.cwd(), file).startsWith("..") ? [] : [process.cwd()];
  for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder)) folders.push(folder);
  return folders;
}

function textOf({ start, end }: AnyNode, { text }: Syntax): string {
  return text.slice(start, end);
}
