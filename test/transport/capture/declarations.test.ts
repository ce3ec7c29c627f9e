import { describe, expect, test } from "vitest";
import { marked } from "./marked.ts";

describe("kinds of declarations", () => {
  test.each([
    ["import a from './x.js';", "import"],
    ["const a = 1;", "const"],
    ["let a = 1;", "let"],
    ["var a = 1;", "var"],
    ["using a = null;", "const"],
    ["function a() {}", "function"],
    ["class a {}", "class"],
  ])("%s", (declaration, kind) => {
    expect(marked(`{}\n${declaration}\nconst f = /*@*/() => a;`).reference("a").declaration?.kind).toBe(kind);
  });

  test("a parameter", () => {
    expect(marked("function make(a) { return /*@*/() => a; }").reference("a").declaration?.kind).toBe("parameter");
  });

  test("a caught error", () => {
    expect(marked("try {} catch ({ a }) { f = /*@*/() => a; }").reference("a").declaration?.kind).toBe("catch");
  });

  test("what CommonJS gives to a module", () => {
    const { reference } = marked("exports.a = 1; const f = /*@*/() => [exports.a, module];", { isModule: false });
    const offsets = [reference("exports"), reference("module")].map(({ declaration }) => declaration?.offset);
    expect(offsets.every((offset) => offset !== undefined && offset < 0)).toBe(true);
    expect(offsets[0]).not.toBe(offsets[1]);
    expect([...reference("exports").properties.keys()]).toEqual(["a"]);
  });
});

describe("whether a variable gets another value", () => {
  test.each<[text: string, isReassigned: boolean]>([
    ["let a = 1; f = /*@*/() => a;", false],
    ["let a = 1; a = 2; f = /*@*/() => a;", true],
    ["let a = 1; f = /*@*/() => a; a++;", true],
    ["let a = 1; f = /*@*/() => a++;", true],
    ["let a; a = 1; f = /*@*/() => a;", false],
    ["let a; if (x) a = 1; f = /*@*/() => a;", false],
    ["let a; ({ a } = load()); f = /*@*/() => a;", false],
    ["let a; ({ a = 1 } = load()); f = /*@*/() => a;", false],
    ["let a; for (const x of xs) a = x; f = /*@*/() => a;", true],
    ["let a; while (x) { a = 1; } f = /*@*/() => a;", true],
    ["let a; before(() => { a = 1; }); f = /*@*/() => a;", true],
    ["for (const x of xs) { let a; a = x; f = /*@*/() => a; }", false],
    ["for (const x of xs) { let a = x; f = /*@*/() => a; }", false],
    ["for (const x of xs) { var a = x; f = /*@*/() => a; }", true],
    ["let a = 1; ({ b: [a] } = x); f = /*@*/() => a;", true],
    ["let { a = 1 } = x; f = /*@*/() => a;", false],
    ["let [a] = x; f = /*@*/() => a;", false],
    ["var a = 1; var a = 2; f = /*@*/() => a;", true],
    ["var a; var a = 2; f = /*@*/() => a;", false],
    ["for (let a = 0; a < 3; a++) f = /*@*/() => a;", false],
    ["for (let a = 0; a < 3; a++) { f = /*@*/() => a; a += 1; }", true],
    ["for (let a = 0; a < 3; (() => a++)()) { f = /*@*/() => a; }", true],
    ["for (var a = 0; a < 3; a++) f = /*@*/() => a;", true],
    ["for (let a of xs) f = /*@*/() => a;", false],
    ["for (const a of xs) f = /*@*/() => a;", false],
    ["for (let a in xs) f = /*@*/() => a;", false],
    ["for (var a of xs) f = /*@*/() => a;", true],
    ["for (const [a = 1] of xs) f = /*@*/() => a;", false],
    ["let a = 1; for (a of xs); f = /*@*/() => a;", true],
    ["function make(a) { return /*@*/() => a; }", false],
    ["function make(a = 1) { return /*@*/() => a; }", false],
    ["function make({ a = 1 }) { return /*@*/() => a; }", false],
    ["function make(a) { a = 2; return /*@*/() => a; }", true],
    ["function make(a) { a ??= 2; return /*@*/() => a; }", true],
    ["try {} catch (a) { a = 1; f = /*@*/() => a; }", true],
    ["function a() {} f = /*@*/() => a;", false],
    ["function a() { a = () => 1; } f = /*@*/() => a;", true],
    ["class a {} f = /*@*/() => a;", false],
    ["let a = class {}; a = wrap(a); f = /*@*/() => a;", true],
    // TypeScript's enums and namespaces, as tsc and esbuild write them.
    ['var a; (function (a) { a[a["X"] = 0] = "X"; })(a || (a = {})); f = /*@*/() => a;', false],
    [
      "var a; (function (a) { a.x = 1; })(a || (a = {})); (function (a) { a.y = 2; })(a || (a = {})); f = /*@*/() => a;",
      false,
    ],
    ["export var a; (function (a) { a.x = 1; })(a || (exports.a = a = {})); f = /*@*/() => a;", false],
    ['var a = /* @__PURE__ */ ((a2) => { a2["X"] = "x"; return a2; })(a || {}); f = /*@*/() => a;', false],
    ["class a {} (function (a) { a.x = 1; })(a || (a = {})); f = /*@*/() => a;", false],
    // The function's own writes count as well.
    ["let a; f = /*@*/() => { a = 1; return a; };", true],
  ])("%s", (text, isReassigned) => {
    expect(marked(text).reference("a").declaration?.isReassigned).toBe(isReassigned);
  });
});
