import { EventEmitter } from "node:events";
import fs, { readFileSync } from "node:fs";
import path from "node:path";
import { inherits, isDeepStrictEqual } from "node:util";
import { constants, runInNewContext, runInThisContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { restoreFunctions } from "../../src/transport/restore.ts";
import { graphOf, type Known, travel, travelTimes } from "./capture/travel.ts";

type Fun = (...args: unknown[]) => unknown;

/** Descriptors of all own properties, in order. */
const own = (object: object) =>
  Reflect.ownKeys(object).map((key) => [key, Object.getOwnPropertyDescriptor(object, key)]);

describe("values on their way through the graph", () => {
  it.each([
    ["primitives", [Number.NaN, -0, Number.POSITIVE_INFINITY, 5e-324, 12n, undefined, null, true, "\ud800x", ""]],
    [
      "keys that mean something elsewhere",
      JSON.parse('{"__proto__":{"a":1},"$":"ref","ref":3,"kind":"map","10":1,"9":2}'),
    ],
    ["arrays of numbers, −0 and NaN among them", [0, -0, Number.NaN, 1, 2, 3, 4, 5, 6, Number.NEGATIVE_INFINITY]],
    [
      "collections",
      new Map<unknown, unknown>([
        [{ key: 1 }, new Set([1, "1", { a: 1 }])],
        [Number.NaN, -0],
      ]),
    ],
    ["dates", [new Date(1e12), new Date(Number.NaN)]],
    ["boxed primitives", [Object(1), Object("text"), Object(false), Object(3n)]],
    [
      "typed arrays",
      [
        Int8Array.of(-1),
        Uint16Array.of(9),
        BigInt64Array.of(-3n),
        Float32Array.of(0.1, Number.NaN),
        new DataView(new ArrayBuffer(3)),
      ],
    ],
    ["addresses", [new URL("https://a.b/c?d=1#e"), new URLSearchParams("a=1&a=2")]],
  ])("%s", (_, value) => {
    const back = travel(value);
    expect(isDeepStrictEqual(back, value)).toBe(true);
    expect(own(back)).toEqual(own(value));
  });

  it("keeps identities and cycles", () => {
    const shared = { a: 1 };
    const unique = Symbol("unique");
    const value = {
      first: shared,
      second: [shared],
      unique,
      list: [unique, Symbol.iterator, Symbol.for("r")],
      self: {},
    };
    value.self = value;
    const back = travel(value);
    expect(back.second[0]).toBe(back.first);
    expect(back.self).toBe(back);
    expect(back.list).toEqual([back.unique, Symbol.iterator, Symbol.for("r")]);
    expect([back.unique.description, back.unique === unique]).toEqual(["unique", false]);
  });

  it("makes fresh values for each worker", () => {
    const [one, two] = travelTimes(2, { data: new Float64Array([1]) });
    one.data[0] = 7;
    expect(two.data[0]).toBe(1);
  });

  it("keeps properties as they are, in their order", () => {
    const value = { b: 1, [Symbol.for("s")]: 2, a: 3 };
    Object.defineProperty(value, "hidden", { value: 4, enumerable: false, writable: false, configurable: true });
    Object.assign(value, { last: 5, 7: 6 });
    expect(own(travel(value))).toEqual(own(value));
    const array: unknown[] = Object.assign([1, undefined, "x"], { extra: 1 });
    array[6] = 2;
    Object.defineProperty(array, 1, { writable: false });
    array.length = 9;
    expect(own(travel(array))).toEqual(own(array));
    const sparse: number[] = [];
    sparse[4_000_000_000] = 1;
    expect(own(travel(sparse))).toEqual(own(sparse));
    expect(Object.getPrototypeOf(travel(Object.create(null)))).toBeNull();
  });

  it.each(["freeze", "seal", "preventExtensions"] as const)("keeps what %s did", (change) => {
    const value = [{ a: 1, b: { c: 1 } }, [1, 2], Array.from({ length: 20 }, (_, i) => i), new Map([[1, 2]])].map(
      (item: object) => (Object[change] as (item: object) => object)(item),
    );
    const back = travel(value);
    expect(back).toEqual(value);
    for (const [i, item] of back.entries()) {
      expect(own(item)).toEqual(own(value[i]));
      expect([Object.isFrozen(item), Object.isSealed(item), Object.isExtensible(item)]).toEqual(
        [Object.isFrozen, Object.isSealed, Object.isExtensible].map((is) => is(value[i])),
      );
    }
  });

  it("keeps properties of long arrays of numbers", () => {
    const numbers = () => Array.from({ length: 2000 }, (_, i) => i / 3);
    const values = [
      Object.assign(numbers(), { unit: "s" }),
      Object.defineProperty(numbers(), "hidden", { value: 1 }),
      Object.defineProperty(numbers(), 5, { value: 1, writable: false }),
      Object.assign(numbers(), { 2010: 4 }),
      Object.assign(new Float64Array(2000), { unit: "s" }),
      Object.defineProperty(new Float64Array(2000), "hidden", { value: 1 }),
    ];
    for (const value of values) expect(own(travel(value))).toEqual(own(value));
  });

  it("keeps regular expressions and errors", () => {
    const pattern = /a(?<b>.)/dgsuy;
    pattern.lastIndex = 3;
    const back = travel(pattern);
    expect([back.source, back.flags, back.lastIndex]).toEqual([pattern.source, pattern.flags, 3]);
    const error = Object.assign(new RangeError("bad", { cause: new Error("deep") }), { code: "E" });
    const errors = [error, new AggregateError([error], "all"), new Error()];
    const [again, aggregate, empty] = travel(errors);
    expect(again).toBeInstanceOf(RangeError);
    expect([again.message, again.stack, (again.cause as Error).message]).toEqual(["bad", error.stack, "deep"]);
    expect((aggregate as AggregateError).errors[0]).toBe(again);
    expect(Object.hasOwn(empty, "message")).toBe(false);
    for (const [i, copy] of [again, aggregate, empty].entries())
      expect(own(copy).map(String)).toEqual(own(errors[i]).map(String));
  });

  it("keeps views on one buffer together and lets the rest of it stay", () => {
    const buffer = new ArrayBuffer(64);
    const [a, b] = travel([new Float64Array(buffer, 8, 2), new Uint8Array(buffer, 16)]);
    a[1] = 1;
    expect(b.buffer).toBe(a.buffer);
    expect([...b.subarray(0, 8)]).toEqual([...new Uint8Array(new Float64Array([1]).buffer)]);
    expect(travel(new Uint8Array(buffer, 8, 3)).buffer.byteLength).toBe(3);
    const small = travel([Buffer.from("one"), Buffer.from("two")]);
    expect(small.map((part) => [Buffer.isBuffer(part), part.toString()])).toEqual([
      [true, "one"],
      [true, "two"],
    ]);
    expect(small[0].buffer.byteLength).toBeLessThan(64);
    const whole = Buffer.from("abcdef");
    const [part, other] = travel([whole.subarray(0, 4), whole.subarray(2)]);
    part[2] = 65;
    expect(other.toString()).toBe("Adef");
  });

  it("keeps buffers that can be resized, and views that follow them", () => {
    const buffer = new ArrayBuffer(16, { maxByteLength: 64 });
    const back = travel({ buffer, all: new Float64Array(buffer), two: new Float64Array(buffer, 0, 2) });
    back.buffer.resize(32);
    expect([back.all.length, back.two.length, back.buffer.maxByteLength, buffer.byteLength]).toEqual([4, 2, 64, 16]);
  });

  it("takes what every Node has from the worker's own", () => {
    const value = [
      Math.sin,
      Array.prototype.map,
      Map,
      globalThis,
      process,
      process.env,
      console,
      Intl,
      JSON,
      Promise.prototype,
    ];
    const further = [
      fs,
      readFileSync,
      EventEmitter,
      process.stdout,
      performance,
      Object.getPrototypeOf(async () => {}),
      setTimeout,
    ];
    const getter = Object.getOwnPropertyDescriptor(Map.prototype, "size")?.get;
    for (const item of [...value, ...further, getter, Array.prototype[Symbol.iterator]])
      expect(travel(item)).toBe(item);
  });

  it("knows namespaces of Node's modules by what they hold", async () => {
    // vitest's own import gives a Proxy.
    const importModuleDynamically = constants.USE_MAIN_CONTEXT_DEFAULT_LOADER;
    const load = (url: string) =>
      runInThisContext(`import(${JSON.stringify(url)})`, { importModuleDynamically }) as Promise<object>;
    const namespace = (await load("node:path")) as typeof import("node:path");
    const [back, again] = travel([namespace, [namespace]]) as [typeof namespace, (typeof namespace)[]];
    expect([back.join, (back as { default?: unknown }).default]).toEqual([namespace.join, path]);
    expect(again[0]).toBe(back);
    expect(Object.keys(back).sort()).toEqual(
      Object.keys(namespace)
        .filter((key) => key !== "module.exports")
        .sort(),
    );
    const own = await load('data:text/javascript,export { default } from "node:path"; export const more = 1');
    expect(() => travel(own)).toThrow(/is the namespace of a module/);
  });

  it("takes objects of another realm as this one's", () => {
    const text = `[{ a: [1, { b: 2 }] }, new Map([[1, new Set([2])]]), new Date(5), /x/g, new Float64Array([1, 2]), Math.max, new TypeError("bad"),
      Array.from({ length: 20 }, (_, i) => i), Array.prototype.map, (async () => {}).constructor, [].values().__proto__]`;
    const foreign = runInNewContext(text) as unknown[];
    const here = runInThisContext(text) as Error[];
    const back = travel(foreign);
    expect(Object.getPrototypeOf(back)).toBe(Array.prototype);
    expect(isDeepStrictEqual(back.toSpliced(6, 1), here.toSpliced(6, 1))).toBe(true);
    expect(back[6]).toBeInstanceOf(TypeError);
  });

  it("does not take a stranger under a built-in's name for it", () => {
    const original = globalThis.structuredClone;
    const mock = () => 1;
    try {
      globalThis.structuredClone = mock as never;
      const known: Known = { fun: mock, make: () => () => 1 };
      expect(travel(mock, [known])()).toBe(1);
    } finally {
      globalThis.structuredClone = original;
    }
  });

  it("copies a list of 100 000 without deep recursion", () => {
    let list: { next: unknown; i: number } | null = null;
    for (let i = 0; i < 100_000; i++) list = { next: list, i };
    let count = 0;
    for (let at: unknown = travel(list); at !== null; at = (at as { next: unknown }).next) count++;
    expect(count).toBe(100_000);
  }, 60_000);
});

describe("functions on their way through the graph", () => {
  it("gives back captured values, properties, names and cycles", () => {
    const fun: Fun & { tag?: unknown } = () => undefined;
    const kind = Symbol.for("fanopt.kind");
    Object.defineProperty(fun, kind, { value: "least-squares" });
    fun.tag = { fun };
    Object.defineProperty(fun, "name", { value: "renamed" });
    Object.defineProperty(fun, "length", { value: 3 });
    const back = travel(fun, [{ fun, bindings: [fun, [4]], make: (v) => () => v }]) as typeof fun;
    expect([back.name, back.length, own(back).map(([key]) => key)]).toEqual([
      "renamed",
      3,
      ["length", "name", "tag", kind],
    ]);
    expect((back.tag as { fun: unknown }).fun).toBe(back);
    expect(back()).toEqual([back, [4]]);
  });

  it("keeps classes, their instances, statics and what was added", () => {
    class Base {
      static of() {
        return new Base();
      }
      base() {
        return "base";
      }
    }
    class Model extends Base {
      static limit = 5;
      rate = 2;
      twice() {
        return this.rate * 2;
      }
      get half() {
        return this.rate / 2;
      }
    }
    const added = function (this: Model) {
      return this.twice() + 1;
    };
    Object.defineProperty(Model.prototype, "added", { value: added, configurable: true });
    const base: Known = {
      fun: Base,
      kind: "class",
      make: () =>
        class Base {
          static of() {
            return new Base();
          }
          base() {
            return "base";
          }
        },
    };
    const model: Known = {
      fun: Model,
      kind: "class",
      bindings: [Base],
      early: [0],
      make: ([Parent]) =>
        class Model extends (Parent as typeof Base) {
          twice() {
            return (this as unknown as { rate: number }).rate * 2;
          }
          get half() {
            return (this as unknown as { rate: number }).rate / 2;
          }
        },
    };
    const known = [base, model, { fun: added, make: () => added }];
    const instance = Object.assign(new Model(), { rate: 7 }) as Model & { added(): number };
    const back = travel({ instance, Model, Base, proto: Model.prototype }, known);
    expect(back.instance).toBeInstanceOf(back.Base);
    expect(back.instance).not.toBeInstanceOf(Base);
    expect([back.instance.rate, back.instance.added(), back.instance.half, back.instance.base()]).toEqual([
      7,
      15,
      3.5,
      "base",
    ]);
    expect([back.Model.limit, Object.keys(back.Model), back.proto]).toEqual([5, ["limit"], back.Model.prototype]);
    // What comes with the text is not sent beside it.
    expect(graphOf({ Base }, known).nodes.filter(({ kind }) => kind === "function")).toEqual([]);
  });

  it("completes what a class reads when it is defined, the class among it", () => {
    const mixin = ((Parent: new () => object) => class extends Parent {}) as Fun;
    class Root {}
    const registry = new Map<string, unknown>();
    class Late extends (mixin(Root) as typeof Root) {}
    registry.set("late", Late);
    registry.set("instance", new Late());
    Object.assign(mixin, { registry });
    const Middle = Object.getPrototypeOf(Late) as typeof Root;
    const known: Known[] = [
      {
        fun: mixin,
        bindings: [registry],
        make: (v) => (Parent: typeof Root) => (v[0] ? class extends Parent {} : null),
      },
      { fun: Root, kind: "class", make: () => class Root {} },
      {
        fun: Middle,
        kind: "class",
        bindings: [Root],
        early: [0],
        make: ([Parent]) => class extends (Parent as typeof Root) {},
      },
      {
        fun: Late,
        kind: "class",
        bindings: [mixin, Root],
        early: [0, 1],
        make: ([mix, Parent]) => class Late extends ((mix as Fun)(Parent) as typeof Root) {},
      },
    ];
    const back = travel({ Late, Root, registry }, known);
    expect([...back.registry.keys()]).toEqual(["late", "instance"]);
    expect(back.registry.get("late")).toBe(back.Late);
    expect(back.registry.get("instance")).toBeInstanceOf(back.Late);
    expect(new back.Late()).toBeInstanceOf(back.Root);
    expect(new back.Late()).not.toBeInstanceOf(Root);
  });

  it("keeps constructor functions with methods, and what they inherit", () => {
    type Old = { n: number; get(): number };
    const Parent = function (this: Old) {} as unknown as new () => Old;
    const Child = function (this: Old) {
      this.n = 3;
    } as unknown as new () => Old;
    inherits(Child, Parent);
    const get = function (this: Old) {
      return this.n;
    };
    Parent.prototype.get = get;
    const literal = { shared: 1 };
    const Plain = function (this: object) {} as unknown as new () => object;
    Plain.prototype = literal;
    const known: Known[] = [
      { fun: Parent, make: () => function Parent() {} },
      {
        fun: Child,
        make: () =>
          function Child(this: Old) {
            this.n = 3;
          },
      },
      { fun: get, make: () => get },
      { fun: Plain, make: () => function Plain() {} },
    ];
    const back = travel({ Parent, Child, Plain, literal, child: new Child() }, known);
    expect([back.child.get(), new back.Child().get()]).toEqual([3, 3]);
    expect(back.child).toBeInstanceOf(back.Parent);
    expect(Object.getPrototypeOf(new back.Plain())).toBe(back.literal);
  });

  it("keeps accessors, and instances of classes derived from built-in ones", () => {
    const get = function (this: { n: number }) {
      return this.n;
    };
    class Table extends Map<string, number> {
      unit = "s";
    }
    class Failure extends Error {}
    class Points extends Array<number> {}
    const known: Known[] = [
      { fun: get, make: () => get },
      ...[Table, Failure, Points].map(
        (fun): Known => ({
          fun,
          kind: "class",
          make: () =>
            ({ Table: class extends Map {}, Failure: class extends Error {}, Points: class extends Array {} })[
              fun.name
            ],
        }),
      ),
    ];
    const value = {
      table: new Table([["a", 1]]),
      failure: new Failure("no"),
      points: Points.from([1, 2]),
      accessor: Object.defineProperty({ n: 4 }, "twin", { get }) as unknown as { twin: number },
    };
    const back = travel(value, known);
    expect([back.table.get("a"), back.table.unit, back.table.constructor.name]).toEqual([1, "s", "Table"]);
    expect([back.failure instanceof Error, back.failure.message, back.failure.constructor.name]).toEqual([
      true,
      "no",
      "Failure",
    ]);
    expect([Array.isArray(back.points), [...back.points], back.points.constructor.name]).toEqual([
      true,
      [1, 2],
      "Points",
    ]);
    expect(back.accessor.twin).toBe(4);
  });

  it("makes bound, imported and defined functions", async () => {
    const module = { scale: (x: number, by: number) => x * by };
    const nodes = [
      { kind: "imported", reference: 0 },
      { kind: "bound", target: { ref: 0 }, boundThis: null, boundArgs: [6] },
      { kind: "defined", reference: 0, args: [{ ref: 3 }], name: "scale" },
      { kind: "boxed", value: 7 },
    ] as const;
    const code = { makers: [], references: [() => module.scale] };
    const [imported, bound, defined] = restoreFunctions(
      { nodes, roots: [{ ref: 0 }, { ref: 1 }, { ref: 2 }] },
      code,
    ) as Fun[];
    expect([imported, bound(7), await defined(3), defined.name]).toEqual([module.scale, 42, 21, "scale"]);
  });

  it("says that code and data do not belong together, and what this Node lacks", () => {
    const roots = [{ ref: 0 }];
    const code = { makers: [], references: [] };
    const restore = (node: object) => () => restoreFunctions({ nodes: [node] as never, roots }, code);
    expect(restore({ kind: "function", maker: 2, bindings: [], name: "f" })).toThrow(
      /has no function f: code and data/,
    );
    expect(restore({ kind: "imported", reference: 1 })).toThrow(/has no import 1/);
    expect(restore({ kind: "built-in", path: "Math.tau" })).toThrow(/captured Math\.tau is not there in Node \d+/);
    expect(restore({ kind: "built-in", path: "node:fs#readAll" })).toThrow(/node:fs#readAll is not there/);
  });
});
