import { parseExpressionAt } from "acorn";

/** Names of the #private methods and accessors that instances of a class have: V8 tells of private fields only. */
export function privateMethods(owner: (...args: never[]) => unknown): readonly string[] {
  const text = Function.prototype.toString.call(owner);
  if (!text.startsWith("class") || !text.includes("#")) return [];
  const node = parseExpressionAt(text, 0, { ecmaVersion: "latest" });
  if (node.type !== "ClassExpression") return [];
  return node.body.body.flatMap((member) =>
    member.type === "MethodDefinition" && !member.static && member.key.type === "PrivateIdentifier"
      ? [`#${member.key.name}`]
      : [],
  );
}
