/** Values of the kinds that take no code, as nodes tell them: made empty, to be filled when all are there. */

import type { GraphNode, GraphReference, GraphValue } from "../capture/graph.ts";
import { builtIn } from "./built-in.ts";

type Node<K extends GraphNode["kind"]> = Extract<GraphNode, { kind: K }>;
type TypedArrayConstructor = Float64ArrayConstructor;

/** The value that a graph value stands for. */
export type Resolve = (value: GraphValue) => unknown;

export function numbers(node: Node<"numbers">): number[] {
  const array: number[] = [];
  for (let i = 0; i < node.items.length; i++) array.push(node.items[i]);
  return array;
}

export function symbol({ description, registered }: Node<"symbol">): symbol {
  return registered ? Symbol.for(description as string) : Symbol(description);
}

export function regexp({ source, flags, lastIndex }: Node<"regexp">): RegExp {
  const pattern = new RegExp(source, flags);
  pattern.lastIndex = lastIndex;
  return pattern;
}

/** Without a stack of its own: the captured one is a property. */
export function error({ type, message }: Node<"error">): Error {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    const made = message === "" ? new Error() : new Error(message);
    // What else their constructors do are properties like others.
    if (type !== "Error") Object.setPrototypeOf(made, builtIn(`${type}.prototype`) as object);
    return made;
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

export function arrayBuffer({ bytes, maxByteLength }: Node<"buffer">): ArrayBuffer {
  if (maxByteLength === undefined) return ownBuffer(bytes);
  const buffer = new ArrayBuffer(bytes.byteLength, { maxByteLength });
  new Uint8Array(buffer).set(bytes);
  return buffer;
}

export function view(node: Node<"view">, bufferOf: (reference: GraphReference) => ArrayBuffer): ArrayBufferView {
  const { type } = node;
  const [buffer, byteOffset, length] =
    "bytes" in node
      ? ([ownBuffer(node.bytes), 0, undefined] as const)
      : ([bufferOf(node.buffer), node.byteOffset, node.length ?? undefined] as const);
  if (type === "Buffer") return Buffer.from(buffer, byteOffset, length);
  return new (builtIn(type) as TypedArrayConstructor)(buffer, byteOffset, length);
}

/** The bytes' own buffer, without a copy where it has nothing else. */
function ownBuffer(bytes: Uint8Array): ArrayBuffer {
  const isWhole = bytes.byteLength === bytes.buffer.byteLength;
  return (isWhole ? bytes : bytes.slice()).buffer as ArrayBuffer;
}

/** Makes a plain object's or an instance's ordinary properties by assignment: that gives them the shapes which V8 is fast with. */
export function fillObject(target: Record<string, unknown>, node: Node<"object">, resolve: Resolve): void {
  const { keys, values, proto } = node;
  for (let i = 0; i < keys.length; i++) {
    const value = resolve(values[i]);
    // A prototype may have an accessor of the name.
    if (proto !== undefined && keys[i] in target)
      Object.defineProperty(target, keys[i], { value, writable: true, enumerable: true, configurable: true });
    else target[keys[i]] = value;
  }
}

export function fillArray(target: unknown[], { items, holes }: Node<"array">, resolve: Resolve): void {
  let nextHole = 0;
  for (let i = 0; i < items.length; i++) {
    if (holes !== undefined && holes[nextHole] === i) nextHole++;
    else target[i] = resolve(items[i]);
  }
  target.length = items.length;
}
