/** What is the same thing, and what only has the same name. */

import { advance, isDouble, Loss, links, loss, makeReader } from "../losses.ts";
import { noteLoad } from "../note-load.ts";
import type { Case } from "../types.ts";
import { weights } from "../weights.ts";

noteLoad("identity");

function leaveOneOut(weights: readonly number[]): (x: number) => number {
  return (x) => weights.reduce((sum, weight) => sum + weight * x, 0);
}

function inBlock(): (x: number) => number {
  {
    const weights = [40, 2];
    return (x) => weights[0] * x + weights[1];
  }
}

const byKind = (kind: Loss) => (r: number) => loss(kind, r);
const byLink = (link: (x: number) => number) => (x: number) => [link(x), isDouble(link)];
const read = makeReader();
weights.push(4);
const changed = weights;

const methods = class {
  first(): string {
    return "first";
  }
  second(): string {
    return "second";
  }
};
methods.prototype.first = methods.prototype.second;

function named(): (x: number) => string {
  return () => {
    const sphere = (x: number) => x;
    const table = new Map([sphere].map((fun) => [fun.name, fun]));
    return String(table.has("sphere"));
  };
}

const count = { calls: 0 };
const observed = {
  get next(): number {
    count.calls += 1;
    return 5;
  },
};

export const cases: readonly Case[] = [
  { name: "a parameter that is called like an import", fun: leaveOneOut(weights.filter((weight) => weight !== 2)) },
  { name: "a local constant that is called like an import", fun: inBlock() },
  { name: "a member of an imported enumeration", fun: byKind(Loss.CAUCHY) },
  { name: "a function of an imported table", fun: byLink(links.double) },
  {
    name: "a closure and an export that share their module's state",
    fun: (x: number) => {
      advance();
      return read(x);
    },
  },
  { name: "imported data that was changed and is in a variable", fun: (x: number) => changed.map((w) => w * x) },
  { name: "a method put in the place of another", fun: () => new methods().first() },
  { name: "functions told by their names", fun: named() },
  {
    name: "a getter that nobody calls",
    fun: (x: number) => (Object.hasOwn(observed, "next") ? count.calls : Number.NaN) + x,
  },
];
