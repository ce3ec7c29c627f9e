/**
 * Plain values one after the other as a stream of instructions and numbers: numbers, strings, booleans, null, undefined, Float64Arrays, and plain
 * objects and arrays of them. Many small values of the same kind take no more than some bytes and fractions of a microsecond each. What is
 * unusual is left to value-tree.ts.
 *
 * An instruction is a uint32, its kind in the lower four bits, an operand in the others. A value is its instruction, and its children after it.
 * Objects of a value are numbered in the order in which they begin, as in trees.
 */

export const KIND_BITS = 4;
export const MAX_OPERAND: number = 2 ** (32 - KIND_BITS) - 1;

export const UNDEFINED = 0;
export const NULL = 1;
export const FALSE = 2;
export const TRUE = 3;
/** The next number. */
export const NUMBER = 4;
/** Operand: index of the string. */
export const STRING = 5;
/** An array of numbers; operand: how many. */
export const NUMBERS = 6;
/** Operand: how many numbers. */
export const FLOAT64_ARRAY = 7;
/** Operand: its length; as many values follow. */
export const ARRAY = 8;
/** Operand: index of its keys; a value for each follows. */
export const OBJECT = 9;
/** An object that was there already; operand: its number in this value. */
export const SAME = 10;
/** Whole values only; operand: index of the tree. */
export const TREE = 11;

/** Deeper ones are left to trees. */
export const MAX_DEPTH = 64;
/** Copying so few numbers one by one is faster than the built-in's start. */
export const FEW = 32;

/** Tables of a stream. */
export interface StreamTables {
  readonly keys: readonly (readonly string[])[];
  readonly strings: readonly string[];
}
