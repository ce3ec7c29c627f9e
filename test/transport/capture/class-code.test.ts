import { describe, expect, test } from "vitest";
import { marked } from "./marked.ts";

/** The class or function that the fragment makes, with captured variables. */
function make<T>(text: string, values: Record<string, unknown> = {}): T {
  const { made } = marked(text);
  return new Function(...Object.keys(values), `"use strict"; return ${made};`)(...Object.values(values)) as T;
}

type Made = new (...args: unknown[]) => Record<string, unknown>;

describe("classes made again", () => {
  test("static fields and blocks are left out, static methods stay", () => {
    const A = make<Made & Record<string, unknown>>(
      "f = /*@*/class A { static a = boom(); static #b() { return 2; } static b() { return A.#b(); } static { boom(); } static c; x = 1 }",
    );
    expect(Object.getOwnPropertyNames(A).sort()).toEqual(["b", "length", "name", "prototype"]);
    expect((A.b as () => number)()).toBe(2);
    expect(new A().x).toBe(1);
  });

  test("members around what is left out stay apart, though nobody wrote semicolons", () => {
    const A = make<Made>(
      "f = /*@*/class A {\n a = 1\n static b = 2;\n *gen() { yield 3 }\n c\n static s = 4;\n ['d'] = 5\n}",
    );
    const made = new A();
    expect([made.a, made.d, "c" in made]).toEqual([1, 5, true]);
    expect([...(made.gen as () => Iterable<number>)()]).toEqual([3]);
  });

  test("heritage and computed keys are as they are", () => {
    class B {
      readonly base = 1;
    }
    const A = make<Made>("f = /*@*/class extends B { [key]() { return super.constructor; } };", { B, key: "k" });
    expect(new A()).toBeInstanceOf(B);
    expect((new A().k as () => unknown).call(new A())).toBe(B);
  });

  test("it refers to itself by its own name", () => {
    const A = make<Made>("/*@*/class A { again() { return new A(); } }");
    expect((new A().again as () => unknown)()).toBeInstanceOf(A);
  });

  test.each([
    ["/*@*/class A {}", "A"],
    ["const A = /*@*/class {};", "A"],
    ["export default /*@*/class {}", "default"],
    ["const A = /*@*/class B {};", "B"],
    ["x = { A: /*@*/class {} };", "A"],
    ["x = { __proto__: null, ['__proto__']: 1, A: /*@*/class __proto__ {} };", "__proto__"],
  ])("%s keeps its name", (text, name) => {
    expect(make<Made>(text).name).toBe(name);
    expect(marked(text).code.name).toBe(name);
  });

  test("what it extends and by which variables its methods are called", () => {
    const text = "f = /*@*/class extends Base { [k]() {} static async [s]() {} ['e']() {} plain() {} [field] = 1; };";
    const { heritage, computedKeys } = marked(text).code;
    expect(heritage).toBe("Base");
    expect(computedKeys.map(({ variable }) => variable)).toEqual(["k", "s"]);
    expect(marked("f = /*@*/class extends mixin(Base) {};").code.heritage).toBeNull();
  });

  test("esbuild's name keeping goes with the static blocks", () => {
    const text =
      'var __name = (t, v) => Object.defineProperty(t, "name", { value: v, configurable: true }); class A/*#*/ { static { __name(this, "A"); } m() {} }';
    const { made, names } = marked(text.replace("class A/*#*/", "/*@*/class A"));
    expect(names).toEqual([]);
    expect(made).not.toContain("__name");
  });
});

describe("functions made again", () => {
  test("a declaration gives its name to the function, not to the scope", () => {
    const f = make<(n: number) => number>("function f/*@*/(n) { return n > 0 ? f(n - 1) : 0; }", { f: () => 42 });
    expect([f.name, f(0), f(1)]).toEqual(["f", 0, 42]);
  });

  test("a named expression keeps its name to itself", () => {
    const f = make<(n: number) => number>("x = function f/*@*/(n) { return n > 0 ? f(n - 1) : 0; }");
    expect([f.name, f(3)]).toEqual(["f", 0]);
  });

  test("accessors", () => {
    const get = make<() => unknown>("x = { get a/*@*/() { return this; } }");
    expect([get.name, get.call(1)]).toEqual(["get a", 1]);
    const set = make<(v: unknown) => void>("class A { static set a/*@*/(v) { this.v = v; } }");
    const target = { v: 0 };
    set.call(target, 1);
    expect([set.name, target.v]).toEqual(["set a", 1]);
  });
});
