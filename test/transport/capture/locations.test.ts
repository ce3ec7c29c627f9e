import { runInThisContext } from "node:vm";
import { transformSync } from "esbuild";
import { describe, expect, test } from "vitest";
import { Script } from "../../../src/transport/capture/script.ts";
import { fragmentText, inspect } from "./inspected.ts";

/** Each is an expression: the function is its value. The second is what it is called. */
const FORMS: readonly [what: string, expression: string, name: string][] = [
  ["arrow", "(p) => p", ""],
  ["arrow without parentheses", "p => p", ""],
  ["async arrow", "async (p) => p", ""],
  ["async arrow without parentheses", "async p => p", ""],
  ["arrow as a variable", "(() => { const f = (p) => p; return f; })()", "f"],
  ["declaration", "(() => { function f(p) { return p; } return f; })()", "f"],
  ["async generator declaration", "(() => { async function* f(p) { yield p; } return f; })()", "f"],
  ["declaration with comments", "(() => { function /* ( */ f // (\n /* ) */ (p) { return p; } return f; })()", "f"],
  ["expression", "(function (p) { return p; })", ""],
  ["expression with a comment", "(function /* a ( b */ (p) { return p; })", ""],
  ["generator expression", "(function* (p) { yield p; })", ""],
  ["named expression", "(function g(p) { return p; })", "g"],
  ["named async expression", "(async function g(p) { return p; })", "g"],
  ["property", "({ f: (p) => p }).f", "f"],
  ["method", "({ m(p) { return p; } }).m", "m"],
  ["async method", "({ async m(p) { return p; } }).m", "m"],
  ["generator method", "({ *m(p) { yield p; } }).m", "m"],
  ["async generator method", "({ async *m(p) { yield p; } }).m", "m"],
  ["method with a string key", '({ "a-b"(p) { return p; } })["a-b"]', "a-b"],
  ["method with a number key", "({ 1(p) { return p; } })[1]", "1"],
  ["method with a computed key", '({ ["m" + 1](p) { return p; } }).m1', ""],
  ["method called get", "({ get(p) { return p; } }).get", "get"],
  ["getter", 'Object.getOwnPropertyDescriptor({ get x() { return 1; } }, "x").get', "x"],
  ["setter", 'Object.getOwnPropertyDescriptor({ set x(v) { this.y = v; } }, "x").set', "x"],
  ["class method", "(class { m(p) { return p; } }).prototype.m", "m"],
  ["static method", "(class { static m(p) { return p; } }).m", "m"],
  ["static async method", "(class { static async m(p) { return p; } }).m", "m"],
  ["class getter", 'Object.getOwnPropertyDescriptor((class { get x() { return 1; } }).prototype, "x").get', "x"],
  ["field's arrow", "new (class { f = (p) => p; })().f", "f"],
  ["static field's arrow", "(class { static f = (p) => p; }).f", "f"],
  ["class expression", "(class { constructor(p) { this.p = p; } })", ""],
  ["class expression without constructor", "(class {})", ""],
  ["named class expression", "(class A { m() { return A; } })", "A"],
  ["class declaration", "(() => { class A {} return A; })()", "A"],
  ["class with heritage", "(() => { class A extends Map { x = 1; } return A; })()", "A"],
  ["class with a heritage that is a call", "(class extends (() => Map)() { constructor() { super(); } })", ""],
  ["parameter's default", "((f = (p) => p) => f)()", "f"],
  ["assigned", "(() => { let f; f = (p) => p; return f; })()", "f"],
  ["after a character of two UTF-16 units", '("😀", (p) => p)', ""],
  ["after a regular expression", "(/[/(]/.test(''), (p) => p)", ""],
  ["after a division", "(1 / 2, function (p) { return p / 2; })", ""],
];

function evaluate(code: string): unknown {
  return runInThisContext(code, { filename: "/forms.js" });
}

function find(fun: unknown) {
  const [{ source, line, column }] = inspect([fun]);
  const script = new Script(source);
  const code = script.functionAt(line, column);
  return { script, code, made: fragmentText(code, script.text) };
}

describe("a function is found where V8 says it is", () => {
  test.each(FORMS)("%s", (_, expression, name) => {
    const fun = evaluate(`\n/* é */ ${expression}`) as { (): unknown; name: string; length: number };
    const { code, made } = find(fun);
    expect(code.name).toBe(name);
    const again = evaluate(made) as typeof fun;
    expect(typeof again).toBe("function");
    expect(again.length).toBe(fun.length);
    if (name !== "") expect(again.name).toBe(fun.name);
    expect(again.constructor).toBe(fun.constructor);
    expect(Object.hasOwn(again, "prototype")).toBe(Object.hasOwn(fun, "prototype"));
    // What it makes is found, too, and is the same code.
    expect(find(again).code.kind).toBe(code.kind);
  });

  test.each(FORMS)("%s, minified", (_, expression) => {
    const { code: minified } = transformSync(`globalThis.__form = ${expression};`, { minify: true });
    evaluate(minified);
    const fun = Reflect.get(globalThis, "__form") as (...args: unknown[]) => unknown;
    Reflect.deleteProperty(globalThis, "__form");
    const again = evaluate(find(fun).made) as typeof fun;
    expect(again.length).toBe(fun.length);
    expect(again.constructor).toBe(fun.constructor);
  });

  test("all on one line", () => {
    const all = evaluate(`[${FORMS.map(([, expression]) => expression.replaceAll(/\/\/.*\n/g, "")).join(", ")}]`);
    const found = inspect(all as unknown[]);
    const script = new Script(found[0].source);
    const starts = found.map(({ line, column }) => script.functionAt(line, column).start);
    expect(new Set(starts).size).toBe(FORMS.length);
    expect(starts).toEqual([...starts].sort((a, b) => a - b));
  });
});
