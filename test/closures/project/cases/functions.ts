/** Functions of every form, and what they capture. */
import { noteLoad } from "../note-load.ts";
import type { Case } from "../types.ts";

noteLoad("functions");

const base = 3;

function scaled(x: number): number {
  return x * base;
}

/** Uses a const of its module and a function of its module. */
function inModuleScope(x: number): number {
  return scaled(x) + base;
}

function factorial(n: number): number {
  return n <= 1 ? 1 : n * factorial(n - 1);
}

const fibonacci = (n: number): number => (n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2));

const namedRecursion = function again(n: number): number {
  return n === 0 ? base : again(n - 1) + 1;
};

function isEven(n: number): boolean {
  return n === 0 || isOdd(n - 1);
}

function isOdd(n: number): boolean {
  return n !== 0 && isEven(n - 1);
}

const ping = (n: number): string => (n === 0 ? "ping" : pong(n - 1));
const pong = (n: number): string => (n === 0 ? "pong" : ping(n - 1));

function withDefaults(
  x: number,
  { factor = base, offset = base * 2 }: { factor?: number; offset?: number } = {},
  ...more: number[]
): number[] {
  return [x * factor + offset, more.length, ...more];
}

function nested(): (x: number) => number {
  const one = 1;
  function middle(y: number): number {
    const two = one + 1;
    function innermost(z: number): number {
      return z + one + two;
    }
    return innermost(y) * two;
  }
  return (x) => middle(x);
}

const curried = (a: number) => (b: number) => (c: number) => (x: number) => [a, b, c, x, a * b + c * x];

const immediately = (() => {
  const secret = 17;
  return (x: number) => x + secret;
})();

async function later(x: number): Promise<number> {
  await new Promise((resolve) => setImmediate(resolve));
  return x + base;
}

function* countTo(n: number): Generator<number, string, void> {
  for (let i = 1; i <= n; i++) yield i * base;
  return "done";
}

async function* slowly(n: number): AsyncGenerator<number> {
  for (const one of countTo(n)) yield await later(one);
}

const tool = {
  factor: 5,
  method(x: number): number {
    return x * this.factor;
  },
  arrow: (x: number) => x * base,
  async delayed(x: number): Promise<number> {
    return (await later(x)) * this.factor;
  },
  *items(x: number): Generator<number> {
    yield x;
    yield this.factor;
  },
  [`computed ${base}`](x: number): number {
    return x - base;
  },
  "quoted name"(x: number): number {
    return x / base;
  },
  42(x: number): number {
    return x + 42;
  },
  get doubled(): number {
    return this.factor * 2;
  },
  set doubled(value: number) {
    this.factor = value / 2;
  },
};

const withoutThis = {
  evaluate(x: number) {
    return [x, base];
  },
  async wait(x: number) {
    return [await later(x)];
  },
  get(x: number) {
    return ["get", x];
  },
  async(x: number) {
    return ["async", x];
  },
};

const getter = Object.getOwnPropertyDescriptor(
  {
    get value(): number {
      return base * 11;
    },
  },
  "value",
)?.get as () => number;

function general(this: { unit: string } | undefined, a: number, b: number): string {
  return `${this?.unit}:${a}:${b}`;
}
const bound = general.bind({ unit: "kg" }, 7);
const boundTwice = bound.bind({ unit: "never" }, 8);

interface Memo {
  (x: number): number;
  readonly power: number;
  cache: Map<number, number>;
}
const memo: Memo = Object.assign((x: number) => memo.cache.get(x) ?? x ** memo.power, {
  power: 3,
  cache: new Map([[2, -1]]),
});

function usesArguments(..._: number[]): number {
  // biome-ignore lint/complexity/noArguments: that is the case
  return Array.from(arguments as ArrayLike<number>).reduce((sum, one) => sum + one, 0) + arguments.length;
}

function tag(strings: TemplateStringsArray, ...values: unknown[]): string {
  return `${strings.raw.join("|")}#${values.join(",")}`;
}

const { sin, atan2 } = Math;
const has = Object.prototype.hasOwnProperty;
const slice = Array.prototype.slice;
const parse = JSON.parse;
const toText = String;
const maxOf = Math.max.bind(null, 4);

function selfMade(n: number): (x: number) => unknown {
  return n === 0 ? (x) => ["end", x] : (x) => [n, selfMade(n - 1)(x + base)];
}

const compose =
  (...functions: ((x: number) => number)[]) =>
  (x: number) =>
    functions.reduce((value, one) => one(value), x);
const pipeline = compose(
  scaled,
  (x) => x + 1,
  tool.arrow,
  function square(x) {
    return x * x;
  },
);

export const cases: readonly Case[] = [
  { name: "an arrow that captures nothing", fun: (x: number) => x * x },
  { name: "an arrow that returns an object", fun: (x: number) => ({ x, base }) },
  {
    name: "a function expression",
    fun: function named(x: number) {
      return [x, typeof named, named.name];
    },
  },
  { name: "a function declared in module scope that uses module consts", fun: inModuleScope },
  { name: "nested functions", fun: nested() },
  { name: "recursion of a declaration", fun: factorial, params: 10 },
  { name: "recursion of an arrow", fun: (x: number) => fibonacci(12) + x },
  { name: "recursion of a named function expression", fun: namedRecursion, params: 6 },
  { name: "mutual recursion of declarations", fun: (x: number) => [isEven(10), isOdd(10), x] },
  { name: "mutual recursion of arrows", fun: () => [ping(4), ping(5)] },
  { name: "default parameters", fun: (x: number) => [withDefaults(x), withDefaults(x, { factor: 7 }, 1, 2)] },
  { name: "default parameters of the criterion", fun: (x: number, y = base * 2) => [x, y] },
  { name: "currying, three deep", fun: curried(2)(3)(4) },
  { name: "an immediately invoked function", fun: immediately },
  { name: "an async closure", fun: async (x: number) => [await later(x), base] },
  { name: "a generator inside", fun: (x: number) => [...countTo(4), x] },
  {
    name: "an async generator inside",
    fun: async (x: number) => {
      const values: number[] = [];
      for await (const value of slowly(3)) values.push(value);
      return [...values, x];
    },
  },
  { name: "a method of a captured object", fun: (x: number) => tool.method(x) },
  { name: "an async method of a captured object", fun: (x: number) => tool.delayed(x) },
  { name: "a generator method of a captured object", fun: (x: number) => [...tool.items(x)] },
  {
    name: "methods with computed, quoted and numeric names",
    fun: (x: number) => [tool["computed 3"](x), tool["quoted name"](x), tool[42](x)],
  },
  {
    name: "a getter and a setter of a captured object",
    fun: (x: number) => {
      tool.doubled = x;
      return [tool.doubled, tool.factor];
    },
  },
  { name: "a method as the criterion", fun: withoutThis.evaluate },
  { name: "an async method as the criterion", fun: withoutThis.wait },
  { name: "a method named get as the criterion", fun: withoutThis.get },
  { name: "a method named async as the criterion", fun: withoutThis.async },
  { name: "an arrow in an object as the criterion", fun: tool.arrow },
  { name: "a getter's function", fun: (x: number) => [x, getter()] },
  { name: "a bound function with this and arguments", fun: (x: number) => bound(x) },
  { name: "a bound function as the criterion", fun: bound },
  { name: "a function bound twice", fun: () => [boundTwice(), boundTwice.length, boundTwice.name] },
  { name: "a function with properties", fun: (x: number) => [memo(2), memo(x), memo.cache.size] },
  { name: "arguments", fun: (x: number) => usesArguments(x, 2, 3) },
  { name: "a tagged template", fun: (x: number) => tag`a\n${x}b${base}` },
  {
    name: "captured built-in functions",
    fun: (x: number) => [
      sin(x),
      atan2(x, 2),
      has.call({ x }, "x"),
      slice.call([1, 2, 3], 1),
      parse("[1]"),
      toText(x),
      maxOf(x),
      sin === Math.sin,
    ],
  },
  { name: "a built-in function as the criterion", fun: Math.sqrt },
  { name: "a closure that makes closures of its own kind", fun: selfMade(3) },
  { name: "composed functions", fun: pipeline },
  { name: "the same function twice", fun: (x: number) => [[scaled, scaled].every((one) => one === scaled), scaled(x)] },
  {
    name: "arguments spread from a list",
    fun: (x: number, y: number, z: number) => [x * base, y, z],
    params: [1, 2, 3],
    unpack: "spread",
  },
  {
    name: "optional chaining, labels, regular expressions, comments",
    fun: (x: number) => {
      const found = /a(?<letter>[/*]b)/u.exec("xa*b"); /* a comment with } and ` */
      // another one: '
      outer: for (const one of [1, 2]) for (const two of [1, 2]) if (one + two > 2) break outer;
      return [found?.groups?.letter ?? "", x ?? 1, `${`${x}`}`];
    },
  },
];
