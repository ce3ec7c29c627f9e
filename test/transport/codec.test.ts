import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { decode, encode, encodeApart } from "../../src/transport/codec.ts";

describe("codec", () => {
  it("keeps shared and circular references", () => {
    const shared = new Float64Array([1, 2]);
    const original: { a: Float64Array; b: Float64Array; list: unknown[]; self?: unknown } = {
      a: shared,
      b: shared,
      list: [],
    };
    original.self = original;
    original.list.push(original.list);
    const back = decode(encode(original)) as typeof original;
    expect(back.a).toBe(back.b);
    expect(back.self).toBe(back);
    expect(back.list[0]).toBe(back.list);
  });

  it("keeps views, buffers, regular expressions and bare objects", () => {
    const bytes = new Uint8Array([9, 8, 7, 6, 5]);
    const bare = Object.assign(Object.create(null) as object, { a: 1 });
    const original = {
      part: bytes.subarray(1, 4),
      buffer: bytes.buffer,
      view: new DataView(bytes.buffer, 2, 2),
      node: Buffer.from("hi"),
      pattern: /a+b/gi,
      bare,
      invalid: new Date(Number.NaN),
    };
    const back = decode(encode(original)) as typeof original;
    expect(back.part).toStrictEqual(new Uint8Array([8, 7, 6]));
    expect(back.buffer).toStrictEqual(bytes.buffer);
    expect([back.view.byteLength, back.view.getUint8(0)]).toEqual([2, 7]);
    expect(back.node).toStrictEqual(new Uint8Array([104, 105]));
    expect(back.pattern).toStrictEqual(/a+b/gi);
    expect(Object.getPrototypeOf(back.bare)).toBeNull();
    expect(back.invalid.getTime()).toBeNaN();
  });

  it("takes plain objects of another realm", () => {
    expect(decode(encode(runInNewContext("({ a: [1, { b: 2 }] })")))).toEqual({ a: [1, { b: 2 }] });
  });

  it("fills holes of sparse arrays with undefined", () => {
    const sparse = [1];
    sparse[3] = 2;
    expect(decode(encode(sparse))).toStrictEqual([1, undefined, undefined, 2]);
  });

  class Model {
    rate = 1;
  }
  it.each([
    ["a function", { model: { f: () => 1 } }, /args\.model\.f is function f/],
    ["a class instance", { list: [1, new Model()] }, /args\.list\[1\] is an instance of Model/],
    ["a symbol", { s: Symbol("x") }, /args\.s is Symbol\(x\)/],
    ["a promise", new Map([["k", Promise.resolve(1)]]), /args\.get\("k"\) is a Promise/],
    ["symbol keys", { [Symbol("x")]: 1 }, /symbol keys/],
    ["a strange key", { "my key": new WeakMap() }, /args\["my key"\] is an instance of WeakMap/],
  ])("refuses %s with its path and a way out", (_name, value, message) => {
    expect(() => encode(value, "args")).toThrow(message);
    expect(() => encode(value, "args")).toThrow(/cannot be sent to a worker/);
  });

  it("reads shared memory; typed arrays have buffers of their own", () => {
    const original = {
      x: new Float64Array([1, -0]),
      b: new Uint8Array([1, 2, 3]).buffer,
      list: [1, 2, 3, 4, 5, 6, 7, 8],
    };
    const { encoded, large } = encodeApart(original, 10);
    const share = (bytes: Uint8Array) => {
      const shared = new Uint8Array(new SharedArrayBuffer(bytes.length + 8), 8);
      shared.set(bytes);
      return shared;
    };
    const back = decode(share(encoded), share(large as Uint8Array)) as typeof original;
    expect(back).toStrictEqual(original);
    expect([back.x.buffer, back.b].every((buffer) => buffer instanceof ArrayBuffer)).toBe(true);
  });

  it("tells text that was changed", () => {
    const bytes = encode({ a: 1 });
    bytes[4] = 33;
    expect(() => decode(bytes)).toThrow(/Damaged value: its text was changed/);
  });

  it("does not let a key reach the prototype", () => {
    const back = decode(encode(JSON.parse('{"__proto__": {"polluted": true}}'))) as object;
    expect(Object.getPrototypeOf(back)).toBe(Object.prototype);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it.each([0, 3, 20, -8])("tells a value that was cut short (to %d bytes)", (length) => {
    const bytes = encode({ x: new Float64Array(10) });
    expect(() => decode(bytes.subarray(0, length >= 0 ? length : bytes.length + length))).toThrow(/Damaged value/);
  });
});
