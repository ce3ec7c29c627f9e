import { isDeepStrictEqual } from "node:util";
import { deserialize, serialize } from "node:v8";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { travel } from "./capture/travel.ts";

/** Values that V8's structured clone knows as well. */
const leaf = fc.oneof(
  fc.double(),
  fc.string({ unit: "binary" }),
  fc.bigInt(),
  fc.constantFrom(null, undefined, -0, Number.NaN, true),
  fc.date({ noInvalidDate: false }),
  fc.float64Array({ maxLength: 5 }),
  fc.uint8Array({ maxLength: 5 }),
  fc.array(fc.double(), { minLength: 8, maxLength: 12 }),
  fc.constantFrom(/a/g, /b/).map((pattern) => new RegExp(pattern)),
  fc.integer().map((n) => Object(n) as unknown),
);

type Container = "object" | "array" | "map" | "set";
const key = fc.oneof(
  fc.string({ maxLength: 3 }),
  fc.constantFrom("__proto__", "$", "ref", "kind", "1", "0", "constructor"),
);
const edge = fc.record({ from: fc.nat(), to: fc.nat(), key });
const skeleton = fc.record({
  containers: fc.array(fc.constantFrom<Container>("object", "array", "map", "set"), { minLength: 1, maxLength: 8 }),
  leaves: fc.array(leaf, { minLength: 1, maxLength: 8 }),
  edges: fc.array(edge, { maxLength: 30 }),
});

/** Any directed graph, with shared and circular references. */
const graph = skeleton.map(({ containers, leaves, edges }) => {
  const made = containers.map((kind) =>
    kind === "object" ? {} : kind === "array" ? [] : kind === "map" ? new Map<unknown, unknown>() : new Set<unknown>(),
  );
  const all: unknown[] = [...made, ...leaves];
  for (const { from, to, key } of edges) {
    const container = made[from % made.length];
    const value = all[to % all.length];
    if (container instanceof Map) container.set(all[(to * 7 + from) % all.length], value);
    else if (container instanceof Set) container.add(value);
    else if (Array.isArray(container)) container.push(value);
    else Object.defineProperty(container, key, { value, writable: true, enumerable: true, configurable: true });
  }
  return { first: made[0], made };
});

/** What an object refers to, in order. */
function parts(value: object): unknown[] {
  if (value instanceof Map) return [...value].flat();
  if (value instanceof Set) return [...value];
  if (ArrayBuffer.isView(value)) return [];
  return Reflect.ownKeys(value).map((name) => Object.getOwnPropertyDescriptor(value, name)?.value);
}

/** Whether two graphs have the same objects in the same places: walked side by side. */
function sameShape(a: unknown, b: unknown): boolean {
  const pairs = new Map<unknown, unknown>();
  const back = new Map<unknown, unknown>();
  const queue: [unknown, unknown][] = [[a, b]];
  for (const [x, y] of queue) {
    if (typeof x !== "object" || x === null || typeof y !== "object" || y === null) {
      if (!Object.is(x, y)) return false;
      continue;
    }
    if (pairs.has(x) || back.has(y)) {
      if (pairs.get(x) !== y || back.get(y) !== x) return false;
      continue;
    }
    pairs.set(x, y);
    back.set(y, x);
    const [ofX, ofY] = [parts(x), parts(y)];
    if (ofX.length !== ofY.length || x === y) return false;
    ofX.forEach((part, i) => {
      queue.push([part, ofY[i]]);
    });
  }
  return true;
}

describe("captured values, properties", () => {
  it("come back as V8's own clone does, with the same identities", () => {
    fc.assert(
      fc.property(graph, (value) => {
        const back = travel(value);
        expect(sameShape(value, back)).toBe(true);
        expect(isDeepStrictEqual(back, deserialize(serialize(value)))).toBe(true);
      }),
      { numRuns: 400 },
    );
  });

  it("keep every kind of property, in order", () => {
    const flags = fc.record({ writable: fc.boolean(), enumerable: fc.boolean(), configurable: fc.boolean() });
    const property = fc.tuple(fc.oneof(key, fc.constantFrom(Symbol.for("a"), Symbol.iterator)), flags, fc.integer());
    const state = fc.constantFrom("freeze", "seal", "preventExtensions", "keys" as const);
    const target = fc.constantFrom(
      () => ({}),
      () => Object.create(null) as object,
      () => [1, 2],
      () => new Map(),
      () => new Date(0),
    );
    fc.assert(
      fc.property(target, fc.array(property, { maxLength: 8 }), state, (make, properties, change) => {
        const value = make();
        for (const [name, descriptor, number] of properties) {
          if (Object.getOwnPropertyDescriptor(value, name)?.configurable === false) continue;
          Object.defineProperty(value, name, { ...descriptor, value: number });
        }
        (Object[change] as (value: object) => unknown)(value);
        const back = travel(value);
        expect(Reflect.ownKeys(back)).toEqual(Reflect.ownKeys(value));
        for (const name of Reflect.ownKeys(value))
          expect(Object.getOwnPropertyDescriptor(back, name)).toEqual(Object.getOwnPropertyDescriptor(value, name));
        expect([Object.isExtensible(back), Object.isFrozen(back)]).toEqual([
          Object.isExtensible(value),
          Object.isFrozen(value),
        ]);
      }),
      { numRuns: 400 },
    );
  });
});
