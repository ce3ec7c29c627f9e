import { describe, expect, it } from "vitest";
import { isTraceback, tracebackOf, tracebackTitle } from "../../src/evaluation/traceback.ts";

describe("traceback", () => {
  it("holds name, message and stack of an error and its causes", () => {
    const traceback = tracebackOf(new TypeError("outer", { cause: new RangeError("inner", { cause: "a string" }) }));
    expect(isTraceback(traceback)).toBe(true);
    expect(tracebackTitle(traceback)).toBe("TypeError: outer");
    expect(traceback).toMatch(
      /TypeError: outer\n +at [\s\S]*caused by: RangeError: inner\n +at [\s\S]*caused by: thrown value, not an Error: "a string"$/,
    );
  });

  it("ends at a circle of causes", () => {
    const error = new Error("round");
    error.cause = error;
    expect(tracebackOf(error).match(/round/g)).toHaveLength(1);
  });

  it("takes anything thrown", () => {
    expect(tracebackOf(undefined)).toMatch(/not an Error: undefined$/);
    expect(tracebackOf(null)).toMatch(/not an Error: null$/);
    const secretive = Object.defineProperty(new Error("x"), "stack", {
      get() {
        throw new Error("no stack");
      },
    });
    expect(tracebackOf(secretive)).toMatch(/Traceback/);
  });

  it("is no other text, nor anything else", () => {
    expect(isTraceback("Traceback")).toBe(false);
    expect(isTraceback({})).toBe(false);
    expect(isTraceback(undefined)).toBe(false);
  });
});
