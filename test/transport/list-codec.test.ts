import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { InvalidInputError } from "../../src/errors.ts";
import { encode } from "../../src/transport/codec.ts";
import { ListWriter, readList } from "../../src/transport/list-codec.ts";

function written(values: readonly unknown[]): Uint8Array<ArrayBuffer> {
  const writer = new ListWriter();
  for (const [i, value] of values.entries()) writer.add(value, `value ${i}`);
  return writer.finish();
}
const travelled = (values: readonly unknown[]): unknown[] => readList(written(values));
const inSharedMemory = (bytes: Uint8Array): Uint8Array => {
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
  shared.set(bytes);
  return shared;
};

/** As an internal function returns it. */
function outcomeAt(i: number): unknown {
  const params = { a: i, b: [i / 3, -0], c: { d: new Float64Array([i, Number.NaN]) } };
  const failed = i % 3 === 0;
  const fun = failed ? null : i / 7;
  const exception = failed ? { name: "RangeError", message: `too large: ${i}`, stack: "" } : null;
  return {
    value: fun,
    jac: null,
    historyEntry: { params, fun, task: "fun", workerDuration: 0.25, worker: "thread-1.2" },
    logEntry: { params, fun, rawFun: fun, valid: !failed, step: null, exception },
  };
}

describe("a list", () => {
  it.each<[string, unknown[]]>([
    ["nothing", []],
    ["numbers", [0, -0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 5e-324, 2 ** 53, 0.1]],
    ["other primitive values", [null, undefined, true, false, "", "ä\ud800€", 12n]],
    ["Float64Arrays of several lengths", [0, 1, 10, 33, 1000].map((n) => Float64Array.from({ length: n }, Math.sqrt))],
    ["arrays of numbers", [[], [1], [1, -0, Number.NaN], Array.from({ length: 100 }, (_, i) => i / 3)]],
    [
      "arrays that begin with numbers",
      [
        [1, 2, "three"],
        [1, [2, [3]]],
        [0, undefined],
      ],
    ],
    ["points", Array.from({ length: 20 }, (_, i) => ({ x: new Float64Array([i, -0]), want: i % 2 ? "fun" : "jac" }))],
    ["outcomes", Array.from({ length: 20 }, (_, i) => outcomeAt(i))],
    ["objects of other keys each", Array.from({ length: 300 }, (_, i) => ({ [`key ${i}`]: i, $: "tag", 5: "five" }))],
    ["empty objects", [{}, { a: {} }, [{}]]],
    ["what is not plain", [new Map([[1, new Set([2])]]), new Date(5), /a/g, new Int8Array([1, -1]), new Date(6)]],
    ["plain and other values in turns", [1, new Map(), "two", { three: 3n }, { three: 3 }, new Float32Array(2)]],
    ["much in little", [Array.from({ length: 100 }, (_, i) => ({ i, of: [`${i}`] }))]],
  ])("gives back %s", (_, values) => {
    expect(travelled(values)).toStrictEqual(values);
    expect(readList(inSharedMemory(written(values)))).toStrictEqual(values);
  });

  it.each([1, 3, 4, 8])("can be read %d bytes into a buffer", (offset) => {
    const values = [outcomeAt(1), new Uint8Array([1, 2, 3]), new Float64Array(3).fill(0.5)];
    const bytes = written(values);
    const larger = new Uint8Array(bytes.length + offset);
    larger.set(bytes, offset);
    expect(readList(larger.subarray(offset))).toStrictEqual(values);
  });

  it("keeps references inside a value, and none between values", () => {
    const shared = { x: new Float64Array([1]), self: null as unknown };
    shared.self = shared;
    const map = new Map<string, unknown>();
    map.set("itself", map);
    const many = Array.from({ length: 100 }, (_, i) => [i]);
    const [one, other, circular, crowd] = travelled([
      { a: shared, b: [shared.x] },
      [shared, shared.x],
      [map],
      [many, ...many.toReversed()],
    ]) as [{ a: typeof shared; b: unknown[] }, (typeof shared)[], Map<string, unknown>[], unknown[][]];
    expect(one.a.self).toBe(one.a);
    expect(one.b[0]).toBe(one.a.x);
    expect(other[1]).toBe(other[0].x);
    expect(other[0]).not.toBe(one.a);
    expect(circular[0].get("itself")).toBe(circular[0]);
    for (let i = 0; i < 100; i++) expect(crowd[100 - i]).toBe(crowd[0][i]);
  });

  it("keeps that an outcome's entries share the params", () => {
    const [{ historyEntry, logEntry }] = travelled([outcomeAt(1)]) as { historyEntry: never; logEntry: never }[];
    expect((historyEntry as { params: object }).params).toBe((logEntry as { params: object }).params);
  });

  it("takes values as they are when they are added", () => {
    const [x, bytes, list] = [new Float64Array([1]), new Uint8Array([1]), [1, 2]];
    const writer = new ListWriter();
    for (const value of [x, bytes, list, { x, list }, { bytes }]) writer.add(value, "value");
    x[0] = 9;
    bytes[0] = 9;
    list[0] = 9;
    const before = { x: new Float64Array([1]), bytes: new Uint8Array([1]), list: [1, 2] };
    expect(readList(writer.finish())).toStrictEqual([
      before.x,
      before.bytes,
      before.list,
      { x: before.x, list: before.list },
      { bytes: before.bytes },
    ]);
  });

  it.each(["in memory of its own", "in shared memory"])("gives typed arrays buffers of their own (%s)", (where) => {
    const bytes = written([
      new Float64Array(2),
      new Float64Array(100),
      new Uint8Array(3),
      { b: new Uint8Array(4).buffer },
    ]);
    const [few, many, other, { b }] = readList(where === "in shared memory" ? inSharedMemory(bytes) : bytes) as [
      Float64Array,
      Float64Array,
      Uint8Array,
      { b: ArrayBuffer },
    ];
    expect([few, many, other].map(({ buffer, byteOffset }) => [buffer.byteLength, byteOffset])).toEqual([
      [16, 0],
      [800, 0],
      [3, 0],
    ]);
    for (const buffer of [few.buffer, many.buffer, other.buffer, b]) expect(buffer).toBeInstanceOf(ArrayBuffer);
  });

  it("fills a buffer of its own", () => {
    for (const values of [[], [1], [new Map()], [outcomeAt(0), new Uint8Array(3)]]) {
      const bytes = written(values);
      expect([bytes.byteOffset, bytes.buffer.byteLength]).toEqual([0, bytes.byteLength]);
    }
  });

  it("takes arrays of shared memory", () => {
    const x = new Float64Array(new SharedArrayBuffer(16));
    x[1] = 2;
    const [back] = travelled([x]) as Float64Array[];
    expect(back).toStrictEqual(new Float64Array([0, 2]));
  });

  it("reads getters, other realms and lists with more than numbers as codec.ts does", () => {
    const getter = Object.defineProperty({ a: 1 }, "b", { enumerable: true, get: () => [2] });
    const hidden = Object.defineProperty({ a: 1 }, "b", { value: 2 });
    const sparse = [1];
    sparse[3] = 2;
    const bare = Object.assign(Object.create(null) as object, { a: 1 });
    const named = Object.assign([1, 2], { name: "list" });
    const far: unknown = runInNewContext("({ a: [1, { b: new Float64Array([2]) }] })");
    const proto: unknown = JSON.parse('{"__proto__": {"polluted": true}, "a": 1}');
    class List extends Array {}
    expect(travelled([getter, hidden, sparse, bare, named, far, proto, List.of(1, 2)])).toStrictEqual([
      { a: 1, b: [2] },
      { a: 1 },
      [1, undefined, undefined, 2],
      bare,
      [1, 2],
      { a: [1, { b: new Float64Array([2]) }] },
      proto,
      [1, 2],
    ]);
  });

  it("takes an object whose getter takes another key away", () => {
    const odd: Record<string, unknown> = {
      get a() {
        delete odd.b;
        return 1;
      },
      b: 2,
    };
    expect(travelled([odd])).toStrictEqual([{ a: 1 }]);
  });

  it("takes values as deep as codec.ts does", () => {
    let deep: unknown = 1;
    for (let i = 0; i < 500; i++) deep = i % 2 ? [deep] : { deep };
    expect(travelled([deep, [deep]])).toStrictEqual([deep, [deep]]);
  });

  it("takes a large array", () => {
    const large = new Float64Array(2_000_000).fill(0.25, 1_000_000);
    const [one, back, other] = travelled([1, large, 2]);
    expect([one, other]).toEqual([1, 2]);
    expect(Buffer.compare(Buffer.from((back as Float64Array).buffer), Buffer.from(large.buffer))).toBe(0);
  });
});

describe("a value that cannot be sent", () => {
  class Model {
    rate = 1;
  }
  class Vector extends Float64Array {}
  const thrower = {
    text: "new",
    get broken(): number {
      throw new RangeError("no");
    },
  };
  it.each<[string, unknown]>([
    ["a function", { of: "text", model: [1, { f: () => 1 }] }],
    ["a class instance", [1, "text", new Model()]],
    ["a symbol", { s: Symbol("x") }],
    ["symbol keys", { a: 1, [Symbol("x")]: 1 }],
    ["an object of the language", { Math }],
    ["a date of which somebody took the prototype away", Object.setPrototypeOf(new Date(7), Object.prototype)],
    ["a typed array's subclass", { x: new Vector(2) }],
    ["an object with a typed array's prototype", Object.create(Float64Array.prototype)],
    ["a promise in a map", new Map([["k", Promise.resolve(1)]])],
    ["a getter that throws", thrower],
  ])("is refused as codec.ts does, and leaves the list as it was (%s)", (_, value) => {
    const messageOf = (run: () => unknown): unknown => {
      try {
        return run();
      } catch (error) {
        return String(error);
      }
    };
    const writer = new ListWriter();
    writer.add({ a: 1, of: "text" }, "before");
    const message = messageOf(() => writer.add(value, "args"));
    expect(message).toBe(messageOf(() => encode(value, "args")));
    expect(message).toMatch(/Error: /);
    expect(writer.length).toBe(1);
    writer.add({ s: "new", text: "text" }, "after");
    expect([writer.length, readList(writer.finish())]).toEqual([
      2,
      [
        { a: 1, of: "text" },
        { s: "new", text: "text" },
      ],
    ]);
  });
});

describe("damaged bytes", () => {
  const bytes = written([outcomeAt(1), new Map([[1, new Uint8Array(20)]]), new Float64Array(40)]);

  it.each([0, 3, 15, 16, 100, -1, -30])("are told when they were cut short (to %d)", (length) => {
    expect(() => readList(bytes.slice(0, length >= 0 ? length : bytes.length + length))).toThrow(
      /Damaged list|Damaged value/,
    );
  });

  it("are told when values are left over or missing", () => {
    for (const change of [1, -1]) {
      const changed = bytes.slice();
      changed[0] += change;
      expect(() => readList(changed)).toThrow(InvalidInputError);
    }
  });

  it("cannot reach the prototype", () => {
    const changed = Buffer.from(written([{ aproto_b: 1 }]));
    changed.write("__pro__", changed.indexOf("aproto_b"));
    expect(readList(changed)).toStrictEqual([{ __pro__b: 1 }]);
    const key = Buffer.from(written([{ a_proto_b: { polluted: true } }]));
    key.write("__proto__", key.indexOf("a_proto_b"));
    expect(() => readList(key)).toThrow(/Damaged list: its text/);
  });
});

it("refuses an array whose buffer was transferred away", () => {
  const moved = Float64Array.of(1, 2);
  structuredClone(moved.buffer, { transfer: [moved.buffer] });
  const list = new ListWriter();
  expect(() => list.add({ x: moved }, "the argument")).toThrow(
    /^the argument\.x is an array whose buffer was transferred away, which cannot be sent/,
  );
  list.add(new Float64Array(0), "the argument");
  expect(readList(list.finish())).toEqual([new Float64Array(0)]);
});
