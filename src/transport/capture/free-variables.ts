/** The free variables of functions and classes. */
import type { AnyNode } from "acorn";
import type { Variable } from "eslint-scope";
import { earlyParts } from "./class-code.ts";
import { isInside, omittedParts } from "./code-range.ts";
import { declarationOf } from "./declarations.ts";
import type { Reference } from "./function-code.ts";
import { type CodeNode, isClass } from "./nodes.ts";
import { type Syntax, scopeBlock, usesIn, type VariableUse } from "./syntax.ts";

/** Uses of variables that are declared outside the code, in the order of the text. */
export function freeUses(code: CodeNode, syntax: Syntax): VariableUse[] {
  const omitted = omittedParts(code);
  return usesIn(syntax, code.start, code.end).filter(
    ({ identifier, variable }) =>
      !isInside(identifier, omitted) && (variable === null || !isOwn(scopeBlock(variable), code, syntax)),
  );
}

/** Whether a scope is inside the code. A program may be no longer than its only function. */
function isOwn(block: AnyNode, code: CodeNode, { program }: Syntax): boolean {
  return block !== program && isInside(block, [code]);
}

/** @param uses those of the code's free uses that are to be references. */
export function referencesOf(code: CodeNode, uses: readonly VariableUse[], syntax: Syntax, file: string): Reference[] {
  const early = isClass(code) ? earlyParts(code) : [];
  const groups = new Map<Variable | string, VariableUse[]>();
  for (const use of uses) {
    const key = use.variable ?? use.identifier.name;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [use]);
    else group.push(use);
  }
  return [...groups.values()].map((group) => {
    const [{ identifier, variable }] = group;
    return {
      name: identifier.name,
      offset: identifier.start,
      declaration: declarationOf(identifier.name, variable, syntax, file),
      isWritten: group.some(({ isWrite }) => isWrite),
      isEarly: group.some((use) => isInside(use.identifier, early)),
      properties: propertiesRead(group, syntax),
    };
  });
}

function propertiesRead(uses: readonly VariableUse[], syntax: Syntax): Map<string, number> {
  const properties = new Map<string, number>();
  for (const { identifier } of uses)
    for (const [name, offset] of propertiesAt(identifier, syntax))
      if (!properties.has(name)) properties.set(name, offset);
  return properties;
}

function propertiesAt(identifier: AnyNode, { parents, text }: Syntax): [name: string, offset: number][] {
  const parent = parents.get(identifier);
  if (parent?.type === "MemberExpression" && parent.object === identifier) {
    if (isAssigned(parent, parents.get(parent))) return [];
    const { property, computed } = parent;
    if (property.type === "Identifier" && !computed) return [[property.name, property.start]];
    const isName = property.type === "Literal" && typeof property.value === "string";
    return [[isName ? String(property.value) : "*", property.start]];
  }
  const pattern =
    parent?.type === "VariableDeclarator" && parent.init === identifier
      ? parent.id
      : parent?.type === "AssignmentExpression" && parent.right === identifier
        ? parent.left
        : null;
  if (pattern?.type !== "ObjectPattern") return [];
  return pattern.properties.map((property) => {
    const isNamed = property.type === "Property" && property.key.type === "Identifier" && !property.computed;
    const key = property.type === "Property" ? property.key : property;
    return [isNamed ? text.slice(key.start, key.end) : "*", key.start];
  });
}

/** `x.a = 1` reads nothing of x. */
function isAssigned(member: AnyNode, parent: AnyNode | undefined): boolean {
  return parent?.type === "AssignmentExpression" && parent.left === member && parent.operator === "=";
}
