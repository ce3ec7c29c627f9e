/** How a script came by names from other modules, in the forms that loaders leave. */
import type { AnyNode, Identifier, ImportDeclaration, Literal, Pattern, VariableDeclarator } from "acorn";
import type { Variable } from "eslint-scope";
import type { ImportBinding } from "./function-code.ts";
import { interopCall } from "./interop.ts";
import { importedSpecifier, requiredSpecifier } from "./module-calls.ts";
import { nodeOf, type Syntax } from "./syntax.ts";

/** All that a script imports at its top, by local names. */
export function importsOf(syntax: Syntax, file: string): ReadonlyMap<string, ImportBinding> {
  const imports = new Map<string, ImportBinding>();
  const variables = new Set(syntax.variableOf.values());
  const count = new Map<string, number>();
  for (const { name } of variables) count.set(name, (count.get(name) ?? 0) + 1);
  for (const variable of variables) {
    if (variable.defs.length === 0) continue;
    // V8 shows all variables of an ES module; of a function around one only some, so that another of the name could be taken for it.
    if (syntax.program.sourceType !== "module" && (count.get(variable.name) ?? 0) > 1) continue;
    const binding = importOf(variable, syntax, file);
    if (binding !== null) imports.set(variable.name, binding);
  }
  return imports;
}

/** How a variable was imported; null for one that holds an ordinary value. */
export function importOf(variable: Variable, syntax: Syntax, file: string): ImportBinding | null {
  const [{ type, node, parent }] = variable.defs;
  if (type === "ImportBinding") return imported(variable.name, nodeOf(node), nodeOf(parent) as ImportDeclaration);
  // Statements stand at the bundle's top: those of functions might have each other's names.
  if (type !== "Variable" || !isAtTop(nodeOf(parent), syntax)) return null;
  const { id, init } = nodeOf(node) as VariableDeclarator;
  if (init == null) return null;
  const property = propertyOf(id, variable.name);
  return property === null ? null : loaded(variable.name, init, property, syntax, file);
}

function isAtTop(declaration: AnyNode, { parents, top }: Syntax): boolean {
  const parent = parents.get(declaration);
  return parent === top || parent?.type === "ExportNamedDeclaration";
}

function imported(local: string, specifier: AnyNode, declaration: ImportDeclaration): ImportBinding {
  const name =
    specifier.type === "ImportNamespaceSpecifier"
      ? "*"
      : specifier.type === "ImportSpecifier"
        ? nameOf(specifier.imported)
        : "default";
  return esImport(local, name, String(declaration.source.value), attributesOf(declaration));
}

function esImport(local: string, name: string, specifier: string, attributes = ""): ImportBinding {
  const what = name === "*" ? `* as ${local}` : `{ ${isIdentifier(name) ? name : JSON.stringify(name)} as ${local} }`;
  const statement = `import ${what} from ${JSON.stringify(specifier)}${attributes};`;
  return { specifier, imported: name, statement };
}

function attributesOf({ attributes }: ImportDeclaration): string {
  if (attributes.length === 0) return "";
  const pairs = attributes.map(
    ({ key, value }) => `${JSON.stringify(nameOf(key))}: ${JSON.stringify((value as Literal).value)}`,
  );
  return ` with { ${pairs.join(", ")} }`;
}

/** What a variable gets of the value that its pattern stands for: "" for all of it, a property's name; null for anything further inside. */
function propertyOf(pattern: Pattern, name: string): string | null {
  if (pattern.type === "Identifier") return "";
  if (pattern.type !== "ObjectPattern") return null;
  for (const property of pattern.properties) {
    if (property.type !== "Property" || property.value.type !== "Identifier" || property.value.name !== name) continue;
    if (property.key.type === "Literal") return String(property.key.value);
    return property.key.type === "Identifier" && !property.computed ? property.key.name : null;
  }
  return null;
}

/** A variable that was given a module, or a property of it, by a call. */
function loaded(local: string, init: AnyNode, property: string, syntax: Syntax, file: string): ImportBinding | null {
  if (init.type === "MemberExpression" && property === "" && !init.computed && init.property.type === "Identifier")
    return loaded(local, init.object, init.property.name, syntax, file);
  if (init.type === "AwaitExpression") {
    const specifier = importedSpecifier(init.argument, file);
    return specifier === null ? null : esImport(local, property || "*", specifier);
  }
  const interop = interopCall(init, syntax);
  const specifier = interop?.specifier ?? requiredSpecifier(init, syntax);
  if (specifier === null) return null;
  const { start, end } = init;
  const call =
    interop === null
      ? `require(${JSON.stringify(specifier)})`
      : `${interop.helper}(${argumentsText(syntax.text.slice(start, end), specifier)})`;
  const member = property === "" ? "" : isIdentifier(property) ? `.${property}` : `[${JSON.stringify(property)}]`;
  return { specifier, imported: property || "*", statement: `const ${local} = ${call}${member};` };
}

/** The helper's arguments: `1` after the module where esbuild gave it. */
function argumentsText(call: string, specifier: string): string {
  const asNode = /\)\s*,\s*1\s*\)$/.test(call) ? ", 1" : "";
  return `require(${JSON.stringify(specifier)})${asNode}`;
}

function nameOf(node: Identifier | Literal): string {
  return node.type === "Identifier" ? node.name : String(node.value);
}

function isIdentifier(name: string): boolean {
  return /^[A-Za-z_$][\w$]*$/.test(name);
}
