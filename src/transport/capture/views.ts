/** Typed arrays, DataViews and Buffers: which bytes travel, and who shares them. Known when all of them have been seen. */
import { inspect, types } from "node:util";
import type { GraphNode, GraphObject, GraphProperty, GraphReference } from "./graph.ts";
import { type Describe, furtherProperties } from "./own-properties.ts";
import type { Chain } from "./prototype-chain.ts";

const typedArray = Object.getPrototypeOf(Uint8Array.prototype) as object;

/** A view as its internal slots have it, whatever its class defines. */
export interface View {
  /** Name of its built-in class. */
  readonly type: string;
  readonly buffer: ArrayBuffer | SharedArrayBuffer;
  readonly byteOffset: number;
  readonly byteLength: number;
  /** Elements; bytes of a DataView; null: as far as the buffer goes. */
  readonly length: number | null;
}

export function viewOf(object: ArrayBufferView, isBuffer: boolean): View {
  const prototype = types.isDataView(object) ? DataView.prototype : typedArray;
  const read = (key: PropertyKey) => Object.getOwnPropertyDescriptor(prototype, key)?.get?.call(object) as unknown;
  const buffer = read("buffer") as ArrayBuffer;
  const isDataView = prototype === DataView.prototype;
  const type = isDataView ? "DataView" : isBuffer ? "Buffer" : (read(Symbol.toStringTag) as string);
  // What cannot be copied; a DataView on a detached buffer would throw.
  if (!types.isArrayBuffer(buffer) || isDetached(buffer))
    return { type, buffer, byteOffset: 0, byteLength: 0, length: 0 };
  const byteOffset = read("byteOffset") as number;
  const byteLength = read("byteLength") as number;
  const isTracking = isLengthTracking(buffer, byteOffset, () => read("byteLength") as number);
  const length = isTracking ? null : isDataView ? byteLength : (read("length") as number);
  return { type, buffer, byteOffset, byteLength, length };
}

export function isDetached(buffer: ArrayBufferLike): boolean {
  return types.isArrayBuffer(buffer) && (readBuffer(buffer, "detached") as boolean);
}

/** The node of an ArrayBuffer. */
export function bufferNode(buffer: ArrayBuffer): GraphNode {
  const bytes = new Uint8Array(buffer);
  if (!readBuffer(buffer, "resizable")) return { kind: "buffer", bytes };
  return { kind: "buffer", bytes: bytes.slice(), maxByteLength: readBuffer(buffer, "maxByteLength") as number };
}

function readBuffer(buffer: ArrayBuffer, key: string): unknown {
  return Object.getOwnPropertyDescriptor(ArrayBuffer.prototype, key)?.get?.call(buffer);
}

/** Longer ones are not asked for the name of each element. */
const MANY = 1000;

/** The own properties of a view besides its elements. */
export function viewProperties(object: ArrayBufferView, view: View, chain: Chain, describe: Describe): GraphProperty[] {
  const { type, length } = view;
  if (
    type !== "DataView" &&
    view.byteLength > MANY &&
    chain.builtIns[0] === `${type}.prototype` &&
    isBare(object, view)
  )
    return [];
  const elements = type === "DataView" ? 0 : (length ?? view.byteLength);
  return furtherProperties(object, (key) => typeof key === "string" && isIndex(key, elements), describe);
}

function isIndex(key: string, length: number): boolean {
  const index = Number(key);
  return index >= 0 && index < length && String(index) === key;
}

/** Whether it reads like a fresh one on the same bytes: only inspect looks for properties without making a string of each index. */
function isBare(object: ArrayBufferView, { buffer, byteOffset, length }: View): boolean {
  if (Object.getOwnPropertySymbols(object).length > 0 || length === null) return false;
  const prototype = Object.getPrototypeOf(object) as { constructor: Float64ArrayConstructor };
  const fresh =
    prototype === (Buffer.prototype as object)
      ? Buffer.from(buffer as ArrayBuffer, byteOffset, length)
      : new prototype.constructor(buffer as ArrayBuffer, byteOffset, length);
  const text = (view: unknown) =>
    inspect(view, { maxArrayLength: 0, showHidden: true, customInspect: false, depth: 0 });
  return text(fresh) === text(object);
}

interface Entry {
  readonly view: View;
  readonly index: number;
  /** What the object has besides. */
  readonly base: GraphObject;
}

interface ViewContext {
  /** Whether something refers to the buffer itself. */
  readonly isCaptured: (buffer: ArrayBuffer) => boolean;
  readonly refer: (buffer: ArrayBuffer) => GraphReference;
  readonly addNode: (node: GraphNode) => GraphReference;
  readonly setNode: (index: number, node: GraphNode) => void;
}

export class Views {
  readonly #byBuffer = new Map<ArrayBuffer, Entry[]>();

  add(entry: Entry): void {
    const buffer = entry.view.buffer as ArrayBuffer;
    const entries = this.#byBuffer.get(buffer);
    if (entries === undefined) this.#byBuffer.set(buffer, [entry]);
    else entries.push(entry);
  }

  /** Tells the node of each view that is known so far. */
  describe({ isCaptured, refer, addNode, setNode }: ViewContext): void {
    for (const [buffer, entries] of this.#byBuffer) {
      const isWhole = isCaptured(buffer) || readBuffer(buffer, "resizable") === true;
      if (isWhole || (entries.length > 1 && !isPool(buffer, entries))) {
        const reference = refer(buffer);
        for (const { index, view, base } of entries) setNode(index, { ...on(view, reference, 0), ...base });
        continue;
      }
      for (const group of overlapping(entries)) {
        // Elements of up to 8 bytes stay aligned.
        const start = Math.floor(group[0].view.byteOffset / 8) * 8;
        if (group.length === 1) {
          const { index, view, base } = group[0];
          setNode(index, { kind: "view", type: view.type, bytes: bytesOf(view), ...base });
          continue;
        }
        const end = Math.max(...group.map(({ view }) => view.byteOffset + view.byteLength));
        const reference = addNode({ kind: "buffer", bytes: new Uint8Array(buffer, start, end - start) });
        for (const { index, view, base } of group) setNode(index, { ...on(view, reference, start), ...base });
      }
    }
  }
}

function on(view: View, buffer: GraphReference, start: number): GraphNode {
  const { type, byteOffset, length } = view;
  return { kind: "view", type, buffer, byteOffset: byteOffset - start, length };
}

function bytesOf({ buffer, byteOffset, byteLength }: View): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** Whether it is the memory from which Node takes small Buffers: those who use it have nothing to do with each other. */
function isPool(buffer: ArrayBuffer, entries: readonly Entry[]): boolean {
  return buffer.byteLength === Buffer.poolSize && entries.some(({ view }) => view.type === "Buffer");
}

/** Views that have bytes in common, directly or by others. */
function overlapping(entries: readonly Entry[]): Entry[][] {
  const groups: Entry[][] = [];
  let end = -1;
  for (const entry of [...entries].sort((a, b) => a.view.byteOffset - b.view.byteOffset)) {
    const { byteOffset, byteLength } = entry.view;
    if (byteOffset < end) groups.at(-1)?.push(entry);
    else groups.push([entry]);
    end = Math.max(end, byteOffset + byteLength);
  }
  return groups;
}

/**
 * Whether a view grows with its buffer. There is no other way to know than to let it grow: it gets its size back. One that reaches to the end of a buffer
 * without room is taken to.
 */
function isLengthTracking(buffer: ArrayBuffer, byteOffset: number, byteLength: () => number): boolean {
  if (readBuffer(buffer, "resizable") !== true) return false;
  const [size, length] = [buffer.byteLength, byteLength()];
  if (byteOffset + length + 8 <= size) return false;
  if (size + 8 > buffer.maxByteLength) return true;
  buffer.resize(size + 8);
  const hasGrown = byteLength() !== length;
  buffer.resize(size);
  return hasGrown;
}
