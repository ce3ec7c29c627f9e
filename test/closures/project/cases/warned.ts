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

/** One closure alone writes the variable. */
function counter(): (x: number) => number[] {
  let /*@ a counter */ calls = 0;
  return (x) => {
    calls += 1;
    calls += 1;
    return [x, calls];
  };
}

/** The criterion itself reads and writes, and so does a function inside it. */
function inner(): (x: number) => number[] {
  let /*@ a let written by a function inside the criterion */ total = 10;
  return (x) => {
    const more = () => {
      total += x;
      return total;
    };
    return [more(), more(), total];
  };
}

function memoized(): (x: number) => number[] {
  const cache = new Map<number, number>();
  let /*@ a cache that counts its misses */ misses = 0;
  return (x) => {
    const look = (key: number) => {
      const known = cache.get(key);
      if (known !== undefined) return known;
      misses += 1;
      cache.set(key, key * 2);
      return key * 2;
    };
    return [look(x), look(x), look(x + 1), misses, cache.size];
  };
}

settings.scale = 5;
setThreshold(77);
setHidden(1000);

Object.assign(globalThis, { fanoptTestLimit: 8, fanoptTestList: [1, 2] });
declare const fanoptTestLimit: number;

Math.cosh = () => 99;

export const cases: readonly Case[] = [
  { name: "a let that is assigned again", fun: reassigned() },
  { name: "a let of the module that a function assigns", fun: (x: number) => x * current },
  { name: "a counter", fun: counter() },
  { name: "a let written by a function inside the criterion", fun: inner() },
  { name: "a cache that counts its misses", fun: memoized() },
  {
    name: "process.env",
    fun: (x: number) => [x, typeof process./*@ process.env */ env.FANOPT_CASES_ABSENT],
  },
  {
    name: "a built-in function that the driver replaced",
    fun: (x: number) => /*@ a built-in function that the driver replaced */ Math.cosh(x - x),
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
