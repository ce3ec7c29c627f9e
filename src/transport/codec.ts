/**
 * Values as bytes, exactly: every float64 bit for bit (NaN, ±Infinity, −0), typed arrays, bigint, undefined, Date, RegExp, Map, Set,
 * plain objects and arrays, shared and circular references. Anything else is refused with the path of the value, never flattened.
 *
 * Layout, little-endian: uint32 length of the JSON text · the JSON text (UTF-8) · zeros up to a multiple of 8 · binary section.
 * In the JSON text, a plain object without a key `$` and an array stand for themselves; every other value is `{ $: tag, … }`.
 */
import { InvalidInputError, show } from "../errors.ts";

const TYPED_ARRAYS = {
  Float64Array,
  Float32Array,
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  BigInt64Array,
  BigUint64Array,
} as const;

type TypedArrayName = keyof typeof TYPED_ARRAYS;
type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
type Tagged = { readonly $: string; readonly [key: string]: Json };

/** Number arrays of at least this length go to the binary section: shorter ones are smaller as text. */
const PACKED_LENGTH = 8;

/** Encodes a value. Throws InvalidInputError naming `what` and the path where it holds something that cannot be sent. */
export function encode(value: unknown, what = "value"): Uint8Array<ArrayBuffer> {
  const chunks: Uint8Array[] = [];
  let binaryLength = 0;
  const ids = new Map<object, number>();

  const addBinary = (bytes: Uint8Array): number => {
    const offset = binaryLength;
    chunks.push(bytes);
    binaryLength += Math.ceil(bytes.byteLength / 8) * 8;
    return offset;
  };

  const write = (item: unknown, path: string): Json => {
    switch (typeof item) {
      case "number":
        return Number.isFinite(item) && !Object.is(item, -0) ? item : { $: "number", v: show(item) };
      case "string":
      case "boolean":
        return item;
      case "undefined":
        return { $: "undefined" };
      case "bigint":
        return { $: "bigint", v: String(item) };
      case "object":
        return item === null ? null : writeObject(item, path);
      default:
        throw refusal(item, path);
    }
  };

  const writeObject = (item: object, path: string): Json => {
    const known = ids.get(item);
    if (known !== undefined) return { $: "same", v: known };
    ids.set(item, ids.size);
    if (Array.isArray(item)) return writeArray(item, path);
    if (ArrayBuffer.isView(item)) return writeView(item, path);
    if (item instanceof ArrayBuffer)
      return { $: "ArrayBuffer", o: addBinary(new Uint8Array(item)), n: item.byteLength };
    if (item instanceof Date) return { $: "Date", v: write(item.getTime(), path) };
    if (item instanceof RegExp) return { $: "RegExp", v: item.source, f: item.flags };
    if (item instanceof Map)
      return {
        $: "Map",
        v: [...item].map(([k, v], i) => [write(k, `${path} key ${i}`), write(v, `${path}.get(${show(k)})`)]),
      };
    if (item instanceof Set) return { $: "Set", v: [...item].map((v, i) => write(v, `${path} item ${i}`)) };
    return writePlain(item, path);
  };

  const writeArray = (item: readonly unknown[], path: string): Json => {
    if (item.length >= PACKED_LENGTH && isNumberArray(item)) {
      const packed = Float64Array.from(item);
      return { $: "numbers", o: addBinary(bytesOf(packed)), n: packed.length };
    }
    return Array.from(item, (v, i) => write(v, `${path}[${i}]`));
  };

  const writeView = (item: ArrayBufferView, path: string): Json => {
    if (item instanceof DataView) return { $: "DataView", o: addBinary(bytesOf(item)), n: item.byteLength };
    const name = item instanceof Uint8Array && Buffer.isBuffer(item) ? "Uint8Array" : item.constructor.name;
    if (!(name in TYPED_ARRAYS)) throw refusal(item, path);
    return { $: name, o: addBinary(bytesOf(item)), n: (item as Uint8Array).length };
  };

  const writePlain = (item: object, path: string): Json => {
    const prototype = Object.getPrototypeOf(item);
    if (prototype !== null && !isObjectPrototype(prototype)) throw refusal(item, path);
    if (Object.getOwnPropertySymbols(item).length > 0) throw refusal(item, path, "an object with symbol keys");
    const entries = Object.entries(item).map(([k, v]): [string, Json] => [k, write(v, pathOf(path, k))]);
    const isSpecial = prototype === null || entries.some(([key]) => key === "$" || key === "__proto__");
    return isSpecial ? { $: prototype === null ? "bare" : "object", v: entries } : Object.fromEntries(entries);
  };

  const refusal = (item: unknown, path: string, kind = show(item)): InvalidInputError =>
    new InvalidInputError(
      `${path} is ${kind}, which cannot be sent to a worker. Send numbers, strings, typed arrays, Map, Set, Date, and plain objects and ` +
        "arrays of them; build anything else inside the criterion's module.",
    );

  const json = new TextEncoder().encode(JSON.stringify(write(value, what)));
  const binaryStart = align(4 + json.byteLength);
  const out = new Uint8Array(binaryStart + binaryLength);
  new DataView(out.buffer).setUint32(0, json.byteLength, true);
  out.set(json, 4);
  let offset = binaryStart;
  for (const chunk of chunks) {
    out.set(chunk, offset);
    offset = align(offset + chunk.byteLength);
  }
  return out;
}

/** Decodes what `encode` wrote. Typed arrays are copies with buffers of their own. Throws InvalidInputError on damaged bytes. */
export function decode(bytes: Uint8Array): unknown {
  const objects: object[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const jsonLength = bytes.byteLength < 4 ? Number.POSITIVE_INFINITY : view.getUint32(0, true);
  if (4 + jsonLength > bytes.byteLength)
    throw new InvalidInputError(`Damaged value: ${bytes.byteLength} bytes are too few; it was cut short on its way.`);
  const binaryStart = align(4 + jsonLength);

  const binary = (offset: Json, length: number): ArrayBuffer => {
    const start = bytes.byteOffset + binaryStart + (offset as number);
    if (binaryStart + (offset as number) + length > bytes.byteLength)
      throw new InvalidInputError("Damaged value: its binary section was cut short on its way.");
    return bytes.buffer.slice(start, start + length) as ArrayBuffer;
  };

  const keep = <T extends object>(item: T): T => {
    objects.push(item);
    return item;
  };

  const read = (node: Json): unknown => {
    if (node === null || typeof node !== "object") return node;
    if (Array.isArray(node)) {
      const array: unknown[] = keep([]);
      for (const item of node) array.push(read(item));
      return array;
    }
    return Object.hasOwn(node, "$") ? readTagged(node as Tagged) : readEntries(keep({}), Object.entries(node));
  };

  const readEntries = (target: object, entries: readonly (readonly [string, Json])[]): object => {
    for (const [key, value] of entries)
      Object.defineProperty(target, key, { value: read(value), writable: true, enumerable: true, configurable: true });
    return target;
  };

  const readTagged = (node: Tagged): unknown => {
    const n = node.n as number;
    switch (node.$) {
      case "undefined":
        return undefined;
      case "number":
        return Number(node.v);
      case "bigint":
        return BigInt(node.v as string);
      case "same":
        return objects[node.v as number];
      case "numbers":
        return keep(Array.from(new Float64Array(binary(node.o, n * 8))));
      case "ArrayBuffer":
        return keep(binary(node.o, n));
      case "DataView":
        return keep(new DataView(binary(node.o, n)));
      case "Date":
        return keep(new Date(read(node.v) as number));
      case "RegExp":
        return keep(new RegExp(node.v as string, node.f as string));
      case "Map": {
        const map = keep(new Map<unknown, unknown>());
        for (const [key, value] of node.v as unknown as [Json, Json][]) map.set(read(key), read(value));
        return map;
      }
      case "Set": {
        const set = keep(new Set<unknown>());
        for (const item of node.v as readonly Json[]) set.add(read(item));
        return set;
      }
      case "object":
        return readEntries(keep({}), node.v as unknown as [string, Json][]);
      case "bare":
        return readEntries(keep(Object.create(null) as object), node.v as unknown as [string, Json][]);
      default:
        return readTypedArray(node);
    }
  };

  const readTypedArray = (node: Tagged): unknown => {
    if (!Object.hasOwn(TYPED_ARRAYS, node.$))
      throw new InvalidInputError(`Damaged value: unknown tag ${show(node.$)}.`);
    const TypedArray = TYPED_ARRAYS[node.$ as TypedArrayName];
    return keep(new TypedArray(binary(node.o, (node.n as number) * TypedArray.BYTES_PER_ELEMENT)));
  };

  return read(parse(new TextDecoder().decode(bytes.subarray(4, 4 + jsonLength))));
}

function parse(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    throw new InvalidInputError("Damaged value: its text was changed on its way.", { cause: error });
  }
}

function align(offset: number): number {
  return Math.ceil(offset / 8) * 8;
}

function bytesOf(view: ArrayBufferView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

function isNumberArray(array: readonly unknown[]): array is readonly number[] {
  for (let i = 0; i < array.length; i++) if (typeof array[i] !== "number") return false;
  return true;
}

/** Object.prototype of this realm or of another (vm contexts, test runners). */
function isObjectPrototype(prototype: object): boolean {
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, "hasOwnProperty");
}

function pathOf(path: string, key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`;
}
