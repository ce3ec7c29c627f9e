/** What loaders put around a module's text: vite's module runner, tsx. */
import type { AnyNode, BlockStatement, Expression, Program } from "acorn";

/** The block of the user's own top-level statements: the program, or the body of the one function around it. */
export function topOf(program: Program): (Program | BlockStatement) & { body: AnyNode[] } {
  const statements = program.body.filter((statement) => !isPrelude(statement));
  if (statements.length !== 1 || statements[0].type !== "ExpressionStatement") return program;
  const body = wrapperBody(statements[0].expression);
  if (body === null) return program;
  // vite's wrapper has two pairs of braces, so that the user's variables may have the names of its parameters.
  const [inner] = body.body;
  return body.body.length === 1 && inner.type === "BlockStatement" ? inner : body;
}

/** "use strict", and tsx's `__filename="…"`. */
function isPrelude(statement: AnyNode): boolean {
  if (statement.type === "EmptyStatement") return true;
  if (statement.type !== "ExpressionStatement") return false;
  const { expression } = statement;
  if (expression.type === "Literal") return true;
  return (
    expression.type === "AssignmentExpression" &&
    expression.left.type === "Identifier" &&
    expression.left.name === "__filename"
  );
}

function wrapperBody(expression: Expression): BlockStatement | null {
  if (expression.type === "SequenceExpression") return wrapperBody(expression.expressions.at(-1) as Expression);
  if (expression.type === "CallExpression" && expression.callee.type !== "Super")
    return wrapperBody(expression.callee as Expression);
  const isFunction = expression.type === "ArrowFunctionExpression" || expression.type === "FunctionExpression";
  return isFunction && expression.body.type === "BlockStatement" ? expression.body : null;
}
