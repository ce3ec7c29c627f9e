import { readFileSync } from "node:fs";

const bytes = readFileSync(new URL("./add.wasm", import.meta.url));
const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes));

/** A sum, by a compiled simulation. */
export const addCompiled = instance.exports.add as (a: number, b: number) => number;
