/**
 * Plain values one after the other as a stream of instructions and numbers: numbers, strings, booleans, null, undefined, Float64Arrays, and plain
 * objects and arrays of them. Many small values of the same kind take no more than some bytes and fractions of a microsecond each. What is
 * unusual is left to value-tree.ts.
 *
 * An instruction is a uint32, its kind in the lower four bits, an operand in the others. A value is its instruction, and its children after it.
 * Objects of a value are numbered in the order in which they begin, as in trees.
 */
import { types } from "node:util";
import { InvalidInputError } from "../errors.ts";

const KIND_BITS = 4;
const MAX_OPERAND = 2 ** (32 - KIND_BITS) - 1;

const UNDEFINED = 0;
const NULL = 1;
const FALSE = 2;
const TRUE = 3;
/** The next number. */
const NUMBER = 4;
/** Operand: index of the string. */
const STRING = 5;
/** An array of numbers; operand: how many. */
const NUMBERS = 6;
/** Operand: how many numbers. */
const FLOAT64_ARRAY = 7;
/** Operand: its length; as many values follow. */
const ARRAY = 8;
/** Operand: index of its keys; a value for each follows. */
const OBJECT = 9;
/** An object that was there already; operand: its number in this value. */
const SAME = 10;
/** Whole values only; operand: index of the tree. */
const TREE = 11;

/** Deeper ones are left to trees. */
const MAX_DEPTH = 64;
/** Copying so few numbers one by one is faster than the built-in's start. */
const FEW = 32;
/** Among so few objects looking at each is faster than a map. */
const FEW_OBJECTS = 16;

/** Tables of a stream. */
export interface StreamTables {
  readonly keys: readonly (readonly string[])[];
  readonly strings: readonly string[];
}

/** Where a stream ends; what is after it can be taken back. */
interface End {
  readonly instructions: number;
  readonly numbers: number;
  readonly keys: number;
  readonly strings: number;
}

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
    if (length > MAX_OPERAND) return false;
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

/** Reads what a StreamWriter wrote. */
export class StreamReader {
  readonly #instructions: Uint32Array;
  readonly #numbers: Float64Array;
  readonly #tables: StreamTables;
  readonly #readTree: (index: number) => unknown;
  #instruction = 0;
  #number = 0;
  #objects: object[] = [];

  /** @param tables checked: keys are lists of strings without `__proto__`. */
  constructor(
    instructions: Uint32Array,
    numbers: Float64Array,
    tables: StreamTables,
    readTree: (index: number) => unknown,
  ) {
    this.#instructions = instructions;
    this.#numbers = numbers;
    this.#tables = tables;
    this.#readTree = readTree;
  }

  /** Whether all was read. */
  get isAtEnd(): boolean {
    return this.#instruction === this.#instructions.length && this.#number === this.#numbers.length;
  }

  /** The next value. Throws InvalidInputError where the stream is damaged. */
  read(): unknown {
    if (this.#objects.length > 0) this.#objects = [];
    return this.#value(0);
  }

  #value(depth: number): unknown {
    if (this.#instruction >= this.#instructions.length || depth > MAX_DEPTH) throw damaged();
    const instruction = this.#instructions[this.#instruction++];
    const operand = instruction >>> KIND_BITS;
    switch (instruction & ((1 << KIND_BITS) - 1)) {
      case UNDEFINED:
        return undefined;
      case NULL:
        return null;
      case FALSE:
        return false;
      case TRUE:
        return true;
      case NUMBER:
        return this.#numbers[this.#take(1)];
      case STRING:
        return at(this.#tables.strings, operand);
      case NUMBERS:
        return this.#numberArray(operand);
      case FLOAT64_ARRAY:
        return this.#float64Array(operand);
      case ARRAY:
        return this.#array(operand, depth + 1);
      case OBJECT:
        return this.#plain(at(this.#tables.keys, operand), depth + 1);
      case SAME:
        return at(this.#objects, operand);
      case TREE:
        return this.#readTree(operand);
      default:
        throw damaged();
    }
  }

  #float64Array(length: number): Float64Array {
    const start = this.#take(length);
    const numbers = this.#numbers;
    const array = new Float64Array(length);
    if (length > FEW) array.set(numbers.subarray(start, start + length));
    else for (let i = 0; i < length; i++) array[i] = numbers[start + i];
    this.#objects.push(array);
    return array;
  }

  #numberArray(length: number): number[] {
    const start = this.#take(length);
    const numbers = this.#numbers;
    const array: number[] = [];
    for (let i = 0; i < length; i++) array.push(numbers[start + i]);
    this.#objects.push(array);
    return array;
  }

  #array(length: number, depth: number): unknown[] {
    const array: unknown[] = [];
    this.#objects.push(array);
    for (let i = 0; i < length; i++) array.push(this.#value(depth));
    return array;
  }

  #plain(keys: readonly string[], depth: number): object {
    const object: Record<string, unknown> = {};
    this.#objects.push(object);
    for (let i = 0; i < keys.length; i++) object[keys[i]] = this.#value(depth);
    return object;
  }

  /** Goes on by so many numbers; returns where they begin. */
  #take(count: number): number {
    const start = this.#number;
    if (start + count > this.#numbers.length) throw damaged();
    this.#number = start + count;
    return start;
  }
}

function at<T>(list: readonly T[], index: number): T {
  if (index >= list.length) throw damaged();
  return list[index];
}

function areEqual(some: readonly string[] | undefined, others: readonly string[]): boolean {
  if (some === undefined || some.length !== others.length) return false;
  for (let i = 0; i < others.length; i++) if (some[i] !== others[i]) return false;
  return true;
}

function damaged(): InvalidInputError {
  return new InvalidInputError("Damaged list: its values are not what was written; it was changed on its way.");
}
