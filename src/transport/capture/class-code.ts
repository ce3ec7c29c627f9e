/** What is special about the code of classes. */
import type { AnyNode, MethodDefinition, PropertyDefinition, StaticBlock } from "acorn";
import type { ClassNode } from "./nodes.ts";

/** A static field or block: it ran when the class was made, and its results travel as values. */
export type StaticInitializer = (PropertyDefinition & { static: true }) | StaticBlock;

export function staticInitializers({ body }: ClassNode): StaticInitializer[] {
  return body.body.filter(
    (member): member is StaticInitializer =>
      member.type === "StaticBlock" || (member.type === "PropertyDefinition" && member.static),
  );
}

/** The parts of a class that run when it is made, once its static fields and blocks are out: the superclass and computed keys. */
export function earlyParts(node: ClassNode): AnyNode[] {
  const statics: readonly AnyNode[] = staticInitializers(node);
  const keys = node.body.body.flatMap((member) =>
    member.type !== "StaticBlock" && member.computed && !statics.includes(member) ? [member.key] : [],
  );
  return node.superClass == null ? keys : [node.superClass, ...keys];
}

/** The variable that a class extends; null where it extends none, or an expression. */
export function heritageVariable({ superClass }: ClassNode): string | null {
  return superClass?.type === "Identifier" ? superClass.name : null;
}

/** Variables that name methods, with the begin of the method. */
export function computedKeys({ body }: ClassNode): { variable: string; start: number }[] {
  return body.body.flatMap((member) =>
    member.type === "MethodDefinition" && member.computed && member.key.type === "Identifier"
      ? [{ variable: member.key.name, start: member.start }]
      : [],
  );
}

/** The private names that a class declares. */
export function privateNames({ body }: ClassNode): string[] {
  return body.body.flatMap((member) =>
    member.type !== "StaticBlock" && member.key.type === "PrivateIdentifier" ? [member.key.name] : [],
  );
}

/** The name of a property as the text says it; null for a computed one. Private names have their #. */
export function keyName({ key, computed }: Pick<MethodDefinition, "key" | "computed">): string | null {
  if (key.type === "PrivateIdentifier") return `#${key.name}`;
  if (key.type === "Literal") return String(key.value);
  return key.type === "Identifier" && !computed ? key.name : null;
}
