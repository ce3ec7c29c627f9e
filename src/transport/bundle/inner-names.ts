/**
 * Minified code keeps the names of functions by a call of esbuild's for each, which takes 0.3 µs: as often as the function is created. For classes and
 * for what a module declares that is once; for functions inside of functions it may be in a hot loop, and nobody asks for their names.
 */
import { type AnyNode, parse } from "acorn";
import { children, isClass, isFunction } from "../capture/nodes.ts";

/** How esbuild writes the function that gives a function its name, minified. */
const NAMING = /(?:var |,)([\w$]+)=\(([\w$]+),([\w$]+)\)=>[\w$]+\(\2,"name",\{value:\3,configurable:!0\}\)/;

/** A node and the outermost function around it. */
interface Place {
  readonly node: AnyNode;
  readonly around: AnyNode | null;
}

/** A function inside of a function, and the call that names it. */
interface NamedInside extends Place {
  readonly named: AnyNode;
}

/**
 * The code without the calls that name functions inside of functions. Blanks stand in their place: no position changes, and the source map holds.
 */
export function withoutInnerNames(code: string): string {
  const name = NAMING.exec(code)?.[1];
  // Code that asks for names gets them.
  if (name === undefined || /\.name\b(?!\s*=[^=])|["'`]name["'`]\]/.test(code)) return code;
  const { calls, declared } = search(parse(code, { ecmaVersion: "latest", sourceType: "module" }), name);
  const characters = code.split("");
  for (const { node, named, around } of calls) {
    // A variable of the same short name: it may be that one which is called.
    if (around !== null && declared.some((offset) => offset >= around.start && offset < around.end)) continue;
    characters.fill(" ", node.start, named.start);
    characters.fill(" ", named.end, node.end);
    // Not an arrow's body alone, nor a statement: a function there would be read as a declaration.
    if (named.type !== "Identifier") {
      characters[named.start - 1] = "(";
      characters[named.end] = ")";
    }
  }
  return characters.join("");
}

/** The naming calls inside of functions, and where variables called like the naming function are declared. */
function search(program: AnyNode, name: string): { calls: NamedInside[]; declared: number[] } {
  const calls: NamedInside[] = [];
  const declared: number[] = [];
  const wrappers = new Set<AnyNode>();
  const waiting: Place[] = [{ node: program, around: null }];
  for (let place = waiting.pop(); place !== undefined; place = waiting.pop()) {
    const { node, around } = place;
    for (const pattern of declares(node))
      for (const identifier of identifiers(pattern)) if (identifier.name === name) declared.push(identifier.start);
    const named = around === null ? null : namedBy(node, name);
    if (named !== null) calls.push({ ...place, named });
    const inner = around ?? (isFunction(node) && !wrappers.has(node) ? node : null);
    if (around === null) for (const wrapper of moduleWrappers(node)) wrappers.add(wrapper);
    for (const child of children(node)) waiting.push({ node: child, around: inner });
  }
  return { calls, declared };
}

/** What esbuild wraps the text of a CommonJS module in, or of one that is imported late: `var m = wrap((exports, module) => { … })`. */
function moduleWrappers(node: AnyNode): AnyNode[] {
  if (node.type !== "VariableDeclarator" || node.init?.type !== "CallExpression") return [];
  return node.init.arguments.flatMap((argument): AnyNode[] =>
    argument.type === "ObjectExpression"
      ? argument.properties.flatMap((property) => (property.type === "Property" ? [property.value] : []))
      : [argument],
  );
}

/** What `name(fun, "…")` names; null for any other node. */
function namedBy(node: AnyNode, name: string): AnyNode | null {
  if (node.type !== "CallExpression" || node.callee.type !== "Identifier" || node.callee.name !== name) return null;
  const [named, text] = node.arguments;
  if (node.arguments.length !== 2 || text.type !== "Literal" || typeof text.value !== "string") return null;
  return isFunction(named) || named.type === "Identifier" ? named : null;
}

/** Patterns by which a node gives names to variables. */
function declares(node: AnyNode): AnyNode[] {
  if (isFunction(node)) return [...node.params, ...(node.id == null ? [] : [node.id])];
  if (node.type === "VariableDeclarator") return [node.id];
  if (node.type === "CatchClause") return node.param == null ? [] : [node.param];
  return isClass(node) && node.id != null ? [node.id] : [];
}

function identifiers(pattern: AnyNode): Extract<AnyNode, { type: "Identifier" }>[] {
  switch (pattern.type) {
    case "Identifier":
      return [pattern];
    case "AssignmentPattern":
      return identifiers(pattern.left);
    case "Property":
      return identifiers(pattern.value);
    default:
      return children(pattern).flatMap(identifiers);
  }
}
