/** Which scripts start optimizations. */
import type { AnyNode } from "acorn";
import { importOf } from "./imports.ts";
import { children } from "./nodes.ts";
import type { Syntax } from "./syntax.ts";

const STARTERS: ReadonlySet<string> = new Set(["minimize", "maximize"]);

/**
 * Whether a script uses `minimize` or `maximize`: imports it in any form, or calls something of that name. Importing such a script would start its
 * optimization again.
 */
export function startsOptimizations(text: string, parsed: () => Syntax, file: string): boolean {
  // Most are not parsed for this.
  if (![...STARTERS].some((name) => text.includes(name))) return false;
  const syntax = parsed();
  const waiting: AnyNode[] = [syntax.program];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (usesStarter(node) || readsStarter(node, syntax, file)) return true;
    waiting.push(...children(node));
  }
  return false;
}

function usesStarter(node: AnyNode): boolean {
  switch (node.type) {
    case "ImportSpecifier":
      return isStarter(node.imported);
    case "ObjectPattern":
      return node.properties.some((property) => property.type === "Property" && isStarter(property.key));
    case "CallExpression":
      return isStarterCalled(node.callee);
    default:
      return false;
  }
}

/** `fanopt.minimize` of a module, whatever is done with it. */
function readsStarter(node: AnyNode, syntax: Syntax, file: string): boolean {
  if (node.type !== "MemberExpression" || node.object.type !== "Identifier" || !isStarter(node.property)) return false;
  const variable = syntax.useOf.get(node.object)?.variable;
  return variable?.defs[0] !== undefined && importOf(variable, syntax, file) !== null;
}

/** `minimize()`, `fanopt.minimize()`, and the loaders' `(0, fanopt.minimize)()`. */
function isStarterCalled(callee: AnyNode): boolean {
  if (callee.type === "SequenceExpression") return isStarterCalled(callee.expressions.at(-1) as AnyNode);
  if (callee.type === "MemberExpression") return isStarter(callee.property);
  return isStarter(callee);
}

function isStarter(node: AnyNode): boolean {
  if (node.type === "Identifier") return STARTERS.has(node.name);
  return node.type === "Literal" && STARTERS.has(String(node.value));
}
