/**
 * Values as JSON trees with a binary section beside them, exactly: every float64 bit for bit (NaN, ±Infinity, −0), typed arrays, bigint,
 * undefined, Date, RegExp, Map, Set, plain objects and arrays, shared and circular references. Anything else is refused with the path of the
 * value, never flattened.
 *
 * In a tree, a plain object without a key `$` and an array stand for themselves; every other value is `{ $: tag, … }`. Numbers that JSON
 * keeps exactly stay numbers (the shortest decimal that reads back as the same double); arrays of many and typed arrays go to the binary
 * section, little-endian, each at a multiple of 8 bytes.
 */
import { types } from "node:util";
import { InvalidInputError, show } from "../errors.ts";
import { Chunks } from "./chunks.ts";

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

/** What JSON can say. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
type Tagged = { readonly $: string; readonly [key: string]: Json };

/** Number arrays of at least this length go to the binary section: shorter ones are smaller as text. */
const PACKED_LENGTH = 8;

const UNSENDABLE =
  "which cannot be sent to a worker. Send numbers, strings, typed arrays, Map, Set, Date, and plain objects and arrays of them; build anything " +
  "else inside the criterion's module.";

export interface TreeWriterOptions {
  /** Chunks of at least so many bytes go to a section of their own, where they begin at −1 − their offset in trees. @default none */
  readonly largeBytes?: number;
  /** Ends the sentence about what cannot be written: "which …". @default that it cannot be sent */
  readonly remedy?: string;
  /** How many objects may be in each other. @default as many as the stack has room for */
  readonly maxDepth?: number;
}

/** Writes one value: `write` gives its tree, `binary` then what stands beside it. */
export class TreeWriter {
  readonly #chunks = new Chunks();
  readonly #large = new Chunks();
  readonly #largeBytes: number;
  readonly #remedy: string;
  readonly #maxDepth: number;
  readonly #ids = new Map<object, number>();
  #depth = 0;

  constructor(options: TreeWriterOptions = {}) {
    this.#largeBytes = options.largeBytes ?? Number.POSITIVE_INFINITY;
    this.#remedy = options.remedy ?? UNSENDABLE;
    this.#maxDepth = options.maxDepth ?? Number.POSITIVE_INFINITY;
  }

  /** Throws InvalidInputError naming the path where the value holds something that cannot be sent. */
  write(item: unknown, path: string): Json {
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
        return item === null ? null : this.#object(item, path);
      default:
        throw this.#refusal(item, path);
    }
  }

  /** Length of the binary section. */
  get binaryLength(): number {
    return this.#chunks.length;
  }

  /** Copies the binary section into `target` from `offset` on. */
  copyBinary(target: Uint8Array, offset: number): void {
    this.#chunks.copy(target, offset);
  }

  /** The section of large chunks; null when there are none. */
  largeSection(): Uint8Array<ArrayBuffer> | null {
    if (this.#large.length === 0) return null;
    const section = new Uint8Array(this.#large.length);
    this.#large.copy(section, 0);
    return section;
  }

  #object(item: object, path: string): Json {
    const known = this.#ids.get(item);
    if (known !== undefined) return { $: "same", v: known };
    this.#ids.set(item, this.#ids.size);
    if (this.#depth === this.#maxDepth) throw tooDeep(path, this.#maxDepth);
    this.#depth += 1;
    const written = this.#written(item, path);
    this.#depth -= 1;
    return written;
  }

  #written(item: object, path: string): Json {
    if (Array.isArray(item)) return this.#array(item, path);
    if (ArrayBuffer.isView(item)) return this.#view(item, path);
    if (types.isArrayBuffer(item)) return { $: "ArrayBuffer", o: this.#add(new Uint8Array(item)), n: item.byteLength };
    if (types.isDate(item)) return { $: "Date", v: this.write(item.getTime(), path) };
    if (types.isRegExp(item)) return { $: "RegExp", v: item.source, f: item.flags };
    if (types.isMap(item)) return { $: "Map", v: this.#entries(item, path) };
    if (types.isSet(item)) return { $: "Set", v: [...item].map((v, i) => this.write(v, `${path} item ${i}`)) };
    return this.#plain(item, path);
  }

  #entries(map: ReadonlyMap<unknown, unknown>, path: string): Json {
    return [...map].map(([k, v], i) => [this.write(k, `${path} key ${i}`), this.write(v, `${path}.get(${show(k)})`)]);
  }

  #array(item: readonly unknown[], path: string): Json {
    if (item.length >= PACKED_LENGTH && isNumberArray(item)) {
      const packed = Float64Array.from(item);
      return { $: "numbers", o: this.#add(bytesOf(packed)), n: packed.length };
    }
    return Array.from(item, (v, i) => this.write(v, `${path}[${i}]`));
  }

  #view(item: ArrayBufferView, path: string): Json {
    if ((item.buffer as ArrayBuffer).detached)
      throw this.#refusal(item, path, "an array whose buffer was transferred away");
    if (types.isDataView(item)) return { $: "DataView", o: this.#add(bytesOf(item)), n: item.byteLength };
    const name = (item as Uint8Array)[Symbol.toStringTag];
    // Prototypes of typed arrays have it themselves, those of classes that extend them do not.
    const isOfBuiltIn = Object.hasOwn(Object.getPrototypeOf(item) as object, "BYTES_PER_ELEMENT");
    if (!Object.hasOwn(TYPED_ARRAYS, name) || !(isOfBuiltIn || Buffer.isBuffer(item))) throw this.#refusal(item, path);
    return { $: name, o: this.#add(bytesOf(item)), n: (item as Uint8Array).length };
  }

  #plain(item: object, path: string): Json {
    const prototype: unknown = Object.getPrototypeOf(item);
    if (prototype !== null && prototype !== Object.prototype && !isObjectPrototype(prototype as object))
      throw this.#refusal(item, path);
    if (Object.getOwnPropertySymbols(item).length > 0) throw this.#refusal(item, path, "an object with symbol keys");
    const entries = Object.entries(item).map(([k, v]): [string, Json] => [k, this.write(v, pathOf(path, k))]);
    const isSpecial = prototype === null || entries.some(([key]) => key === "$" || key === "__proto__");
    return isSpecial ? { $: prototype === null ? "bare" : "object", v: entries } : Object.fromEntries(entries);
  }

  #refusal(item: unknown, path: string, kind: string = show(item)): InvalidInputError {
    return new InvalidInputError(`${path} is ${kind}, ${this.#remedy}`);
  }

  /** Takes bytes into a binary section; returns where they begin there. */
  #add(bytes: Uint8Array): number {
    return bytes.byteLength >= this.#largeBytes ? -1 - this.#large.add(bytes) : this.#chunks.add(bytes);
  }
}

/** Reads one tree. Typed arrays are copies with buffers of their own, also where the sections are in shared memory. */
export class TreeReader {
  readonly #objects: object[] = [];
  readonly #binary: Uint8Array;
  readonly #large: Uint8Array;

  constructor(binary: Uint8Array, large: Uint8Array = new Uint8Array()) {
    this.#binary = binary;
    this.#large = large;
  }

  /** Throws InvalidInputError on a damaged tree. */
  read(node: Json): unknown {
    if (node === null || typeof node !== "object") return node;
    if (Array.isArray(node)) {
      const array: unknown[] = this.#keep([]);
      for (const item of node) array.push(this.read(item));
      return array;
    }
    return Object.hasOwn(node, "$")
      ? this.#tagged(node as Tagged)
      : this.#entries(this.#keep({}), Object.entries(node));
  }

  #entries(target: Record<string, unknown>, entries: readonly (readonly [string, Json])[]): object {
    for (const [key, node] of entries) {
      const value = this.read(node);
      // Assigning to __proto__ would set the prototype.
      if (key === "__proto__") Object.defineProperty(target, key, { ...OWN, value });
      else target[key] = value;
    }
    return target;
  }

  #tagged(node: Tagged): unknown {
    const n = node.n as number;
    switch (node.$) {
      case "undefined":
        return undefined;
      case "number":
        return Number(node.v);
      case "bigint":
        return BigInt(node.v as string);
      case "same":
        return this.#objects[node.v as number];
      case "numbers":
        return this.#keep(Array.from(new Float64Array(this.#slice(node.o, n * 8))));
      case "ArrayBuffer":
        return this.#keep(this.#slice(node.o, n));
      case "DataView":
        return this.#keep(new DataView(this.#slice(node.o, n)));
      case "Date":
        return this.#keep(new Date(this.read(node.v) as number));
      case "RegExp":
        return this.#keep(new RegExp(node.v as string, node.f as string));
      case "Map": {
        const map = this.#keep(new Map<unknown, unknown>());
        for (const [key, value] of node.v as unknown as [Json, Json][]) map.set(this.read(key), this.read(value));
        return map;
      }
      case "Set": {
        const set = this.#keep(new Set<unknown>());
        for (const item of node.v as readonly Json[]) set.add(this.read(item));
        return set;
      }
      case "object":
        return this.#entries(this.#keep({}), node.v as unknown as [string, Json][]);
      case "bare":
        return this.#entries(
          this.#keep(Object.create(null) as Record<string, unknown>),
          node.v as unknown as [string, Json][],
        );
      default:
        return this.#typedArray(node);
    }
  }

  #typedArray(node: Tagged): unknown {
    if (!Object.hasOwn(TYPED_ARRAYS, node.$))
      throw new InvalidInputError(`Damaged value: unknown tag ${show(node.$)}.`);
    const TypedArray = TYPED_ARRAYS[node.$ as TypedArrayName];
    return this.#keep(new TypedArray(this.#slice(node.o, (node.n as number) * TypedArray.BYTES_PER_ELEMENT)));
  }

  #slice(at: Json, length: number): ArrayBuffer {
    const isLarge = (at as number) < 0;
    const section = isLarge ? this.#large : this.#binary;
    const offset = isLarge ? -1 - (at as number) : (at as number);
    if (offset + length > section.byteLength)
      throw new InvalidInputError("Damaged value: its binary section was cut short on its way.");
    const start = section.byteOffset + offset;
    if (section.buffer instanceof ArrayBuffer) return section.buffer.slice(start, start + length);
    // A slice of shared memory would be shared memory.
    const copy = new Uint8Array(length);
    copy.set(section.subarray(offset, offset + length));
    return copy.buffer;
  }

  /** Numbers objects in the order in which the writer did. */
  #keep<T extends object>(item: T): T {
    this.#objects.push(item);
    return item;
  }
}

/** An ordinary property. */
const OWN = { writable: true, enumerable: true, configurable: true };

function tooDeep(path: string, most: number): InvalidInputError {
  return new InvalidInputError(
    `${path.slice(0, 40)}… is nested deeper than ${most}. Give a list as an array, not as objects in each other.`,
  );
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
