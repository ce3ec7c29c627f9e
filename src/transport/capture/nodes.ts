/** acorn's nodes: which kinds there are, and what is in them. */
import type { AnyNode } from "acorn";

/** A node that V8 makes a function of. */
export type CodeNode = FunctionNode | ClassNode;
export type FunctionNode = Extract<
  AnyNode,
  { type: "ArrowFunctionExpression" | "FunctionExpression" | "FunctionDeclaration" }
>;
export type ClassNode = Extract<AnyNode, { type: "ClassDeclaration" | "ClassExpression" }>;

export function isCode(node: AnyNode): node is CodeNode {
  return isFunction(node) || isClass(node);
}

export function isFunction(node: AnyNode): node is FunctionNode {
  return (
    node.type === "ArrowFunctionExpression" || node.type === "FunctionExpression" || node.type === "FunctionDeclaration"
  );
}

export function isClass(node: AnyNode): node is ClassNode {
  return node.type === "ClassDeclaration" || node.type === "ClassExpression";
}

/** The nodes directly inside a node. */
export function children(node: AnyNode): AnyNode[] {
  const found: AnyNode[] = [];
  // No array of the keys and values of each node: scripts have hundreds of thousands.
  for (const key in node) {
    if (key === "range") continue;
    const value: unknown = node[key as keyof AnyNode];
    if (!Array.isArray(value)) {
      if (isNode(value)) found.push(value);
    } else for (const item of value as unknown[]) if (isNode(item)) found.push(item);
  }
  return found;
}

function isNode(value: unknown): value is AnyNode {
  return typeof value === "object" && value !== null && typeof (value as { type?: unknown }).type === "string";
}
