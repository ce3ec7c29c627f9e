/** The text that belongs to a function or class, and what it is called. */
import type { AnyNode, CallExpression, Literal, MethodDefinition, Property } from "acorn";
import { keyName, staticInitializers } from "./class-code.ts";
import { type CodeNode, isClass } from "./nodes.ts";
import { nodeOf, type Syntax } from "./syntax.ts";

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
  const { value, place, name } = givenTo(code, syntax);
  if (name !== null) return name;
  switch (place?.type) {
    case "VariableDeclarator":
      return place.id.type === "Identifier" ? place.id.name : "";
    case "AssignmentExpression":
    case "AssignmentPattern":
      return place.right === value && place.left.type === "Identifier" ? place.left.name : "";
    case "Property":
    case "MethodDefinition":
    case "PropertyDefinition":
      return place.value === value ? (keyName(place) ?? "") : "";
    case "ExportDefaultDeclaration":
      return "default";
    default:
      return "";
  }
}

/** Where code is given a place: the node around it, and the node that stands for it there. */
export interface GivenTo {
  readonly value: AnyNode;
  readonly place: AnyNode | undefined;
  /** Of `__name(f, "f")`, by which esbuild and tsx keep names. */
  readonly name: string | null;
}

export function givenTo(code: CodeNode, syntax: Syntax): GivenTo {
  let value: AnyNode = code;
  let name: string | null = null;
  let place = syntax.parents.get(code);
  while (place?.type === "CallExpression" && isNameKept(place, value, syntax)) {
    const { value: given } = place.arguments[1] as Literal;
    name ??= String(given);
    value = place;
    place = syntax.parents.get(value);
  }
  return { value, place, name };
}

/** Whether a call is `__name(f, "f")`: it returns f. Minified it is known by what its function does. */
function isNameKept(call: CallExpression, target: AnyNode, { text, useOf }: Syntax): boolean {
  const [first, name] = call.arguments;
  if (first !== target || name?.type !== "Literal" || call.callee.type !== "Identifier") return false;
  const definition = useOf.get(call.callee)?.variable?.defs[0];
  const { start, end } = nodeOf(definition?.node ?? call.callee);
  return /"name"[\s\S]*\bconfigurable:/.test(text.slice(start, end));
}
