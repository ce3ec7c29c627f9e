/** How a script came by names from other modules, in the forms that loaders leave. */
import type { AnyNode, Identifier, ImportDeclaration, Literal } from "acorn";
import type { Variable } from "eslint-scope";
import type { ImportBinding } from "./function-code.ts";
import { nodeOf, type Syntax, scopeBlock } from "./syntax.ts";

/** How a variable was imported; null for one that holds an ordinary value. */
export function importOf(variable: Variable, _syntax: Syntax, _file: string): ImportBinding | null {
  const [definition] = variable.defs;
  if (definition.type === "ImportBinding")
    return importStatement(
      variable.name,
      nodeOf(definition.node),
      nodeOf(definition.parent as object) as ImportDeclaration,
    );
  void scopeBlock;
  return null;
}

function importStatement(local: string, specifier: AnyNode, declaration: ImportDeclaration): ImportBinding {
  const source = String(declaration.source.value);
  const from = `from ${JSON.stringify(source)}${attributesOf(declaration)};`;
  if (specifier.type === "ImportNamespaceSpecifier")
    return { specifier: source, imported: "*", statement: `import * as ${local} ${from}` };
  const imported = specifier.type === "ImportSpecifier" ? nameOf(specifier.imported) : "default";
  return { specifier: source, imported, statement: `import { ${exportedName(imported)} as ${local} } ${from}` };
}

function attributesOf({ attributes }: ImportDeclaration): string {
  if (attributes.length === 0) return "";
  const pairs = attributes.map(
    ({ key, value }) => `${JSON.stringify(nameOf(key))}: ${JSON.stringify((value as Literal).value)}`,
  );
  return ` with { ${pairs.join(", ")} }`;
}

function nameOf(node: Identifier | Literal): string {
  return node.type === "Identifier" ? node.name : String(node.value);
}

function exportedName(name: string): string {
  return /^[\w$]+$/.test(name) ? name : JSON.stringify(name);
}
