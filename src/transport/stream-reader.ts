import { InvalidInputError } from "../errors.ts";
import {
  ARRAY,
  FALSE,
  FEW,
  FLOAT64_ARRAY,
  KIND_BITS,
  MAX_DEPTH,
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

function damaged(): InvalidInputError {
  return new InvalidInputError("Damaged list: its values are not what was written; it was changed on its way.");
}
