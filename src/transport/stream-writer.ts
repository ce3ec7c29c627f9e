import { types } from "node:util";
import {
  ARRAY,
  FALSE,
  FEW,
  FLOAT64_ARRAY,
  KIND_BITS,
  MAX_DEPTH,
  MAX_OPERAND,
  NULL,
  NUMBER,
  NUMBERS,
  OBJECT,
  SAME,
  STRING,
  type StreamTables,
  TREE,
  TRUE,
  UNDEFINED,
} from "./value-stream.ts";

/** Among so few objects looking at each is faster than a map. */
const FEW_OBJECTS = 16;

/** Where a stream ends; what is after it can be taken back. */
interface End {
  readonly instructions: number;
  readonly numbers: number;
  readonly keys: number;
  readonly strings: number;
}

/** Writes values; see value-stream.ts. */
export class StreamWriter {
  #instructions = new Uint32Array(64);
  #instructionCount = 0;
  #numbers = new Float64Array(128);
  #numberCount = 0;
  readonly #keys: (readonly string[])[] = [];
  readonly #keyIds = new Map<string, number>();
  /** By index of keys: those of the object that came next, the last time. Values of a list are alike. */
  readonly #nextKeys: number[] = [];
  #lastKeys = 0;
  readonly #strings: string[] = [];
  readonly #stringIds = new Map<string, number>();
  /** Objects of the value that is being written, by their numbers. */
  readonly #objects: object[] = [];
  #objectCount = 0;
  /** The same, when they are many. */
  #objectIds: Map<object, number> | undefined;

  get instructions(): Uint32Array {
    return this.#instructions.subarray(0, this.#instructionCount);
  }

  get numbers(): Float64Array {
    return this.#numbers.subarray(0, this.#numberCount);
  }

  get tables(): StreamTables {
    return { keys: this.#keys, strings: this.#strings };
  }

  /** Writes a value as it is now. Returns false, the stream as it was, for a value that needs a tree. Throws what its getters throw. */
  write(value: unknown): boolean {
    if (typeof value === "number") return this.#number(value);
    const end: End = {
      instructions: this.#instructionCount,
      numbers: this.#numberCount,
      keys: this.#keys.length,
      strings: this.#strings.length,
    };
    this.#objectCount = 0;
    this.#objectIds = undefined;
    let isWritten = false;
    try {
      isWritten = this.#value(value, 0);
    } finally {
      if (!isWritten) this.#takeBack(end);
    }
    return isWritten;
  }

  /** Says that a tree is the next value. */
  writeTree(index: number): void {
    this.#add(TREE, index);
  }

  #value(item: unknown, depth: number): boolean {
    switch (typeof item) {
      case "number":
        return this.#number(item);
      case "string":
        return this.#add(STRING, this.#stringId(item));
      case "boolean":
        return this.#add(item ? TRUE : FALSE, 0);
      case "undefined":
        return this.#add(UNDEFINED, 0);
      case "object":
        return item === null ? this.#add(NULL, 0) : this.#object(item, depth);
      default:
        return false;
    }
  }

  #number(item: number): boolean {
    this.#reserve(1);
    this.#numbers[this.#numberCount++] = item;
    return this.#add(NUMBER, 0);
  }

  #object(item: object, depth: number): boolean {
    const known = this.#idOf(item);
    if (known >= 0) return this.#add(SAME, known);
    // What is of another realm, or extends what is built in, is unusual.
    const prototype: unknown = Object.getPrototypeOf(item);
    if (prototype === Float64Array.prototype) return types.isFloat64Array(item) && this.#float64Array(item);
    if (depth >= MAX_DEPTH) return false;
    if (prototype === Object.prototype) return this.#plain(item, depth + 1);
    return prototype === Array.prototype && Array.isArray(item) && this.#array(item, depth + 1);
  }

  #float64Array(item: Float64Array): boolean {
    const { length } = item;
    // An empty one may be so because its buffer was transferred away: refused there.
    if (length > MAX_OPERAND || length === 0) return false;
    this.#reserve(length);
    const numbers = this.#numbers;
    const start = this.#numberCount;
    if (length > FEW) numbers.set(item, start);
    else for (let i = 0; i < length; i++) numbers[start + i] = item[i];
    this.#numberCount = start + length;
    return this.#add(FLOAT64_ARRAY, length);
  }

  #array(item: readonly unknown[], depth: number): boolean {
    const { length } = item;
    if (length > MAX_OPERAND) return false;
    if (typeof item[0] === "number" && this.#numberArray(item)) return true;
    this.#add(ARRAY, length);
    for (let i = 0; i < length; i++) if (!this.#value(item[i], depth)) return false;
    return true;
  }

  /** Returns false, nothing written, when there is anything else in it. */
  #numberArray(item: readonly unknown[]): boolean {
    const { length } = item;
    this.#reserve(length);
    const numbers = this.#numbers;
    const start = this.#numberCount;
    for (let i = 0; i < length; i++) {
      const one = item[i];
      if (typeof one !== "number") return false;
      numbers[start + i] = one;
    }
    this.#numberCount = start + length;
    return this.#add(NUMBERS, length);
  }

  #plain(item: object, depth: number): boolean {
    const keys = Object.keys(item);
    // An empty one may be a Map, a Date, … of which somebody took the prototype away.
    if (keys.length === 0 || Object.getOwnPropertySymbols(item).length > 0) return false;
    const id = this.#keysId(keys);
    if (id < 0) return false;
    const values = Object.values(item);
    // A getter took another key away.
    if (values.length !== keys.length) return false;
    this.#add(OBJECT, id);
    for (let i = 0; i < values.length; i++) if (!this.#value(values[i], depth)) return false;
    return true;
  }

  /** −1 where the keys need a tree. */
  #keysId(keys: readonly string[]): number {
    const guess = this.#nextKeys[this.#lastKeys];
    const id = guess !== undefined && areEqual(this.#keys[guess], keys) ? guess : this.#searchKeys(keys);
    this.#nextKeys[this.#lastKeys] = id;
    this.#lastKeys = id;
    return id;
  }

  #searchKeys(keys: readonly string[]): number {
    const text = JSON.stringify(keys);
    const known = this.#keyIds.get(text);
    if (known !== undefined) return known;
    if (keys.includes("__proto__") || this.#keys.length > MAX_OPERAND) return -1;
    this.#keyIds.set(text, this.#keys.length);
    return this.#keys.push(keys) - 1;
  }

  #stringId(text: string): number {
    const known = this.#stringIds.get(text);
    if (known !== undefined) return known;
    this.#stringIds.set(text, this.#strings.length);
    return this.#strings.push(text) - 1;
  }

  /** Number of an object of this value; −1, it has one now, where it is new. */
  #idOf(item: object): number {
    const objects = this.#objects;
    const count = this.#objectCount;
    if (count < FEW_OBJECTS) {
      for (let i = 0; i < count; i++) if (objects[i] === item) return i;
      objects[count] = item;
    } else {
      this.#objectIds ??= new Map(objects.map((one, i) => [one, i]));
      const known = this.#objectIds.get(item);
      if (known !== undefined) return known;
      this.#objectIds.set(item, count);
    }
    this.#objectCount = count + 1;
    return -1;
  }

  #add(kind: number, operand: number): true {
    if (this.#instructionCount === this.#instructions.length) {
      const larger = new Uint32Array(2 * this.#instructionCount);
      larger.set(this.#instructions);
      this.#instructions = larger;
    }
    this.#instructions[this.#instructionCount++] = (operand << KIND_BITS) | kind;
    return true;
  }

  #reserve(count: number): void {
    const needed = this.#numberCount + count;
    if (needed <= this.#numbers.length) return;
    const larger = new Float64Array(Math.max(2 * this.#numberCount, needed));
    larger.set(this.numbers);
    this.#numbers = larger;
  }

  #takeBack(end: End): void {
    this.#instructionCount = end.instructions;
    this.#numberCount = end.numbers;
    for (const keys of this.#keys.splice(end.keys)) this.#keyIds.delete(JSON.stringify(keys));
    for (const text of this.#strings.splice(end.strings)) this.#stringIds.delete(text);
    this.#nextKeys.length = 0;
    this.#lastKeys = 0;
  }
}

function areEqual(some: readonly string[] | undefined, others: readonly string[]): boolean {
  if (some === undefined || some.length !== others.length) return false;
  for (let i = 0; i < others.length; i++) if (some[i] !== others[i]) return false;
  return true;
}
