/** State that closures keep on the worker. */
import { noteLoad } from "../note-load.ts";
import type { Case } from "../types.ts";

noteLoad("state");

function readers(): (x: number) => number[] {
  // biome-ignore lint/style/useConst: that is the case
  let level = 4;
  const one = (x: number) => x + level;
  const two = (x: number) => x * level;
  return (x) => [one(x), two(x)];
}

/** One closure alone writes the variable. */
function counter(): (x: number) => number[] {
  let calls = 0;
  return (x) => {
    calls += 1;
    calls += 1;
    return [x, calls];
  };
}

/** The criterion itself reads and writes, and so does a function inside it. */
function inner(): (x: number) => number[] {
  let total = 10;
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
  let misses = 0;
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

class Accumulator {
  total = 0;
  add(x: number): this {
    this.total += x;
    return this;
  }
}
const accumulator = new Accumulator();
const history: number[] = [];
const record = (x: number) => history.push(x);

export const cases: readonly Case[] = [
  { name: "a let captured by two closures where nobody writes", fun: readers() },
  { name: "a counter", fun: counter() },
  { name: "a let written by a function inside the criterion", fun: inner() },
  { name: "a cache", fun: memoized() },
  { name: "an object that the criterion changes", fun: (x: number) => accumulator.add(x).add(1).total },
  {
    name: "an array that another function changes",
    fun: (x: number) => {
      record(x);
      record(2);
      return history;
    },
  },
];
