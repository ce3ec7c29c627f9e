/** Uses of variables that are no captured variables: they belong to the module as a whole, or to what a loader or a coverage tool put into the text. */
import type { AnyNode } from "acorn";
import type { TextEdit } from "./captured-code.ts";
import type { Obstacle } from "./function-code.ts";
import { interopCall } from "./interop.ts";
import { importedSpecifier, isModuleParameter, isRequire, specifierIn } from "./module-calls.ts";
import { nodeOf, type Syntax, type VariableUse } from "./syntax.ts";

/** What becomes of a use: another text, an obstacle, or nothing, where the text means the same in a bundle. */
interface Outcome {
  readonly edit?: TextEdit;
  readonly obstacle?: Obstacle;
}

export interface LoaderForms {
  /** Uses of ordinary variables. */
  readonly uses: readonly VariableUse[];
  readonly edits: readonly TextEdit[];
  readonly obstacles: readonly Obstacle[];
}

/** Sorts a function's free uses. */
export function loaderForms(freeUses: readonly VariableUse[], syntax: Syntax, file: string): LoaderForms {
  const uses: VariableUse[] = [];
  const outcomes: Outcome[] = [];
  for (const use of freeUses) {
    const outcome = outcomeOf(use, syntax, file);
    if (outcome === null) uses.push(use);
    else outcomes.push(outcome);
  }
  return {
    uses,
    edits: outcomes.flatMap(({ edit }) => edit ?? []),
    obstacles: outcomes.flatMap(({ obstacle }) => obstacle ?? []),
  };
}

function outcomeOf(use: VariableUse, syntax: Syntax, file: string): Outcome | null {
  const { identifier, variable } = use;
  const { name } = identifier;
  // The scopes of functions have this one without a declaration.
  if (name === "arguments" && variable !== null && variable.defs.length === 0)
    return obstacle("outer-arguments", identifier, syntax);
  if (isRequire(use, syntax)) return ofRequire(identifier, syntax);
  if (isModuleParameter(use, syntax)) return ofModuleParameter(name, identifier, syntax, file);
  if (isImportMeta(use)) return importMeta(identifier, syntax);
  return ofHelper(identifier, syntax) ?? ofCoverage(identifier, syntax);
}

function ofRequire(identifier: AnyNode, syntax: Syntax): Outcome {
  const parent = syntax.parents.get(identifier);
  if (parent?.type === "CallExpression" && parent.callee === identifier)
    return specifierIn(parent) === null ? obstacle("computed-import", parent, syntax) : {};
  if (parent?.type === "UnaryExpression" && parent.operator === "typeof") return {};
  return obstacle("computed-import", memberOf(identifier, syntax), syntax);
}

function ofModuleParameter(name: string, identifier: AnyNode, syntax: Syntax, file: string): Outcome | null {
  const parent = syntax.parents.get(identifier);
  switch (name) {
    case "__dirname":
    case "__filename":
      return obstacle("file-name", identifier, syntax);
    case "eval": {
      const isDirect = parent?.type === "CallExpression" && parent.callee === identifier && !parent.optional;
      return isDirect ? obstacle("direct-eval", identifier, syntax) : null;
    }
    case "__vite_ssr_import_meta__":
      return importMeta(identifier, syntax);
    case "__vite_ssr_dynamic_import__": {
      if (parent?.type !== "CallExpression") return null;
      const specifier = importedSpecifier(parent, file);
      if (specifier === null) return obstacle("computed-import", parent, syntax);
      return { edit: { start: parent.start, end: parent.end, text: `import(${JSON.stringify(specifier)})` } };
    }
    default:
      return null;
  }
}

/** esbuild and tsx, for CommonJS: `const import_meta = { url: … }`. */
function isImportMeta({ identifier, variable }: VariableUse): boolean {
  if (!/^(define_)?import_meta(_default)?\d*$/.test(identifier.name) || variable?.defs[0]?.type !== "Variable")
    return false;
  return (variable.defs[0].node as { init?: AnyNode | null }).init?.type === "ObjectExpression";
}

/** Said as the user wrote it. */
function importMeta(identifier: AnyNode, syntax: Syntax): Outcome {
  const { start, end } = memberOf(identifier, syntax);
  const text = `import.meta${syntax.text.slice(identifier.end, end)}`;
  return { obstacle: { kind: "import-meta", offset: start, text } };
}

/** `__importStar(require("./x"))`, as TypeScript writes `import("./x")` for CommonJS. */
function ofHelper(identifier: AnyNode, syntax: Syntax): Outcome | null {
  const member = memberOf(identifier, syntax);
  const call = syntax.parents.get(member);
  if (call?.type !== "CallExpression" || call.callee !== member) return null;
  const interop = interopCall(call, syntax);
  return interop === null ? null : { edit: { start: member.start, end: member.end, text: interop.helper } };
}

/** Istanbul's counters, `cov_1a2b().s[0]++`: nobody reads them on a worker. */
function ofCoverage(identifier: AnyNode & { readonly name?: string }, { parents, useOf }: Syntax): Outcome | null {
  const definition = useOf.get(identifier)?.variable?.defs[0];
  if (!/^cov_\w+$/.test(identifier.name ?? "") || definition?.type !== "FunctionName") return null;
  let node: AnyNode = nodeOf(identifier);
  let parent = parents.get(node);
  while (parent?.type === "CallExpression" || parent?.type === "MemberExpression") {
    node = parent;
    parent = parents.get(node);
  }
  if (parent?.type !== "UpdateExpression") return null;
  return { edit: { start: parent.start, end: parent.end, text: "0" } };
}

function obstacle(kind: Obstacle["kind"], { start, end }: AnyNode, { text }: Syntax): Outcome {
  return { obstacle: { kind, offset: start, text: text.slice(start, end) } };
}

/** `x.name` where a name is read of x, else x. */
function memberOf(identifier: AnyNode, { parents }: Syntax): AnyNode {
  const parent = parents.get(identifier);
  return parent?.type === "MemberExpression" && parent.object === identifier && !parent.computed ? parent : identifier;
}
