import { type AnyNode, type ClassBody, parseExpressionAt } from "acorn";
import { children } from "./nodes.ts";

/**
 * Names of the #private methods and accessors that the public methods of a class call: V8 tells of private fields only. An instance that is copied lacks
 * them; one whose constructor alone calls them does not need them any more.
 */
export function privateMethods(owner: (...args: never[]) => unknown): readonly string[] {
  const text = Function.prototype.toString.call(owner);
  if (!text.startsWith("class") || !text.includes("#")) return [];
  const node = parseExpressionAt(text, 0, { ecmaVersion: "latest" });
  if (node.type !== "ClassExpression") return [];
  const methods = new Set<string>();
  for (const member of node.body.body)
    if (member.type === "MethodDefinition" && !member.static && member.key.type === "PrivateIdentifier")
      methods.add(member.key.name);
  return [...namesUsed(node.body)].filter((name) => methods.has(name)).map((name) => `#${name}`);
}

/** Private names in what can be called on an instance that is there already. */
function namesUsed({ body }: ClassBody): ReadonlySet<string> {
  const names = new Set<string>();
  const waiting: AnyNode[] = body.flatMap((member) =>
    member.type === "MethodDefinition" && member.kind !== "constructor" && member.key.type !== "PrivateIdentifier"
      ? [member.value]
      : [],
  );
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (node.type === "PrivateIdentifier") names.add(node.name);
    waiting.push(...children(node));
  }
  return names;
}
