/** What ES modules alone have. */
import { settled } from "../awaits.ts";
import { multiplier } from "../multiplier.ts";
import { noteLoad } from "../note-load.ts";
import { addCompiled } from "../solver.ts";
import { simulated } from "../starts-a-run.ts";
import type { Case } from "../types.ts";

noteLoad("esm");

const wasm = Uint8Array.from(multiplier);

const offset = await Promise.resolve(5);

export const cases: readonly Case[] = [
  { name: "a module that awaits at its top", fun: (x: number) => x + settled },
  { name: "a constant that the driver's module awaited", fun: (x: number) => x + offset },
  {
    name: "WebAssembly as captured bytes",
    fun: async (x: number) => {
      const { instance } = await WebAssembly.instantiate(wasm);
      return (instance.exports.mul as (a: number, b: number) => number)(x, 3);
    },
  },
  { name: "a function of a module that starts a run", fun: (x: number) => simulated(x) },
  { name: "a module that reads WebAssembly beside it", fun: (x: number) => addCompiled(x, 4) },
];
