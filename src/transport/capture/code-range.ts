/** The text that belongs to a function or class, and what it is called. */
import type { AnyNode, MethodDefinition, Property } from "acorn";
import { keyName, staticInitializers } from "./class-code.ts";
import { type CodeNode, isClass, type Syntax } from "./syntax.ts";

/** The property or class member that a method, getter or setter is written as; null for a function that stands alone. */
export type MethodNode = MethodDefinition | (Property & { kind: "init" | "get" | "set" });

export function methodOf(code: CodeNode, { parents }: Syntax): MethodNode | null {
  const parent = parents.get(code);
  if (parent?.type === "MethodDefinition" && parent.value === code) return parent;
  const isMethod = parent?.type === "Property" && parent.value === code && (parent.method || parent.kind !== "init");
  return isMethod ? (parent as MethodNode) : null;
}

/** Parts of the text that do not travel. */
export function omittedParts(code: CodeNode): AnyNode[] {
  return isClass(code) ? staticInitializers(code) : [];
}

export function isInside(node: AnyNode, parts: readonly AnyNode[]): boolean {
  return parts.some(({ start, end }) => start <= node.start && node.end <= end);
}

/** The name in the text, or of the variable or property that the code is given to; "" when there is none. */
export function codeName(code: CodeNode, syntax: Syntax): string {
  if (code.type !== "ArrowFunctionExpression" && code.id != null) return code.id.name;
  return nameOfPlace(code, syntax);
}

function nameOfPlace(node: AnyNode, syntax: Syntax): string {
  const parent = syntax.parents.get(node);
  switch (parent?.type) {
    case "VariableDeclarator":
      return parent.id.type === "Identifier" ? parent.id.name : "";
    case "AssignmentExpression":
    case "AssignmentPattern":
      return parent.right === node && parent.left.type === "Identifier" ? parent.left.name : "";
    case "Property":
    case "MethodDefinition":
    case "PropertyDefinition":
      return parent.value === node ? (keyName(parent) ?? "") : "";
    case "ExportDefaultDeclaration":
      return "default";
    case "CallExpression":
      return nameGivenBy(parent.arguments, node);
    default:
      return "";
  }
}

/** esbuild and tsx keep names by `__name(f, "f")`, which may be minified. */
function nameGivenBy([target, name]: readonly AnyNode[], node: AnyNode): string {
  return target === node && name?.type === "Literal" && typeof name.value === "string" ? name.value : "";
}
