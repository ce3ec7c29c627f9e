/** Captured variables: values, scopes, names. */
import { noteLoad } from "../note-load.ts";
import type { Case } from "../types.ts";

noteLoad("variables");

const weight = 2.5;
const text = 'a "text" with \\ and \n and π and \u2028 and \ud800';
const yes = true;
const large = 2n ** 70n + 1n;
const notANumber = Number.NaN;
const minusZero = -0;
const infinite = Number.NEGATIVE_INFINITY;
const absent = undefined;
const nothing = null;
const tiny = Number.MIN_VALUE;
const third = 1 / 3;

const config = { a: 1.5, b: { c: [2, 3, 4], d: "deep" }, rest1: 7, rest2: 8 };
const {
  a: renamed,
  b: {
    c: [first, ...others],
    d,
  },
  missing = weight * 2,
  ...rest
}: typeof config & { missing?: number } = config;

const shadowed = 1;
function shadows(): (x: number) => unknown {
  const shadowed = 10;
  const inner = (x: number) => {
    const outer = shadowed;
    {
      const shadowed = 100;
      return [x, outer, shadowed];
    }
  };
  return (x) => [inner(x), shadowed];
}

function fromParameter(shadowed: number): (x: number) => number {
  return (x) => x + shadowed;
}

function twoScopes(): (x: number) => number[] {
  const make = (value: number) => (x: number) => value * x;
  const small = make(2);
  const big = make(1000);
  return (x) => [small(x), big(x), shadowed];
}

const inLoop: ((x: number) => number)[] = [];
for (let i = 0; i < 3; i++) inLoop.push((x) => x * 10 ** i);
const inForOf: ((x: number) => number)[] = [];
for (const factor of [2, 3, 5]) inForOf.push((x) => x * factor);
const inForIn: ((x: number) => string)[] = [];
for (const key in { p: 1, q: 2 }) inForIn.push((x) => key + x);

function caught(): (x: number) => unknown {
  try {
    throw new RangeError("caught here");
  } catch (error) {
    return (x) => [x, (error as Error).message];
  }
}

function lateLet(): (x: number) => number {
  let assignedOnce: number;
  assignedOnce = 42;
  return (x) => x + assignedOnce;
}

function hoisted(): (x: number) => number {
  const fun = (x: number) => x * later;
  const later = 3;
  return fun;
}

function oneConstTwoReaders(): (x: number) => unknown {
  const shared = { hits: 0 };
  const one = () => {
    shared.hits += 1;
    return shared;
  };
  const two = () => {
    shared.hits += 10;
    return shared;
  };
  return (x) => [x, one() === two(), shared.hits];
}

function switchScope(kind: number): (x: number) => number {
  switch (kind) {
    case 1: {
      const inCase = 5;
      return (x) => x + inCase;
    }
    default:
      return (x) => x;
  }
}

/** Names that bundles and loaders use themselves. */
function odd(): (x: number) => unknown {
  const makers = 1;
  const references = 2;
  const bind = 3;
  const create = 4;
  const captured = 5;
  const fun = 6;
  const jac = 7;
  const values = 8;
  const __fanoptRequire = 9;
  const θ = 10;
  const $ = 11;
  const _ = 12;
  const of = 13;
  const async = 14;
  const get = 15;
  const name = 16;
  const globalThisLike = 17;
  const __name = 18;
  return (x) => [
    x,
    makers,
    references,
    bind,
    create,
    captured,
    fun,
    jac,
    values,
    __fanoptRequire,
    θ,
    $,
    _,
    of,
    async,
    get,
    name,
    globalThisLike,
    __name,
  ];
}

/** Names that every script has, hidden by the user's own. */
function hidesGlobals(): (x: number) => unknown {
  // biome-ignore lint/suspicious/noShadowRestrictedNames: that is the case
  const Math = { PI: 3 };
  // biome-ignore lint/suspicious/noShadowRestrictedNames: that is the case
  const undefined = "defined";
  const process = { env: "none" };
  const module = 1;
  const exports = 2;
  const require = 3;
  return (x) => [x, Math.PI, undefined, process.env, module, exports, require];
}

let countedUp = 0;
for (countedUp = 0; countedUp < 5; ) countedUp++;
const snapshot = countedUp;

export const cases: readonly Case[] = [
  { name: "captured const number", fun: (x: number) => x * weight },
  { name: "captured const string", fun: () => text },
  { name: "captured const boolean", fun: (x: number) => (yes ? x : -x) },
  { name: "captured const bigint", fun: () => large * 3n },
  { name: "captured NaN", fun: () => [notANumber, Number.isNaN(notANumber)] },
  { name: "captured minus zero", fun: () => [minusZero, 1 / minusZero] },
  { name: "captured infinity", fun: () => infinite },
  { name: "captured undefined", fun: () => [absent === undefined, typeof absent] },
  { name: "captured null", fun: () => [nothing === null, nothing] },
  { name: "captured numbers to the last bit", fun: () => [tiny, third, third * 3 - 1] },
  { name: "destructured captures", fun: () => [renamed, first, others, d, missing, rest] },
  { name: "shadowed names in several scopes", fun: shadows() },
  { name: "shadowed by a parameter", fun: fromParameter(20) },
  { name: "the same names in two scopes of one function", fun: twoScopes() },
  { name: "closures made in a for loop", fun: (x: number) => inLoop.map((one) => one(x)) },
  { name: "one closure of a for loop", fun: inLoop[1] },
  { name: "closures made in for of", fun: (x: number) => inForOf.map((one) => one(x)) },
  { name: "closures made in for in", fun: (x: number) => inForIn.map((one) => one(x)) },
  { name: "captured catch parameter", fun: caught() },
  { name: "a let that is assigned once, later", fun: lateLet() },
  { name: "a const declared after the closure", fun: hoisted() },
  { name: "one const read and changed by two closures", fun: oneConstTwoReaders() },
  { name: "a const in a switch", fun: switchScope(1) },
  { name: "odd names", fun: odd() },
  { name: "names that hide globals", fun: hidesGlobals() },
  { name: "a const taken of a let that changed", fun: (x: number) => x + snapshot },
];
