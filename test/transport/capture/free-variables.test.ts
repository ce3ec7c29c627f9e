import { describe, expect, test } from "vitest";
import { marked } from "./marked.ts";

const CASES: readonly [what: string, text: string, free: string[]][] = [
  ["a variable around it", "const a = 1; const f = /*@*/(p) => p + a;", ["a"]],
  ["none for parameters", "const f = /*@*/(a, { b, c: [d] = [], ...e }, ...g) => a + b + d + e + g;", []],
  ["nested functions", "const a = 1; const f = /*@*/() => () => function () { return a; };", ["a"]],
  ["shadowed by a parameter", "const a = 1, b = 2; const f = /*@*/(a) => ((b) => a + b)(1);", []],
  ["shadowed in a block only", "const a = 1; const f = /*@*/() => { { const a = 2; g(a); } return a; };", ["a", "g"]],
  ["shadowed by catch", "const e = 1; const f = /*@*/() => { try { g(); } catch (e) { return e; } };", ["g"]],
  ["catch without binding", "const e = 1; const f = /*@*/() => { try { g(); } catch { return e; } };", ["e", "g"]],
  ["shadowed by a class", "const A = 1; const f = /*@*/() => { class A { m() { return A; } } return A; };", []],
  ["shadowed by a hoisted function", "const h = 1; const f = /*@*/() => { return h(); function h() {} };", []],
  ["shadowed by a hoisted var", "const v = 1; const f = /*@*/() => { v = 2; if (v) { var v = 3; } };", []],
  [
    "a parameter's default sees what is around, not the body",
    "const v = 1; const f = /*@*/(g = () => v) => { var v = 2; return g() + v; };",
    ["v"],
  ],
  ["a default sees earlier parameters", "const a = 1; const f = /*@*/(a, b = a) => b;", []],
  ["a named function expression's own name", "const f = function g/*@*/(n) { return n ? g(n - 1) : 0; };", []],
  ["a declaration's own name is around it", "function f/*@*/(n) { return n ? f(n - 1) : 0; }", ["f"]],
  ["arguments of a function", "const f = function /*@*/() { return arguments[0] + (() => arguments.length)(); };", []],
  ["labels are no variables", "const f = /*@*/() => { out: for (;;) { for (;;) break out; } };", []],
  ["a property's name is none", "const f = /*@*/(o) => o.a + o?.b + ({ c: 1 }).c;", []],
  ["a property's shorthand is one", "const data = 1; const f = /*@*/() => ({ data });", ["data"]],
  ["a computed property is one", "const k = 1; const f = /*@*/(o) => o[k] + ({ [k]: 1 })[k];", ["k"]],
  ["optional chaining", "const o = {}, k = 1; const f = /*@*/() => o?.a?.[k]?.();", ["k", "o"]],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the script's own.
  ["template literals", "const a = 1, tag = 1; const f = /*@*/() => tag`a ${`b ${a}`} c`;", ["a", "tag"]],
  [
    "loops",
    "const xs = [], n = 1; const f = /*@*/() => { for (let i = 0; i < n; i++) for (const x of xs) for (const k in x) k; };",
    ["n", "xs"],
  ],
  [
    "a loop over a shadowed name sees the outer",
    "const xs = [[1]]; const f = /*@*/() => { for (const x of xs) { const xs = x; } };",
    ["xs"],
  ],
  ["using declarations", "const open = 1; const f = /*@*/() => { using r = open(); return r; };", ["open"]],
  [
    "await using declarations",
    "const open = 1; const f = /*@*/async () => { await using r = open(); return r; };",
    ["open"],
  ],
  [
    "division and regular expressions",
    "const a = 1, g = 2; const f = /*@*/(p) => p / a / g + /a\\/g/.test(p);",
    ["a", "g"],
  ],
  [
    "a switch's own variables",
    "const a = 1; const f = /*@*/(p) => { switch (p) { case a: { let b = 1; return b; } default: let c = 2; return c; } };",
    ["a"],
  ],
  [
    "class members",
    "const a = 1, k = 2, B = 3; const f = /*@*/() => class extends B { [k] = a; static { a; } m() { return k; } };",
    ["B", "a", "k"],
  ],
  ["typeof", "const f = /*@*/() => typeof missing;", ["missing"]],
  ["new.target and this are no variables", "const f = function /*@*/() { return [this, new.target]; };", []],
  ["a default export without a name", "const a = 1; export default /*@*/() => a;", ["a"]],
  ["a default function without a name", "const a = 1; export default function /*@*/() { return a; }", ["a"]],
  ["a default class without a name", "const a = 1; export default /*@*/class { m() { return a; } }", ["a"]],
  ["CRLF", "const a = 1;\r\nconst f = \r\n /*@*/(p) => a;\r\n", ["a"]],
  ["a hashbang", "#!/usr/bin/env node\nconst a = 1; const f = /*@*/() => a;", ["a"]],
  ["a byte order mark", "\uFEFFconst a = 1; const f = /*@*/() => a;", ["a"]],
  [
    "a static block's variables do not travel",
    "const a = 1, b = 2; const f = /*@*/class { static x = a; static { b; } y = b; };",
    ["b"],
  ],
  ["a class's own name", "const f = /*@*/class A { m() { return A; } };", []],
  ["a class declaration's own name", "/*@*/class A { m() { return A; } }", []],
  ["a method's key is not its own", "const k = 'm', a = 1; const o = { [k]/*@*/() { return a; } };", ["a"]],
];

describe("free variables", () => {
  test.each(CASES)("%s", (_, text, free) => {
    expect(marked(text).names).toEqual(free);
  });

  test("a top-level return and a sloppy function of CommonJS", () => {
    const { names } = marked("const a = 1; function f/*@*/() { return a + (typeof b); } if (a) return;", {
      isModule: false,
    });
    expect(names).toEqual(["a", "b"]);
  });

  test("the same variable has the same declaration in all functions, another of the same name another", () => {
    const text = "let a = 1; const f = /*@*/() => a; const g = /*#*/() => a; { let a = 2; h = /*%*/() => a; }";
    const offsets = ["/*@*/", "/*#*/", "/*%*/"].map(
      (mark) =>
        marked(text.replaceAll(mark, "/*@*/").replace(/\/\*[#%]\*\//g, "/* */")).reference("a").declaration?.offset,
    );
    const [first] = offsets;
    expect(text.slice(first, (first ?? 0) + 1)).toBe("a");
  });

  test("a declaration is where its name is", () => {
    const text = "const { x: deep = 1 } = {}; const f = /*@*/() => deep;";
    expect(marked(text).reference("deep").declaration?.offset).toBe(text.indexOf("deep"));
  });

  test("a reference is where it is used first", () => {
    const text = "const a = 1; const f = /*@*/() => a + a;";
    expect(marked(text).reference("a").offset).toBe(text.indexOf("a + a"));
  });

  test("nobody's declaration for a global one", () => {
    expect(marked("const f = /*@*/() => Math.PI;").reference("Math").declaration).toBeNull();
  });
});

describe("writes", () => {
  test.each([
    ["a = 1", true],
    ["a += 1", true],
    ["a++", true],
    ["--a", true],
    ["[a] = [1]", true],
    ["({ b: a } = { b: 1 })", true],
    ["({ a = 2 } = {})", true],
    ["[...a] = [1]", true],
    ["(() => { a = 2; })()", true],
    ["(() => { for (a of [1]); })()", true],
    ["(() => { for (a in {}); })()", true],
    ["a ??= 1", true],
    ["a.b = 1", false],
    ["a[0]++", false],
    ["delete a.b", false],
  ])("%s", (expression, isWritten) => {
    expect(marked(`let a = {}; const f = /*@*/() => ${expression};`).reference("a").isWritten).toBe(isWritten);
  });
});

describe("variables that a class reads when it is made", () => {
  test("heritage and computed keys are early, bodies are not", () => {
    const { code } = marked(
      "const B = Map, k = 'x', a = 1, s = 2; const f = /*@*/class extends B { [k]() { return a; } y = a; static [s] = 1; };",
    );
    expect(Object.fromEntries(code.references.map(({ name, isEarly }) => [name, isEarly]))).toEqual({
      B: true,
      k: true,
      a: false,
    });
  });

  test("a class inside a function is made later", () => {
    expect(marked("const B = Map; const f = /*@*/() => class extends B {};").reference("B").isEarly).toBe(false);
  });
});

describe("properties read by name", () => {
  test.each<[expression: string, properties: string[]]>([
    ["globalThis.limit + globalThis.other", ["limit", "other"]],
    ["globalThis['limit']", ["limit"]],
    ["globalThis[p]", ["*"]],
    ["globalThis?.limit", ["limit"]],
    ["(globalThis.limit = 1)", []],
    ["(globalThis.limit += 1)", ["limit"]],
    ["(() => { const { limit, other: o } = globalThis; })()", ["limit", "other"]],
    ["(() => { const { limit, ...rest } = globalThis; })()", ["limit", "*"]],
    ["Object.keys(globalThis)", []],
  ])("%s", (expression, properties) => {
    const { reference } = marked(`const f = /*@*/(p) => ${expression};`);
    expect([...reference("globalThis").properties.keys()]).toEqual(properties);
  });

  test("with the offset of the first", () => {
    const text = "const f = /*@*/() => process.env.A + process.env.B;";
    expect(marked(text).reference("process").properties).toEqual(new Map([["env", text.indexOf("env")]]));
  });
});
