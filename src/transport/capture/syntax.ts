/** The syntax tree of a script, its scopes, and what is found by offset. */
import { type AnyNode, type Identifier, type Options, type Program, parse } from "acorn";
import { analyze, type Scope, type Reference as ScopeReference, type Variable } from "eslint-scope";
import { InvalidInputError } from "../../errors.ts";
import type { ScriptSource } from "./function-code.ts";
import { topOf } from "./loader-wrapper.ts";
import { type ClassNode, type CodeNode, children, isCode } from "./nodes.ts";

/** A script's text, understood. */
export interface Syntax {
  readonly text: string;
  readonly program: Program;
  /** The block or program in which the user's top-level statements are: loaders wrap modules in functions. */
  readonly top: AnyNode & { readonly body: AnyNode[] };
  readonly parents: ReadonlyMap<AnyNode, AnyNode>;
  /** Functions and classes by the offset that V8 calls their location. */
  readonly codeByLocation: ReadonlyMap<number, CodeNode>;
  /** All uses of variables, in the order of their offsets. */
  readonly uses: readonly VariableUse[];
  readonly useOf: ReadonlyMap<AnyNode, VariableUse>;
  /** The variables that a node declares by an identifier. */
  readonly variableOf: ReadonlyMap<AnyNode, Variable>;
}

/** A place where a variable is read or written. */
export interface VariableUse {
  readonly identifier: Identifier;
  /** null: no scope of the script declares it. */
  readonly variable: Variable | null;
  readonly isWrite: boolean;
  /** Whether it is what gives the variable its first value where it is declared. */
  readonly isInitial: boolean;
}

const OPTIONS = { ecmaVersion: "latest", ranges: true, allowHashBang: true } as const;

/** @throws InvalidInputError where the text is no JavaScript that acorn knows. */
export function parseScript({ text, url, isModule }: ScriptSource): Syntax {
  const { program, sourceType } = parseEither(text, url, isModule);
  const parents = new Map<AnyNode, AnyNode>();
  const codeByLocation = new Map<number, CodeNode>();
  const visit = (node: AnyNode): void => {
    if (isCode(node)) codeByLocation.set(locationOf(node, text), constructedBy(node, parents) ?? node);
    for (const child of children(node)) {
      parents.set(child, node);
      visit(child);
    }
  };
  visit(program);
  const { uses, variableOf } = analyzeScopes(program, sourceType);
  const useOf = new Map(uses.map((use) => [use.identifier, use]));
  return { text, program, top: topOf(program), parents, codeByLocation, uses, useOf, variableOf };
}

/** The statements at a script's top alone: scopes and positions take three times as long. Empty where the text cannot be parsed. */
export function topStatements({ text, url, isModule }: ScriptSource): readonly AnyNode[] {
  try {
    return topOf(parseEither(text, url, isModule).program).body;
  } catch {
    return [];
  }
}

type SourceType = "module" | "commonjs";

/** V8 says "module" or not; what it calls a script may have been compiled as a function's body. */
function parseEither(text: string, url: string, isModule: boolean): { program: Program; sourceType: SourceType } {
  const sourceTypes: SourceType[] = isModule ? ["module", "commonjs"] : ["commonjs", "module"];
  let failure: unknown;
  for (const sourceType of sourceTypes) {
    const options: Options = { ...OPTIONS, sourceType };
    try {
      return { program: parse(text, options), sourceType };
    } catch (error) {
      failure ??= error;
    }
  }
  throw new InvalidInputError(
    `The code of ${url || "a script without a name"} cannot be read: ${(failure as Error).message}. ` +
      "Functions are captured from standard JavaScript, after the loader's work; otherwise put the criterion into a module of its own and use defineCriterion.",
    { cause: failure },
  );
}

function analyzeScopes(
  program: Program,
  sourceType: SourceType,
): { uses: VariableUse[]; variableOf: Map<AnyNode, Variable> } {
  const { scopes } = analyze(program as never, { ecmaVersion: 2025, sourceType, ignoreEval: true });
  const variableOf = new Map<AnyNode, Variable>();
  const uses: VariableUse[] = [];
  for (const scope of scopes) {
    // A class has its name twice: outside for all, inside for itself. The outer comes first.
    for (const variable of scope.variables)
      for (const { name } of variable.defs) if (!variableOf.has(nodeOf(name))) variableOf.set(nodeOf(name), variable);
    uses.push(...scope.references.map(useOf));
  }
  uses.sort((a, b) => a.identifier.start - b.identifier.start);
  return { uses, variableOf };
}

function useOf(reference: ScopeReference): VariableUse {
  return {
    identifier: nodeOf(reference.identifier) as Identifier,
    variable: reference.resolved,
    isWrite: reference.isWrite(),
    isInitial: reference.init === true,
  };
}

/** The uses of variables from one offset to another. */
export function usesIn({ uses }: Syntax, start: number, end: number): VariableUse[] {
  let low = 0;
  let high = uses.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (uses[middle].identifier.start < start) low = middle + 1;
    else high = middle;
  }
  const found: VariableUse[] = [];
  for (let i = low; i < uses.length && uses[i].identifier.end <= end; i++) found.push(uses[i]);
  return found;
}

/** acorn's nodes are ESTree's, with offsets. */
export function nodeOf(node: object): AnyNode {
  return node as AnyNode;
}

/** The block that a variable belongs to. */
export function scopeBlock(variable: Variable): AnyNode {
  return nodeOf((variable.scope as Scope).block);
}

/** The class of a constructor: V8 knows classes by their constructor where they have one. */
function constructedBy(node: CodeNode, parents: Syntax["parents"]): ClassNode | null {
  const member = parents.get(node);
  if (member?.type !== "MethodDefinition" || member.kind !== "constructor") return null;
  const body = parents.get(member);
  return (body === undefined ? null : parents.get(body)) as ClassNode | null;
}

/** Comments, and what is neither "(" nor the begin of a comment. */
const BEFORE_PARAMETERS = /(?:\/\*[\s\S]*?\*\/|\/\/[^\n\r\u2028\u2029]*|[^(/])*/y;

/** V8's [[FunctionLocation]]: of arrows, and of classes without constructor, their begin, of all else the "(" of the parameters. */
function locationOf(node: CodeNode, text: string): number {
  if (node.type !== "FunctionExpression" && node.type !== "FunctionDeclaration") return node.start;
  BEFORE_PARAMETERS.lastIndex = node.id?.end ?? node.start;
  BEFORE_PARAMETERS.exec(text);
  return BEFORE_PARAMETERS.lastIndex;
}
