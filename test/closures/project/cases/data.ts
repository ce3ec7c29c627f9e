/** Captured data: typed arrays, collections, objects and their identity. */
import { noteLoad } from "../note-load.ts";
import type { Case } from "../types.ts";

noteLoad("data");

const kinds = {
  i8: Int8Array.of(-128, 127),
  u8: Uint8Array.of(0, 255),
  u8c: Uint8ClampedArray.of(0, 255),
  i16: Int16Array.of(-32_768, 5),
  u16: Uint16Array.of(65_535),
  i32: Int32Array.of(-2_147_483_648),
  u32: Uint32Array.of(4_294_967_295),
  f32: Float32Array.of(0.1, Number.NaN, -0),
  f64: Float64Array.of(0.1, -0, Number.MAX_VALUE, Number.NEGATIVE_INFINITY),
  b64: BigInt64Array.of(-(2n ** 63n)),
  bu64: BigUint64Array.of(2n ** 64n - 1n),
};

/** A NaN with a payload: bits that no number of JavaScript shows. */
const payload = new Float64Array(new BigUint64Array([0x7ff8_dead_beef_0001n]).buffer);

const buffer = new ArrayBuffer(32);
const left = new Float64Array(buffer, 0, 2);
const right = new Float64Array(buffer, 8, 2);
const bytes = new DataView(buffer, 4);
left.set([1.25, -3]);

const nodeBuffer = Buffer.from("bytes and π");
const part = new Float64Array(1000).fill(7).subarray(10, 13);
const megabyte = Float64Array.from({ length: 131_072 }, (_, i) => Math.sin(i));

const map = new Map<unknown, unknown>([
  ["a", 1],
  [2, "two"],
  [Number.NaN, "nan"],
]);
map.set(map, "itself");
const keyObject = { key: true };
map.set(keyObject, "object");
const set = new Set<unknown>([3, 1, 2, "x", keyObject]);
const date = new Date(Date.UTC(2024, 1, 29, 12, 30, 15, 123));
const invalidDate = new Date(Number.NaN);
const sticky = /b+(?<tail>c)/giy;
sticky.lastIndex = 2;
const url = new URL("https://example.com:8443/a%20b?x=1&x=2#end");
const search = new URLSearchParams([
  ["k", "v w"],
  ["k", "2"],
]);
const failure = new RangeError("too far", { cause: { code: 7 } });
const ownError = Object.assign(new TypeError("with more"), { code: "E_MORE", detail: [1, 2] });
const aggregate = new AggregateError([new Error("first"), new SyntaxError("second")], "both");
const boxed = [Object(1.5), Object("s"), Object(true), Object(5n)];

interface Ring {
  label: string;
  next: Ring | null;
  self?: Ring;
}
const ring: Ring = { label: "a", next: null };
ring.next = { label: "b", next: ring };
ring.self = ring;

const shared = { value: 1 };
const holdsTwice = { one: shared, two: shared, list: [shared, shared] };
const alsoHolds = [shared];

const frozen = Object.freeze({ a: 1, list: Object.freeze([1, 2]) });
const sealed = Object.seal({ a: 1 });
const fixed = Object.preventExtensions({ a: 1 } as Record<string, number>);
const bare: Record<string, number> = Object.assign(Object.create(null), { a: 1, toString: 2 });
const derived: { own: number; inherited: number } = Object.assign(Object.create({ inherited: 5 }), { own: 6 });
const sparse: number[] = [1];
sparse[4] = 5;
sparse.length = 7;
const extra: number[] & { note?: string } = Object.assign([1, 2], { note: "an array's own" });
const nan: number[] = [Number.NaN, -0, 1, 2, 3, 4, 5, 6, 7, 8];
const mixed: unknown[] = [1, "2", null, undefined, true, 3n, [4], { five: 5 }];

const tag = Symbol("tag");
const registered = Symbol.for("fanopt-test.registered");
const bySymbol = { [tag]: "own", [registered]: "global", [Symbol.toStringTag]: "Tagged" };
const iterable = {
  *[Symbol.iterator]() {
    yield 1;
    yield 2;
  },
};

const accessors = {
  get twice(): number {
    return this.plain * 2;
  },
  plain: 4,
};
const described = Object.defineProperties({} as { hidden: number; fixed: number; computed: number }, {
  hidden: { value: 1, enumerable: false, writable: true, configurable: true },
  fixed: { value: 2, enumerable: true, writable: false, configurable: false },
  computed: { get: () => 3, enumerable: true, configurable: true },
});
const evil = JSON.parse('{"__proto__": {"polluted": true}, "constructor": 1, "$": "tag", "ref": 0}');
const deep = Array.from({ length: 2000 }).reduce<unknown[]>((inner) => [inner], []);
const order = { z: 1, 10: "ten", a: 2, 9: "nine" };

function depth(list: unknown[]): number {
  let count = 0;
  for (let at = list; at.length > 0; at = at[0] as unknown[]) count++;
  return count;
}

function fails(act: () => void): string {
  try {
    act();
    return "accepted";
  } catch (error) {
    return (error as Error).name;
  }
}

export const cases: readonly Case[] = [
  { name: "typed arrays of all kinds", fun: () => kinds },
  {
    name: "typed arrays keep their classes",
    fun: () => Object.values(kinds).map((one) => [one.constructor.name, one.byteLength, one.buffer.byteLength]),
  },
  { name: "a NaN with a payload", fun: () => Array.from(new Uint8Array(payload.buffer)) },
  {
    name: "views that share a buffer",
    fun: (x: number) => {
      right[0] = x;
      return [left[1], bytes.getFloat64(4, true), left.buffer === right.buffer, bytes.buffer === buffer];
    },
  },
  { name: "a captured ArrayBuffer", fun: () => [buffer.byteLength, new Uint8Array(buffer)[7]] },
  {
    name: "a Buffer",
    fun: () => [Buffer.isBuffer(nodeBuffer), nodeBuffer.toString(), nodeBuffer.length, nodeBuffer.toString("hex")],
  },
  { name: "a part of a typed array", fun: () => [part, part.length] },
  {
    name: "one mebibyte of numbers",
    fun: (x: number) => [megabyte.length, megabyte.reduce((sum, one) => sum + one, x), megabyte[131_071]],
  },
  {
    name: "a Map",
    fun: () => [
      map instanceof Map,
      map.size,
      map.get(Number.NaN),
      map.get(map),
      map.get(keyObject),
      [...map.keys()].slice(0, 2),
    ],
  },
  {
    name: "a Set, and an object that a Map has too",
    fun: () => [[...set].slice(0, 4), set.has(keyObject), map.has(keyObject)],
  },
  { name: "a Date", fun: () => [date instanceof Date, date.toISOString(), date.getTime(), invalidDate.getTime()] },
  {
    name: "a RegExp with its position",
    fun: () => [sticky.lastIndex, sticky.exec("aabbc")?.groups?.tail ?? "none", sticky.flags, sticky.source],
  },
  { name: "a URL", fun: () => [url instanceof URL, url.port, url.searchParams.getAll("x"), url.href] },
  { name: "URLSearchParams", fun: () => [search.getAll("k"), String(search)] },
  {
    name: "an Error",
    fun: () => [failure instanceof RangeError, failure.message, failure.name, (failure.cause as { code: number }).code],
  },
  {
    name: "an Error with properties of its own",
    fun: () => [ownError instanceof TypeError, ownError.code, ownError.detail],
  },
  {
    name: "an AggregateError",
    fun: () => [
      aggregate instanceof AggregateError,
      aggregate.errors.map((one: Error) => `${one.name} ${one.message} ${one instanceof SyntaxError}`),
    ],
  },
  { name: "boxed primitives", fun: () => boxed.map((one) => [typeof one, one.valueOf(), one.constructor.name]) },
  { name: "a circular object", fun: () => [ring.next?.next === ring, ring.self === ring, ring.next?.label ?? ""] },
  {
    name: "a shared object",
    fun: () => {
      holdsTwice.one.value = 9;
      return [holdsTwice.two.value, holdsTwice.list[1] === shared, alsoHolds[0] === shared, shared.value];
    },
  },
  {
    name: "a frozen object",
    fun: () => [
      Object.isFrozen(frozen),
      Object.isFrozen(frozen.list),
      fails(() => {
        (frozen as { a: number }).a = 2;
      }),
      frozen.a,
    ],
  },
  {
    name: "sealed and non-extensible objects",
    fun: () => [Object.isSealed(sealed), Object.isFrozen(sealed), Object.isExtensible(fixed), Object.isSealed(fixed)],
  },
  { name: "an object without a prototype", fun: () => [Object.getPrototypeOf(bare) === null, bare.toString, bare.a] },
  {
    name: "an object with a prototype of its own",
    fun: () => [derived.own, derived.inherited, Object.hasOwn(derived, "inherited")],
  },
  { name: "a sparse array", fun: () => [sparse.length, 1 in sparse, 4 in sparse, Object.keys(sparse)] },
  { name: "an array with a property", fun: () => [extra.note ?? "", extra.length, Array.isArray(extra)] },
  { name: "an array of numbers", fun: () => [nan, Array.isArray(nan), nan.map((one) => one + 1).length] },
  { name: "an array of everything", fun: () => [mixed, mixed.length] },
  {
    name: "symbol keys",
    fun: () => [
      bySymbol[tag],
      bySymbol[registered],
      registered === Symbol.for("fanopt-test.registered"),
      tag === Symbol.for("tag"),
      tag.description ?? "",
      String(bySymbol),
    ],
  },
  { name: "a well-known symbol as a key", fun: () => [...iterable] },
  {
    name: "accessors",
    fun: () => {
      accessors.plain = 50;
      return [accessors.twice, Object.keys(accessors)];
    },
  },
  {
    name: "property attributes",
    fun: () => [
      Object.keys(described),
      described.hidden,
      fails(() => {
        described.fixed = 5;
      }),
      described.computed,
    ],
  },
  {
    name: "keys that could be mistaken for something else",
    fun: () => [
      Object.keys(evil),
      Object.getPrototypeOf(evil) === Object.prototype,
      ({} as { polluted?: boolean }).polluted,
    ],
  },
  { name: "deeply nested arrays", fun: () => depth(deep) },
  { name: "the order of keys", fun: () => Object.keys(order) },
];
