/** Errors of criteria: the first line of the stack is the place in the user's file. */
import { noteLoad } from "../note-load.ts";
import { fail } from "../throws.ts";
import type { Case } from "../types.ts";

noteLoad("thrown");

const limit = 0.5;

class ConvergenceError extends Error {
  override readonly name = "ConvergenceError";
  readonly code = "E_CONVERGENCE";
}

function check(x: number): number {
  if (x > limit) throw /*@ thrown by another function */ new RangeError(`x = ${x} is above ${limit}`);
  return x;
}

interface Options {
  readonly deep?: { readonly value: number };
}
const options: Options = {};

export const cases: readonly Case[] = [
  {
    name: "thrown by the criterion",
    fun: (x: number) => {
      // Lines that are not there in what is compiled.
      type Local = number;
      const value: Local = x;

      throw /*@ thrown by the criterion */ new Error(`cannot be evaluated at ${value}`);
    },
  },
  { name: "thrown by another function", fun: (x: number) => check(x) + 1 },
  {
    name: "thrown after an await",
    fun: async (x: number) => {
      await Promise.resolve();
      throw /*@ thrown after an await */ new TypeError(`later ${x}`, { cause: new Error("the cause") });
    },
  },
  {
    name: "thrown as a class of the driver",
    fun: () => {
      throw /*@ thrown as a class of the driver */ new ConvergenceError("did not converge");
    },
  },
  { name: "thrown by an imported function", fun: (x: number) => fail(x) },
  {
    name: "thrown by the runtime",
    fun: () => (options as Required<Options>).deep./*@ thrown by the runtime */ value,
  },
];
