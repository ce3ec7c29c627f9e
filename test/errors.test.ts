import { describe, expect, it } from "vitest";
import {
  AbortError,
  FanoptError,
  InfrastructureError,
  InvalidInputError,
  SubmissionError,
  show,
} from "../src/errors.ts";

class Model {
  rate = 1;
}
const circular: unknown[] = [];
circular.push(circular);
const sealedOff = new Proxy(
  {},
  {
    getPrototypeOf() {
      throw new Error("no");
    },
  },
);
class Secretive extends Error {
  override get message(): string {
    throw new Error("not telling");
  }
}

describe("show", () => {
  it.each([
    [true, "true"],
    [false, "false"],
    [-0, "-0"],
    [Number.NaN, "NaN"],
    [12n, "12n"],
    [undefined, "undefined"],
    [null, "null"],
    ['say "hi"', '"say \\"hi\\""'],
    [Symbol("s"), "Symbol(s)"],
    [[], "[]"],
    [[1, "a", null], '[1, "a", null]'],
    [[1, 2, 3, 4, 5], "[1, 2, 3, 4, … 5 in all]"],
    [new Float64Array([1, -0]), "Float64Array [1, -0]"],
    [new Float32Array(9), "Float32Array [0, 0, 0, 0, … 9 in all]"],
    [{ a: 1 }, '{"a":1}'],
    [Object.create(null), "{}"],
    [new Model(), "an instance of Model"],
    [new Map([[1, 2]]), "an instance of Map"],
    [Promise.resolve(1), "a Promise"],
    [() => 1, "a function"],
    [Model, "function Model"],
    [new RangeError("far"), "RangeError: far"],
    [{ big: 1n }, "an object"],
    [circular, "[[[[…]]]]"],
    [sealedOff, "an object that cannot be read"],
    [new Secretive(), "an object that cannot be read"],
  ])("renders %# as a person would", (value, text) => {
    expect(show(value)).toBe(text);
  });

  it("cuts long texts, and does not copy long arrays", () => {
    expect(show("x".repeat(1000))).toHaveLength(123);
    expect(show({ text: "x".repeat(1000) }).length).toBeLessThan(130);
    expect(show(new Proxy(new Array(2 ** 24), {}))).toMatch(/… 16777216 in all\]$/);
  });
});

describe("errors", () => {
  it("carry name, code and cause", () => {
    const cause = new Error("why");
    const error = new InvalidInputError("wrong", { cause });
    expect([error.name, error.code, error.cause]).toEqual(["InvalidInputError", "invalid-input", cause]);
    expect(error).toBeInstanceOf(FanoptError);
    expect(new InfrastructureError("lost", "gone")).toMatchObject({ name: "InfrastructureError", code: "lost" });
    expect(new SubmissionError("no way")).toMatchObject({ name: "SubmissionError", code: "invalid-input" });
    expect(new SubmissionError("no way")).toBeInstanceOf(InvalidInputError);
    expect(new AbortError("over")).toMatchObject({ name: "AbortError", code: "aborted" });
  });
});
