/** What travels, but may be other on a worker than here. */
import { noteLoad } from "../note-load.ts";
import { getHidden, setHidden, setThreshold, settings, threshold } from "../settings.ts";
import type { Case } from "../types.ts";

noteLoad("warned");

function reassigned(): (x: number) => number {
  let /*@ a let that is assigned again */ factor = 2;
  const fun = (x: number) => x * factor;
  factor = 3;
  return fun;
}

let /*@ a let of the module that a function assigns */ current = 1;
function change(value: number): void {
  current = value;
}
change(6);

settings.scale = 5;
setThreshold(77);
setHidden(1000);

Object.assign(globalThis, { fanoptTestLimit: 8, fanoptTestList: [1, 2] });
declare const fanoptTestLimit: number;

export const cases: readonly Case[] = [
  { name: "a let that is assigned again", fun: reassigned() },
  { name: "a let of the module that a function assigns", fun: (x: number) => x * current },
  {
    name: "process.env",
    fun: (x: number) => [x, typeof (/*@ process.env */ process.env.FANOPT_CASES_ABSENT)],
  },
  { name: "an imported object that the driver changed", fun: (x: number) => x * settings.scale },
  { name: "an imported let that the driver changed", fun: (x: number) => x * threshold },
  { name: "state inside an imported module that the driver changed", fun: (x: number) => x * getHidden() },
  { name: "a global of the driver, by its name", fun: (x: number) => x * fanoptTestLimit },
  {
    name: "a global of the driver, of globalThis",
    fun: () => (globalThis as unknown as { fanoptTestList: number[] }).fanoptTestList,
  },
];
