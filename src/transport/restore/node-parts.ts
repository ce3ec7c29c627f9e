/** What nodes of all kinds have: references, and properties that have to be defined. */
import type { GraphNode, GraphProperty, GraphValue } from "../capture/graph.ts";
import type { Resolve } from "./values.ts";

/** The index that a value refers to; undefined for a primitive. */
export function reference(value: GraphValue | undefined): number | undefined {
  return typeof value === "object" && value !== null ? value.ref : undefined;
}

/** All values of a node that may be references. */
export function* referencesOf(node: GraphNode): Generator<GraphValue> {
  if ("proto" in node && node.proto !== undefined) yield node.proto;
  for (const { key, value, get, set } of ("props" in node && node.props) || []) yield* [key, value, get, set];
  switch (node.kind) {
    case "function":
    case "class":
      yield* node.bindings;
      break;
    case "prototype":
      yield node.of;
      break;
    case "bound":
      yield* [node.target, node.boundThis, ...node.boundArgs];
      break;
    case "defined":
      yield* node.args;
      break;
    case "object":
      yield* node.values;
      break;
    case "array":
    case "set":
      yield* node.items;
      break;
    case "map":
      for (const entry of node.entries) yield* entry;
      break;
    case "boxed":
      yield node.value;
      break;
    case "view":
      if ("buffer" in node) yield node.buffer;
      break;
  }
}

/** Defines properties, but those of which something is not there yet: they may be final. */
export function defineProperties(
  target: object,
  props: readonly GraphProperty[],
  resolve: Resolve,
  isThere: (value: GraphValue) => boolean,
): void {
  for (const prop of props) {
    if (![prop.key, prop.value, prop.get, prop.set].every(isThere)) continue;
    const key = resolve(prop.key) as PropertyKey;
    if (key === "stack" && isOwnStack(target, prop)) {
      (target as Error).stack = resolve(prop.value) as string;
      continue;
    }
    const parts: PropertyDescriptor = { enumerable: prop.enumerable, configurable: prop.configurable };
    if (prop.writable !== undefined) {
      parts.value = resolve(prop.value);
      parts.writable = prop.writable;
    } else {
      if (prop.get !== undefined) parts.get = resolve(prop.get) as () => unknown;
      if (prop.set !== undefined) parts.set = resolve(prop.set) as (value: unknown) => void;
    }
    Object.defineProperty(target, key, parts);
  }
}

/** An error's stack as V8 makes it: kept where V8 keeps it. */
function isOwnStack(target: object, { writable, enumerable, configurable }: GraphProperty): boolean {
  return target instanceof Error && writable === true && !enumerable && configurable;
}
