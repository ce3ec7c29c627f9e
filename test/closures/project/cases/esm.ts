/** What ES modules alone have. */
import { settled } from "../awaits.ts";
import { noteLoad } from "../note-load.ts";
import { addCompiled } from "../solver.ts";
import { simulated } from "../starts-a-run.ts";
import type { Case } from "../types.ts";

noteLoad("esm");

/** f64 multiplication: (module (func (export "mul") (param f64 f64) (result f64) local.get 0 local.get 1 f64.mul)) */
const wasm = Uint8Array.of(
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, 0x01, 0x07, 0x01, 0x60, 0x02, 0x7c, 0x7c, 0x01, 0x7c],
  ...[0x03, 0x02, 0x01, 0x00, 0x07, 0x07, 0x01, 0x03, 0x6d, 0x75, 0x6c, 0x00, 0x00],
  ...[0x0a, 0x09, 0x01, 0x07, 0x00, 0x20, 0x00, 0x20, 0x01, 0xa2, 0x0b],
);

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
