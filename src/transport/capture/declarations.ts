/** Where variables are declared, and whether they change. */
import type { AnyNode, Identifier } from "acorn";
import type { Variable } from "eslint-scope";
import type { Declaration } from "./function-code.ts";
import { importOf } from "./imports.ts";
import { isFunction } from "./nodes.ts";
import { nodeOf, type Syntax, scopeBlock, type VariableUse } from "./syntax.ts";

/** What CommonJS modules get as parameters of a function that is not in their text. */
const COMMONJS_PARAMETERS = ["exports", "module"];

/** The declaration of a variable that a script uses; null for a global one. */
export function declarationOf(
  name: string,
  variable: Variable | null,
  syntax: Syntax,
  file: string,
): Declaration | null {
  if (variable === null) {
    const index = syntax.program.sourceType === "module" ? -1 : COMMONJS_PARAMETERS.indexOf(name);
    return index < 0 ? null : { offset: -1 - index, kind: "parameter", isReassigned: false };
  }
  const [definition] = variable.defs;
  if (definition === undefined) return null;
  const isChanging = isReassigned(variable, syntax);
  const binding = isChanging ? null : importOf(variable, syntax, file);
  return {
    offset: nodeOf(definition.name).start,
    kind: kindOf(variable),
    isReassigned: isChanging,
    ...(binding === null ? {} : { import: binding }),
  };
}

function kindOf({ defs: [definition] }: Variable): Declaration["kind"] {
  switch (definition.type) {
    case "ImportBinding":
      return "import";
    case "FunctionName":
      return "function";
    case "ClassName":
      return "class";
    case "Parameter":
      return "parameter";
    case "CatchClause":
      return "catch";
    default: {
      const { kind } = definition.parent as { kind: "const" | "let" | "var" | "using" | "await using" };
      return kind === "let" || kind === "var" ? kind : "const";
    }
  }
}

/** See `Declaration.isReassigned`. */
export function isReassigned(variable: Variable, syntax: Syntax): boolean {
  const kind = kindOf(variable);
  if (kind === "import" || kind === "const") return false;
  const writes = writesTo(variable, syntax);
  const isVariable = variable.defs.every(({ type }) => type === "Variable");
  if (!isVariable) return writes.some(({ isInitial }) => !isInitial) || variable.defs.some(isInitializedVariable);
  if (writes.length > 1) return !isCountedByHeader(variable, writes, syntax);
  return writes.length === 1 && !isWrittenOnce(writes[0].identifier, scopeBlock(variable), syntax);
}

/** `function f() {}` and `var f = …`. */
function isInitializedVariable({ type, node }: Variable["defs"][number]): boolean {
  return type === "Variable" && (node as { init?: unknown }).init != null;
}

/** Each place where a value is given, once. */
function writesTo(variable: Variable, syntax: Syntax): VariableUse[] {
  const writes = new Map<AnyNode, VariableUse>();
  for (const { identifier } of variable.references) {
    const use = syntax.useOf.get(nodeOf(identifier));
    if (use?.isWrite && !isOpenedAgain(use.identifier, syntax)) writes.set(use.identifier, use);
  }
  // A pattern's default and its value are two references: one place.
  return [...writes.values()];
}

/** TypeScript's enums and namespaces: `(function (E) { … })(E || (E = {}))` gives a value only to what has none; so does `var E = ((E) => …)(E || {})`. */
function isOpenedAgain(identifier: Identifier, { parents }: Syntax): boolean {
  let node: AnyNode = identifier;
  let parent = parents.get(node);
  while (parent?.type === "AssignmentExpression" && parent.operator === "=") {
    node = parent;
    parent = parents.get(node);
  }
  if (node !== identifier && parent?.type === "LogicalExpression") {
    // As the argument of a function that is called there and then: `x || (x = …)` elsewhere is a lazy value.
    const call = parents.get(parent);
    const isArgument = call?.type === "CallExpression" && isFunction(call.callee) && call.arguments.includes(parent);
    return isArgument && parent.right === node && isOr(parent, identifier.name);
  }
  if (parent?.type !== "VariableDeclarator" || parent.init?.type !== "CallExpression") return false;
  return parent.init.arguments.some((argument) => isOr(argument, identifier.name));
}

function isOr(node: AnyNode, name: string): boolean {
  return (
    node.type === "LogicalExpression" &&
    node.operator === "||" &&
    node.left.type === "Identifier" &&
    node.left.name === name
  );
}

/** `for (let i = 0; i < n; i++)`: each round has an `i` of its own, and its functions see it. */
function isCountedByHeader(variable: Variable, writes: readonly VariableUse[], { parents }: Syntax): boolean {
  const loop = scopeBlock(variable);
  if (loop.type !== "ForStatement") return false;
  return writes.every(({ identifier, isInitial }) => {
    if (isInitial) return true;
    let node: AnyNode | undefined = identifier;
    while (node !== undefined && node !== loop.update && node !== loop) {
      if (isFunction(node)) return false;
      node = parents.get(node);
    }
    return node === loop.update;
  });
}

/** Whether the place is run once for each variable: no loop and no function is between them. */
function isWrittenOnce(place: AnyNode, block: AnyNode, { parents }: Syntax): boolean {
  let child = place;
  for (let node = parents.get(place); node !== undefined && child !== block; node = parents.get(node)) {
    if (node === block) return true;
    if (isFunction(node) || node.type === "StaticBlock" || node.type === "PropertyDefinition") return false;
    if (node.type === "ForStatement" ? child !== node.init : LOOPS.has(node.type)) return false;
    child = node;
  }
  return true;
}

const LOOPS: ReadonlySet<string> = new Set(["ForInStatement", "ForOfStatement", "WhileStatement", "DoWhileStatement"]);
