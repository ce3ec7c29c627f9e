import { isDeepStrictEqual } from "node:util";
import { runInThisContext } from "node:vm";
import { beforeAll, describe, expect, it } from "vitest";
import { decode, encode } from "../../src/transport/codec.ts";
import { restoreFunctions } from "../../src/transport/restore.ts";
import type { WireError } from "../../src/transport/wire-error.ts";
import { travel as travelFromHere } from "./capture/travel.ts";
import { type OtherRealm, otherRealm } from "./other-realm.ts";

describe("the library in a realm of its own, with some classes of the main one", () => {
  let realm: OtherRealm;
  beforeAll(async () => {
    realm = await otherRealm(`
      import { encode } from "./src/transport/codec.ts";
      import { graphOf } from "./test/transport/capture/travel.ts";
      export { toWireError } from "./src/transport/wire-error.ts";
      export { decode, encode } from "./src/transport/codec.ts";
      export const send = (value, own) => {
        const known = own === undefined ? [] : [{ fun: own, make: () => own }];
        return encode(graphOf({ value }, known, { privateNames: () => [], isInternal: () => undefined }));
      };
    `);
  });
  /** What a worker, which has one realm, makes of it. */
  const travel = (script: string): unknown => {
    const bytes = realm.run<Uint8Array>(`fanopt.send(${script})`);
    const graph = decode(bytes) as Parameters<typeof restoreFunctions>[0];
    const [back] = restoreFunctions(graph, { makers: [], references: [] }) as unknown as { value: unknown }[];
    return back.value;
  };

  it.each([
    [
      "typed arrays",
      "[Float64Array.of(0.1, NaN, -0), Int8Array.of(-1), BigInt64Array.of(-3n), new Uint16Array([9, 8]).subarray(1)]",
    ],
    ["a typed array of the main realm", "Uint8Array.of(1, 2)"],
    ["many numbers", "[new Float64Array(5000).fill(0.5), Array.from({ length: 5000 }, (_, i) => i / 3)]"],
    ["ArrayBuffers of both realms", "[Float32Array.of(1, 2).buffer, Uint8Array.of(3).buffer, new ArrayBuffer(4)]"],
    [
      "views that share a buffer",
      "(() => { const { buffer } = Float64Array.of(1, 2); return [buffer, new Float64Array(buffer), new DataView(buffer, 4, 8), new Uint8Array(buffer)]; })()",
    ],
    ["Buffers", 'Buffer.from("text")'],
    [
      "plain objects and collections",
      "{ a: [1, , { b: 2 }], map: new Map([[{ k: 1 }, new Set([NaN])]]), date: new Date(5), regexp: /x/gi, boxed: Object(1n) }",
    ],
    [
      "objects of the main realm",
      "structuredClone({ a: [1], map: new Map([[1, 2]]), error: new Date(7), f: Float32Array.of(1) })",
    ],
    ["addresses", 'new URL("https://a.b/?c=1")'],
    ["null prototypes", "Object.assign(Object.create(null), { a: 1 })"],
  ])("%s", (_, text) => {
    expect(isDeepStrictEqual(travel(text), runInThisContext(`(${text})`))).toBe(true);
  });

  it.each([
    "Map",
    "Array.prototype.map",
    "Uint8Array",
    "Float64Array.prototype",
    "Object.getPrototypeOf(Uint8Array)",
    "Object.getPrototypeOf(Float64Array)",
    "Object.getPrototypeOf(Float64Array.prototype).fill",
    "new Float64Array(1).buffer.constructor",
    "ArrayBuffer.prototype.slice",
    "globalThis",
    "global",
    "console",
    "process",
    "process.env",
    "fetch",
    "setTimeout",
    "TextEncoder",
    "crypto",
    "performance",
    "(async () => {}).constructor",
    "process.getBuiltinModule('node:path').join",
  ])("%s is the worker's own", (text) => {
    expect(travel(text)).toBe(runInThisContext(text));
  });

  it("errors of both realms", () => {
    const errors = travel(`[new TypeError("inner", { cause: new Error("why") }),
      (() => { try { process.getBuiltinModule("node:fs").readFileSync("/no/such/file"); } catch (error) { return error; } })()]`) as Error[];
    expect(errors[0]).toBeInstanceOf(TypeError);
    expect(errors[0].cause).toBeInstanceOf(Error);
    expect(errors[1]).toBeInstanceOf(Error);
    expect(errors[1]).toHaveProperty("code", "ENOENT");
  });

  it("thrown by Node, by a web API and by the program: they are errors", () => {
    const wire = (text: string) => realm.run<WireError>(`fanopt.toWireError(${text})`);
    expect(wire('structuredClone(new RangeError("main"))')).toMatchObject({ name: "RangeError", message: "main" });
    expect(wire('new DOMException("late", "TimeoutError")')).toMatchObject({ name: "TimeoutError", message: "late" });
    expect(wire('new TypeError("own")')).toMatchObject({ name: "TypeError", message: "own" });
    expect(wire('({ name: "Error", message: "m" })')).toMatchObject({ name: "NonErrorThrown" });
  });

  it("sends results and arguments of both realms to the bit", () => {
    const texts = [
      "[Float64Array.of(0.1, -0), Uint8Array.of(1), Float32Array.of(2).buffer, Uint8Array.of(3).buffer]",
      'structuredClone([new Map([[1, new Set(["a"])]]), new Date(5), /x/g, Float32Array.of(1), { a: [1] }])',
      "new Map([[{ a: 1 }, new Date(9)]])",
      "new DataView(Float32Array.of(1).buffer)",
    ];
    for (const text of texts) {
      const there = decode(realm.run<Uint8Array>(`fanopt.encode(${text})`));
      expect(isDeepStrictEqual(there, runInThisContext(text)), text).toBe(true);
    }
    const other = "class Mine extends Float64Array {}";
    expect(() => realm.run(`(() => { ${other} return fanopt.encode(new Mine(2)); })()`)).toThrow(/cannot be sent/);
  });

  it("an object before the global object", () => {
    const back = travel("Object.setPrototypeOf({ own: 1 }, globalThis)") as { own: number };
    expect(back.own).toBe(1);
    expect(Object.getPrototypeOf(back)).toBe(globalThis);
  });

  it.each([
    ["Float64Array on a SharedArrayBuffer", "new Float64Array(new SharedArrayBuffer(8))", /is on a SharedArrayBuffer/],
    ["WeakMap", "new WeakMap()", /is a WeakMap/],
    ["Promise", "Promise.resolve()", /is a Promise/],
    ["AbortSignal of the main realm", "new AbortController().signal", /is an AbortSignal/],
    ["Intl", "new Intl.NumberFormat()", /is an Intl\.NumberFormat/],
    ["other context", "process.getBuiltinModule('node:vm').createContext({ a: new WeakSet() })", /\.a is a WeakSet/],
  ])("refuses what it refuses elsewhere: %s", (_, text, message) => {
    expect(() => travel(text)).toThrow(message);
  });

  it("is met by the library in the main realm", () => {
    const text = `[Float64Array.of(0.1), Float32Array.of(1).buffer, Uint8Array.of(3), { a: [1, 2] }, new Map([[1, new Date(2)]])]`;
    const foreign = realm.run<object>(text);
    expect(isDeepStrictEqual(travelFromHere(foreign), runInThisContext(text))).toBe(true);
    expect(isDeepStrictEqual(decode(encode(foreign)), runInThisContext(text))).toBe(true);
    for (const name of ["globalThis", "Float64Array", "Object.getPrototypeOf(Float64Array)"])
      expect(travelFromHere(realm.run(name)), name).toBe(runInThisContext(name));
  });
});
