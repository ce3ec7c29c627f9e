/** The node of an object by what it is inside, whatever its prototype: `describeObject` is a table of the kinds. */
import { types } from "node:util";
import type { GraphNode, GraphObject, GraphProperty, GraphValue } from "./graph.ts";
import { numbersOf } from "./number-array.ts";
import {
  type Describe,
  furtherProperties,
  graphProperty,
  isOrdinary,
  ownProperties,
  type State,
} from "./own-properties.ts";
import type { Chain } from "./prototype-chain.ts";
import { isNative } from "./realms.ts";

type NodeOf<K extends GraphNode["kind"]> = Omit<Extract<GraphNode, { kind: K }>, keyof GraphObject>;

/** What a kind tells of an object. */
export interface Description {
  /** The node without prototype, state, and properties that `isTold` does not take. */
  readonly node: GraphNode;
  /** Path of the prototype that fresh objects of the kind have. */
  readonly usual: string;
}

/** What the nodes are made with. */
export interface ObjectContext {
  readonly chain: Chain;
  readonly state: State | undefined;
  /** For properties. */
  readonly describe: Describe;
  /** For what is found inside, with words for the path. */
  readonly describeInside: (value: unknown, words: string) => GraphValue;
}

/** Describes an object of any kind but functions, buffers and views. */
export function describeObject(object: object, context: ObjectContext): Description {
  if (Array.isArray(object)) return { node: arrayNode(object, context), usual: "Array.prototype" };
  if (types.isMap(object)) return { node: mapNode(object, context), usual: "Map.prototype" };
  if (types.isSet(object)) return { node: setNode(object, context), usual: "Set.prototype" };
  if (types.isDate(object))
    return withProps(object, { kind: "date", time: Date.prototype.getTime.call(object) }, "Date.prototype", context);
  if (types.isRegExp(object)) return regexp(object, context);
  if (types.isNativeError(object)) return error(object, context);
  if (types.isBoxedPrimitive(object)) return boxed(object, context);
  for (const [kind, prototype, text] of WEB) {
    if (!context.chain.builtIns.includes(prototype)) continue;
    const content = text(object);
    if (content !== undefined) return withProps(object, { kind, text: content }, prototype, context);
  }
  const { keys, values, props } = ownProperties(object, context.state, context.describe);
  return { node: { kind: "object", keys, values, ...some({ props }) }, usual: "Object.prototype" };
}

function arrayNode(array: readonly unknown[], { chain, state, describe }: ObjectContext): GraphNode {
  const isPlain = chain.builtIns[0] === "Array.prototype";
  const numbers = isPlain && state === undefined ? numbersOf(array) : null;
  if (numbers !== null) return { kind: "numbers", items: numbers };
  const items: GraphValue[] = [];
  const holes: number[] = [];
  const props: GraphProperty[] = [];
  const { length } = array;
  for (const key of Reflect.ownKeys(array)) {
    const descriptor = Object.getOwnPropertyDescriptor(array, key) as PropertyDescriptor;
    const index = indexOf(key, length);
    const isElement = index >= 0 && index <= 2 * items.length + SPARSE && isOrdinary(descriptor, state);
    if (isElement) {
      for (let i = items.length; i < index; i++) holes.push(items.push(undefined) - 1);
      items.push(describe(descriptor.value, index));
    } else if (key !== "length" || items.length !== length || !(descriptor.writable || state === "frozen"))
      props.push(graphProperty(key, descriptor, describe));
  }
  return { kind: "array", items, ...(holes.length === 0 ? {} : { holes }), ...some({ props }) };
}

/** With more holes than this before it, and more than elements, an element is described as a property. */
const SPARSE = 1000;

/** The index that a key is, -1 for others. */
function indexOf(key: string | symbol, length: number): number {
  const index = typeof key === "string" ? Number(key) : -1;
  return Number.isInteger(index) && index >= 0 && index < length && String(index) === key ? index : -1;
}

function mapNode(map: ReadonlyMap<unknown, unknown>, context: ObjectContext): GraphNode {
  const entries: [GraphValue, GraphValue][] = [];
  Map.prototype.forEach.call(map, (value, key) => {
    const i = entries.length;
    entries.push([context.describeInside(key, `key ${i}`), context.describeInside(value, `value ${i}`)]);
  });
  return { kind: "map", entries, ...some({ props: furtherProperties(map, () => false, context.describe) }) };
}

function setNode(set: ReadonlySet<unknown>, context: ObjectContext): GraphNode {
  const items: GraphValue[] = [];
  Set.prototype.forEach.call(set, (item) => items.push(context.describeInside(item, `item ${items.length}`)));
  return { kind: "set", items, ...some({ props: furtherProperties(set, () => false, context.describe) }) };
}

/** Flags by the getters that read one each: `flags` itself reads properties, which may be somebody else's. */
const FLAGS = [
  "hasIndices",
  "global",
  "ignoreCase",
  "multiline",
  "dotAll",
  "unicode",
  "unicodeSets",
  "sticky",
] as const;
const LETTERS = "dgimsuvy";

function regexp(object: RegExp, context: ObjectContext): Description {
  const read = (name: string) => Object.getOwnPropertyDescriptor(RegExp.prototype, name)?.get?.call(object) as unknown;
  const flags = FLAGS.map((name, i) => (read(name) ? LETTERS[i] : "")).join("");
  const lastIndex = Object.getOwnPropertyDescriptor(object, "lastIndex") as PropertyDescriptor;
  const isTold = typeof lastIndex.value === "number" && (lastIndex.writable === true || context.state === "frozen");
  const node: NodeOf<"regexp"> = {
    kind: "regexp",
    source: read("source") as string,
    flags,
    lastIndex: isTold ? (lastIndex.value as number) : 0,
  };
  return withProps(object, node, "RegExp.prototype", context, (key) => key === "lastIndex" && isTold);
}

function error(object: Error, context: ObjectContext): Description {
  const usual = context.chain.builtIns.find((path) => /^\w*Error\.prototype$/.test(path)) ?? "Error.prototype";
  const message = Object.getOwnPropertyDescriptor(object, "message");
  const isTold =
    typeof message?.value === "string" &&
    message.value !== "" &&
    !message.enumerable &&
    (context.state !== undefined || (message.writable === true && message.configurable === true));
  const stack = stackOf(object);
  const props = furtherProperties(
    object,
    (key) => (key === "message" && isTold) || (key === "stack" && stack !== undefined),
    context.describe,
  );
  if (stack !== undefined)
    props.unshift({
      key: "stack",
      value: context.describe(stack, "stack"),
      writable: true,
      enumerable: false,
      configurable: true,
    });
  const type = usual.replace(".prototype", "");
  return {
    node: { kind: "error", type, message: isTold ? (message.value as string) : "", ...some({ props }) },
    usual,
  };
}

/** The stack where V8 keeps it behind accessors of its own, which belong to the object. */
function stackOf(object: Error): unknown {
  const get = Object.getOwnPropertyDescriptor(object, "stack")?.get;
  return get !== undefined && isNative(get) ? get.call(object) : undefined;
}

function boxed(object: object, context: ObjectContext): Description {
  const type = ["Number", "String", "Boolean", "BigInt", "Symbol"].find((name) =>
    types[`is${name}Object` as "isNumberObject"](object),
  ) as "Number";
  const value: unknown = globalThis[type].prototype.valueOf.call(object);
  const { length } = typeof value === "string" ? value : "";
  return withProps(
    object,
    { kind: "boxed", value: context.describeInside(value, "value") },
    `${type}.prototype`,
    context,
    (key) => typeof value === "string" && (key === "length" || indexOf(key, length) >= 0),
  );
}

const WEB: readonly (readonly ["url" | "url-search-params", string, (object: object) => string | undefined])[] = [
  ["url", "URL.prototype", (object) => attempt(() => getHref.call(object))],
  [
    "url-search-params",
    "URLSearchParams.prototype",
    (object) => attempt(() => URLSearchParams.prototype.toString.call(object)),
  ],
];

const getHref = Object.getOwnPropertyDescriptor(URL.prototype, "href")?.get as (this: object) => string;

/** undefined for an object that only has the prototype. */
function attempt(read: () => string): string | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function withProps(
  object: object,
  node: GraphNode,
  usual: string,
  { describe }: ObjectContext,
  isTold: (key: string | symbol) => boolean = () => false,
): Description {
  return { node: { ...node, ...some({ props: furtherProperties(object, isTold, describe) }) } as GraphNode, usual };
}

/** Nothing for an empty list. */
export function some<T extends readonly unknown[]>({ props }: { props: T }): { props?: T } {
  return props.length === 0 ? {} : { props };
}
