/** What in a function cannot be taken to another process. */
import type { AnyNode } from "acorn";
import { privateNames, staticInitializers } from "./class-code.ts";
import { isInside, methodOf, omittedParts } from "./code-range.ts";
import type { Obstacle } from "./function-code.ts";
import { stringIn } from "./module-calls.ts";
import { type ClassNode, type CodeNode, children, isClass, isFunction } from "./nodes.ts";
import type { Syntax } from "./syntax.ts";

/** What belongs to the code itself where a node is; all else is the outer one's. */
interface Inside {
  readonly own: boolean;
  readonly ownSuper: boolean;
  readonly privates: ReadonlySet<string>;
}

/** The obstacles that the code's own syntax shows, in the order of the text. */
export function syntaxObstacles(code: CodeNode, syntax: Syntax): Obstacle[] {
  const { text, parents } = syntax;
  const obstacles: Obstacle[] = [];
  const add = (kind: Obstacle["kind"], node: AnyNode) => {
    obstacles.push({ kind, offset: node.start, text: text.slice(node.start, node.end) });
  };
  const omitted = omittedParts(code);

  const visitAll = (nodes: readonly AnyNode[], inside: Inside) => {
    for (const node of nodes) visit(node, inside);
  };
  const visit = (node: AnyNode, inside: Inside): void => {
    if (omitted.includes(node)) return;
    if (isClass(node)) {
      visitClass(node, inside);
    } else if (isFunction(node) && node.type !== "ArrowFunctionExpression") {
      const isNestedMethod = node !== code && methodOf(node, syntax) !== null;
      visitAll(children(node), { ...inside, own: true, ownSuper: inside.ownSuper || isNestedMethod });
    } else {
      const kind = obstacleAt(node, inside);
      if (kind !== null) add(kind, withProperty(node, parents));
      visitAll(children(node), inside);
    }
  };
  const visitClass = (node: ClassNode, inside: Inside): void => {
    const privates = new Set([...inside.privates, ...privateNames(node)]);
    if (node.superClass != null) visit(node.superClass, { ...inside, privates });
    for (const member of node.body.body) {
      if (omitted.includes(member)) continue;
      if (member.type === "StaticBlock") {
        visitAll(member.body, { own: true, ownSuper: true, privates });
        continue;
      }
      visit(member.key, { ...inside, privates });
      if (member.value != null) visit(member.value, { own: true, ownSuper: true, privates });
    }
  };

  visit(code, { own: false, ownSuper: false, privates: new Set() });
  if (isClass(code))
    for (const member of staticInitializers(code))
      if (member.type === "PropertyDefinition" && member.key.type === "PrivateIdentifier")
        add("static-private", member.key);
  for (let outer = parents.get(code); outer !== undefined; outer = parents.get(outer))
    if (outer.type === "WithStatement" && isInside(code, [outer.body])) add("with", outer.object);
  return obstacles;
}

function obstacleAt(node: AnyNode, { own, ownSuper, privates }: Inside): Obstacle["kind"] | null {
  switch (node.type) {
    case "ThisExpression":
      return own ? null : "outer-this";
    case "Super":
      return ownSuper ? null : "super";
    case "MetaProperty":
      if (node.meta.name === "import") return "import-meta";
      return own ? null : "outer-new-target";
    case "PrivateIdentifier":
      return privates.has(node.name) ? null : "private-name";
    case "WithStatement":
      return "with";
    case "ImportExpression":
      return stringIn(node.source) !== null ? null : "computed-import";
    default:
      return null;
  }
}

/** `import.meta` with the property that is read of it. */
function withProperty(node: AnyNode, parents: Syntax["parents"]): AnyNode {
  const parent = parents.get(node);
  if (node.type === "WithStatement") return node.object;
  const isRead = parent?.type === "MemberExpression" && parent.object === node && !parent.computed;
  return isRead && (node.type === "MetaProperty" || node.type === "Super") ? parent : node;
}
