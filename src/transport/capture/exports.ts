/** The names under which a script exports its functions and classes. */
import { extname } from "node:path";
import type { AnyNode, CallExpression, ExportSpecifier, Expression, ObjectExpression } from "acorn";
import type { Variable } from "eslint-scope";
import { givenTo } from "./code-range.ts";
import { isReassigned } from "./declarations.ts";
import { type CodeNode, isCode, isFunction } from "./nodes.ts";
import type { Syntax } from "./syntax.ts";

/** What is exported: a variable, or the code that stands in the export itself. */
type Exported = Variable | CodeNode;

/** Names by what they export. A name with an uncertain meaning is left out: that function is copied, which is always right. */
export type ExportNames = ReadonlyMap<Exported, string>;

export function exportNames(syntax: Syntax, file: string): ExportNames {
  const names = new Map<Exported, string>();
  const taken = new Set<string>();
  for (const [name, value] of syntax.top.body.flatMap((statement) => exportsIn(statement, syntax, file))) {
    const exported = exportedBy(value, syntax);
    // What an export is given twice cannot be told from the text.
    if (exported === null || taken.has(name)) {
      for (const [other, otherName] of names) if (otherName === name) names.delete(other);
    } else if (!names.has(exported)) names.set(exported, name);
    taken.add(name);
  }
  return names;
}

/** The name by which another module can import a function or class; null when there is none. */
export function exportNameOf(code: CodeNode, names: ExportNames, syntax: Syntax): string | null {
  const own = names.get(code);
  if (own !== undefined) return own;
  const variable = variableHolding(code, syntax);
  if (variable === null || isReassigned(variable, syntax)) return null;
  return names.get(variable) ?? null;
}

function variableHolding(code: CodeNode, syntax: Syntax): Variable | null {
  if (code.type === "FunctionDeclaration" || code.type === "ClassDeclaration")
    return code.id == null ? null : (syntax.variableOf.get(code.id) ?? null);
  const { value, place } = givenTo(code, syntax);
  if (place?.type !== "VariableDeclarator" || place.init !== value) return null;
  return syntax.variableOf.get(place.id) ?? null;
}

function exportedBy(value: AnyNode, syntax: Syntax): Exported | null {
  if (isCode(value)) {
    const isNamed = value.type === "FunctionDeclaration" || value.type === "ClassDeclaration";
    return (isNamed ? variableHolding(value, syntax) : null) ?? value;
  }
  return value.type === "Identifier"
    ? (syntax.useOf.get(value)?.variable ?? syntax.variableOf.get(value) ?? null)
    : null;
}

type NamedValue = [name: string, value: AnyNode];

function exportsIn(statement: AnyNode, syntax: Syntax, file: string): NamedValue[] {
  switch (statement.type) {
    case "ExportDefaultDeclaration":
      return [["default", statement.declaration]];
    case "ExportNamedDeclaration": {
      if (statement.source != null) return [];
      const { declaration, specifiers } = statement;
      if (declaration?.type === "VariableDeclaration")
        return declaration.declarations.flatMap(({ id }): NamedValue[] =>
          id.type === "Identifier" ? [[id.name, id]] : [],
        );
      return declaration == null ? specifiers.map(namesIn) : [[declaration.id.name, declaration]];
    }
    case "ExpressionStatement":
      return statement.expression.type === "CallExpression"
        ? byCall(statement.expression, syntax, file)
        : byAssignment(statement.expression);
    default:
      return [];
  }
}

function namesIn({ exported, local }: ExportSpecifier): NamedValue {
  return [exported.type === "Identifier" ? exported.name : String(exported.value), local];
}

/** `exports.f = f`, `exports.f = exports.g = f`, `module.exports = f`, `module.exports = { f, g: h }`. */
function byAssignment(expression: AnyNode): NamedValue[] {
  const targets: string[] = [];
  let value = expression;
  while (value.type === "AssignmentExpression" && value.operator === "=") {
    const target = exportTarget(value.left);
    if (target !== null) targets.push(target);
    value = value.right;
  }
  // TypeScript's first lines: what comes later counts.
  if (value.type === "UnaryExpression" && value.operator === "void") return [];
  return targets.flatMap((name): NamedValue[] => {
    if (name !== "*") return name === "default" ? [] : [[name, value]];
    if (value.type === "ObjectExpression") return inObject(value);
    return isCode(value) || value.type === "Identifier" ? [["default", value]] : [];
  });
}

/** The export's name, "*" for `module.exports` itself; null for anything else. */
function exportTarget(node: AnyNode): string | null {
  if (node.type !== "MemberExpression" || node.computed || node.property.type !== "Identifier") return null;
  if (isModuleExports(node)) return "*";
  const isExports = node.object.type === "Identifier" ? node.object.name === "exports" : isModuleExports(node.object);
  return isExports ? node.property.name : null;
}

function isModuleExports(node: AnyNode): boolean {
  if (node.type !== "MemberExpression" || node.computed || node.object.type !== "Identifier") return false;
  return node.object.name === "module" && node.property.type === "Identifier" && node.property.name === "exports";
}

function inObject({ properties }: ObjectExpression): NamedValue[] {
  return properties.flatMap((property): NamedValue[] => {
    if (property.type !== "Property" || property.computed || property.kind !== "init") return [];
    const { key, value } = property;
    return key.type === "Identifier" || key.type === "Literal"
      ? [[key.type === "Identifier" ? key.name : String(key.value), value]]
      : [];
  });
}

/** What defines getters: vite's `__vite_ssr_exportName__`, `Object.defineProperty(exports, …)`, esbuild's `__export(x_exports, { … })`. */
function byCall(
  { callee, arguments: [first, second, third] }: CallExpression,
  syntax: Syntax,
  file: string,
): NamedValue[] {
  const called = syntax.text.slice(callee.start, callee.end);
  if (called === "__vite_ssr_exportName__" && first?.type === "Literal") return byGetter(String(first.value), second);
  if (first?.type !== "Identifier") return [];
  const isViteExports = first.name === "__vite_ssr_exports__";
  const isExports = isViteExports || first.name === "exports";
  if (
    called === "Object.defineProperty" &&
    isExports &&
    second?.type === "Literal" &&
    third?.type === "ObjectExpression"
  ) {
    const name = String(second.value);
    if (name === "default" && !isViteExports) return [];
    return inObject(third).flatMap(([key, getter]) => (key === "get" ? byGetter(name, getter) : []));
  }
  if (second?.type !== "ObjectExpression") return [];
  if (!isExports && !isWholeExport(first.name, syntax)) return [];
  // esbuild reads TypeScript files as they are on disk, and CommonJS has no "default" of its own.
  const isTypeScript = /^\.[cm]?tsx?$/.test(extname(file));
  return inObject(second)
    .filter(([name]) => name !== "default" || isTypeScript)
    .flatMap(([name, getter]) => byGetter(name, getter));
}

/** Whether `module.exports = __toCommonJS(name)` is in the script: bundles have such objects of their inner modules, too. */
function isWholeExport(name: string, { top }: Syntax): boolean {
  return top.body.some((statement) => {
    if (statement.type !== "ExpressionStatement" || statement.expression.type !== "AssignmentExpression") return false;
    const { left, right } = statement.expression;
    const [argument] = right.type === "CallExpression" ? right.arguments : [];
    return isModuleExports(left) && argument?.type === "Identifier" && argument.name === name;
  });
}

/** `() => f`, `function () { return f; }`, `() => { try { return f } catch {} }`. */
function byGetter(name: string, getter: AnyNode | undefined): NamedValue[] {
  if (getter === undefined || !isFunction(getter)) return [];
  const value = returned(getter.body);
  return value?.type === "Identifier" ? [[name, value]] : [];
}

function returned(body: AnyNode): Expression | null {
  if (body.type === "TryStatement") return returned(body.block);
  if (body.type === "ReturnStatement") return body.argument ?? null;
  if (body.type === "BlockStatement") return body.body.length === 1 ? returned(body.body[0]) : null;
  return body.type === "Identifier" ? body : null;
}
