/** An object's own properties as the graph has them: by their descriptors, no getter is called. */
import type { GraphObject, GraphProperty, GraphValue } from "./graph.ts";

/** The graph's form of a value that was found under a key. */
export type Describe = (value: unknown, key: string | number | symbol) => GraphValue;

export interface OwnProperties {
  /** Ordinary properties that come before all others. */
  readonly keys: readonly string[];
  readonly values: readonly GraphValue[];
  /** The rest, in order. */
  readonly props: readonly GraphProperty[];
}

export type State = NonNullable<GraphObject["state"]>;

/** What kind of change an object refuses; undefined for an ordinary one. */
export function stateOf(object: object): State | undefined {
  if (Object.isExtensible(object)) return undefined;
  if (Object.isFrozen(object)) return "frozen";
  return Object.isSealed(object) ? "sealed" : "non-extensible";
}

/** The properties of a plain object, or of an instance. */
export function ownProperties(object: object, state: State | undefined, describe: Describe): OwnProperties {
  const keys: string[] = [];
  const values: GraphValue[] = [];
  const props: GraphProperty[] = [];
  for (const key of Reflect.ownKeys(object)) {
    const descriptor = Object.getOwnPropertyDescriptor(object, key) as PropertyDescriptor;
    // What follows another property has to stay behind it. Assigning to __proto__ would set the prototype.
    if (typeof key === "string" && props.length === 0 && key !== "__proto__" && isOrdinary(descriptor, state)) {
      keys.push(key);
      values.push(describe(descriptor.value, key));
    } else props.push(graphProperty(key, descriptor, describe));
  }
  return { keys, values, props };
}

/** The own properties of an object of another kind but those that its kind tells. */
export function furtherProperties(
  object: object,
  isTold: (key: string | symbol, descriptor: PropertyDescriptor) => boolean,
  describe: Describe,
): GraphProperty[] {
  const props: GraphProperty[] = [];
  for (const key of Reflect.ownKeys(object)) {
    const descriptor = Object.getOwnPropertyDescriptor(object, key) as PropertyDescriptor;
    if (!isTold(key, descriptor)) props.push(graphProperty(key, descriptor, describe));
  }
  return props;
}

/** Whether it is what an assignment makes, apart from what the object's state makes of it. */
export function isOrdinary(descriptor: PropertyDescriptor, state: State | undefined): boolean {
  const { writable, enumerable, configurable } = descriptor;
  if (!enumerable || writable === undefined) return false;
  if (state === "frozen") return true;
  return writable && (configurable === true || state === "sealed");
}

/** A property as its descriptor. */
export function graphProperty(key: string | symbol, descriptor: PropertyDescriptor, describe: Describe): GraphProperty {
  const { value, get, set, writable, enumerable = false, configurable = false } = descriptor;
  const flags = { key: typeof key === "symbol" ? describe(key, key) : key, enumerable, configurable };
  if (writable !== undefined) return { ...flags, value: describe(value, key), writable };
  return {
    ...flags,
    ...(get === undefined ? {} : { get: describe(get, key) }),
    ...(set === undefined ? {} : { set: describe(set, key) }),
  };
}
