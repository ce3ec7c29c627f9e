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
