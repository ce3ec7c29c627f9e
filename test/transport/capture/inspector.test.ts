import { Session } from "node:inspector";
import { runInNewContext } from "node:vm";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Inspector } from "../../../src/transport/capture/inspector.ts";

let inspector: Inspector;
beforeEach(() => {
  inspector = Inspector.open();
});
afterEach(() => {
  inspector.close();
  vi.restoreAllMocks();
});

const valueIn = (scopes: readonly object[], name: string): unknown =>
  (scopes.find((scope) => Object.hasOwn(scope, name)) as Record<string, unknown>)[name];

it("tells the variables of the scopes around a function, the values themselves", () => {
  const data = new Float64Array([1, 2]);
  const make = (weight: number) => {
    const text = "inner";
    return () => [weight, text, data];
  };
  const { scopes } = inspector.factsOf(make(-0));
  expect(valueIn(scopes, "weight")).toBe(-0);
  expect(valueIn(scopes, "text")).toBe("inner");
  expect(valueIn(scopes, "data")).toBe(data);
});

it("shadowed names: the innermost scope comes first", () => {
  const name = "outer";
  const make = () => {
    const name = "inner";
    return () => name;
  };
  expect(valueIn(inspector.factsOf(make()).scopes, "name")).toBe("inner");
  expect(valueIn(inspector.factsOf(() => name).scopes, "name")).toBe("outer");
});

it("a variable before its declaration has run throws when it is read", () => {
  const fun = () => later;
  const { scopes } = inspector.factsOf(fun);
  expect(() => valueIn(scopes, "later")).toThrow(ReferenceError);
  const later = 1;
  expect(fun()).toBe(later);
});

it("the location leads to the function's text", () => {
  const { location } = inspector.factsOf((p: number) => p * 12345);
  const { text, startLine, url } = inspector.script(location?.scriptId ?? "");
  const line = text.split("\n")[(location?.line ?? 0) - startLine];
  expect(line.slice(location?.column)).toMatch(/^\(p\) => p \* 12345/);
  expect(url).toContain("inspector.test.ts");
  expect(inspector.scriptIds((one) => one === url)).toContain(location?.scriptId);
});

it("a bound function: its target, this and arguments", () => {
  const target = (...args: unknown[]) => args;
  const boundThis = { deep: true };
  const arg = [1];
  const { bound, location } = inspector.factsOf(
    target.bind(boundThis, arg, Number.NaN, 2n, undefined) as () => unknown,
  );
  expect(location).toBeNull();
  expect(bound?.target).toBe(target);
  expect(bound?.boundThis).toBe(boundThis);
  expect(bound?.boundArgs[0]).toBe(arg);
  expect(bound?.boundArgs.slice(1)).toEqual([Number.NaN, 2n, undefined]);
  expect(inspector.factsOf(target.bind(null)).bound?.boundThis).toBeNull();
});

it("native functions have no location", () => {
  expect(inspector.factsOf(Math.sin)).toEqual({ location: null, scopes: [], bound: null });
});

it("#private fields are told by name, of the superclass too", () => {
  class Secret {
    #field = 1;
    #method() {
      return this.#field;
    }
    open() {
      return this.#method();
    }
  }
  class Sub extends Secret {
    #own = 2;
    get both() {
      return this.#own + this.open();
    }
  }
  expect(new Sub().both).toBe(3);
  expect([...inspector.privateNames(new Sub())].sort()).toEqual(["#field", "#own"]);
  expect(inspector.privateNames({ open: 1 })).toEqual([]);
});

it("works for functions of another realm", () => {
  const fun = runInNewContext("const inner = { a: 1 }; () => inner") as () => unknown;
  expect(valueIn(inspector.factsOf(fun).scopes, "inner")).toBe(fun());
});

it("leaves nothing behind on process, and no session when opening fails", () => {
  expect(Object.getOwnPropertySymbols(process)).not.toContain(Symbol.for("fanopt.handover"));
  const disconnect = vi.spyOn(Session.prototype, "disconnect");
  vi.spyOn(Session.prototype, "post").mockImplementation(() => {
    throw new Error("no");
  });
  expect(() => Inspector.open()).toThrow(/V8's inspector, which this Node does not give: Error: no.*defineCriterion/s);
  expect(disconnect).toHaveBeenCalledOnce();
});
