import { describe, expect, test } from "vitest";
import { marked } from "./marked.ts";

const ES: readonly [text: string, name: string | null][] = [
  ["export function f/*@*/() {}", "f"],
  ["export const f = /*@*/() => 1;", "f"],
  ["export let f = /*@*/() => 1;", "f"],
  ["export let f = /*@*/() => 1; f = 2;", null],
  ["export let f; f = /*@*/() => 1;", null],
  ["export /*@*/class A {}", "A"],
  ["export const A = /*@*/class {};", "A"],
  ["const f = /*@*/() => 1; export { f };", "f"],
  ["const f = /*@*/() => 1; export { f as g };", "g"],
  ["const f = /*@*/() => 1; export { f as 'g-h' };", "g-h"],
  ["const f = /*@*/() => 1; export { f as default };", "default"],
  ["const f = /*@*/() => 1; export default f;", "default"],
  ["export default /*@*/() => 1;", "default"],
  ["export default function /*@*/() {}", "default"],
  ["export default function f/*@*/() {}", "default"],
  ["export default /*@*/class {}", "default"],
  ["const f = /*@*/() => 1;", null],
  ["export { f } from './x.js'; const f = /*@*/() => 1;", null],
  ["export const f = wrap(/*@*/() => 1);", null],
  ["export const f = wrap(/*@*/() => 1, 'f');", null],
  ["export const o = { m/*@*/() {} };", null],
  ["export function make() { return /*@*/() => 1; }", null],
  ["export function make() { function f/*@*/() {} return f; }", null],
  ["export const f = (() => { const f = /*@*/() => 1; return f; })();", null],
  [
    'var __name = (t, value) => Object.defineProperty(t, "name", { value, configurable: true }); export const f = __name(/*@*/() => 1, "f");',
    "f",
  ],
];

const COMMON_JS: readonly [text: string, name: string | null][] = [
  ["exports.f = f; function f/*@*/() {}", "f"],
  ["exports.g = f; function f/*@*/() {}", "g"],
  ["exports.f = void 0; const f = /*@*/() => 1; exports.f = f;", "f"],
  ["exports.g = exports.f = void 0; const f = /*@*/() => 1; exports.f = f;", "f"],
  ["exports.f = /*@*/() => 1;", "f"],
  ["exports.f = exports.g = /*@*/() => 1;", "f"],
  ["const f = /*@*/() => 1; exports.f = f; exports.f = 2;", null],
  ["module.exports.f = f; function f/*@*/() {}", "f"],
  ["module.exports = { f, h: g }; function f() {} function g/*@*/() {}", "h"],
  ["module.exports = { f, g() {} }; const f = /*@*/() => 1;", "f"],
  ["module.exports = { f: /*@*/() => 1 };", "f"],
  ["module.exports = f; function f/*@*/() {}", "default"],
  ["module.exports = /*@*/() => 1;", "default"],
  ["module.exports = exports = f; function f/*@*/() {}", "default"],
  // Whether it is what another module gets as "default" depends on that module.
  ["exports.default = f; function f/*@*/() {}", null],
  ["0 && (module.exports = { f }); function f/*@*/() {}", null],
  ["if (x) exports.f = f; function f/*@*/() {}", null],
  [
    'Object.defineProperty(exports, "f", { enumerable: true, get: function () { return f; } }); function f/*@*/() {}',
    "f",
  ],
  ["_export(exports, { f: function () { return f; } }); function f/*@*/() {}", "f"],
  [
    "var x_exports = {}; __export(x_exports, { f: () => f }); module.exports = __toCommonJS(x_exports); function f/*@*/() {}",
    "f",
  ],
  // An inner module of a bundle.
  ["var x_exports = {}; __export(x_exports, { f: () => f }); function f/*@*/() {}", null],
  ["(()=>{var x={};__export(x,{f:()=>f});module.exports=c(x);function f/*@*/(){}})()", "f"],
];

const VITE: readonly [text: string, name: string | null][] = [
  ['__vite_ssr_exportName__("f", () => { try { return f } catch {} }); const f = /*@*/() => 1;', "f"],
  [
    '__vite_ssr_exportName__("default", () => { try { return __vite_ssr_export_default__ } catch {} }); const __vite_ssr_export_default__ = /*@*/() => 1;',
    "default",
  ],
  [
    'Object.defineProperty(__vite_ssr_exports__, "f", { enumerable: true, configurable: true, get(){ return f } }); function f/*@*/() {}',
    "f",
  ],
  [
    'Object.defineProperty(__vite_ssr_exports__, "default", { enumerable: true, configurable: true, get(){ return f } }); function f/*@*/() {}',
    "default",
  ],
];

describe("names of exports", () => {
  test.each(ES)("%s", (text, name) => {
    expect(marked(text).code.exportName).toBe(name);
  });

  test.each(COMMON_JS)("%s", (text, name) => {
    expect(marked(text, { isModule: false }).code.exportName).toBe(name);
  });

  test.each(VITE)("%s", (text, name) => {
    const wrapped = `'use strict';async (__vite_ssr_exports__,__vite_ssr_import_meta__,__vite_ssr_exportName__)=>{{${text}\n}}`;
    expect(marked(wrapped, { isModule: false }).code.exportName).toBe(name);
  });

  test('"default" of a CommonJS object of getters is one for a TypeScript file only, for that is an ES module to the bundler', () => {
    const text = "__export(x, { default: () => f }); module.exports = __toCommonJS(x); function f/*@*/() {}";
    expect(marked(text, { isModule: false, url: "file:///project/a.ts" }).code.exportName).toBe("default");
    expect(marked(text, { isModule: false, url: "file:///project/a.cjs" }).code.exportName).toBeNull();
  });
});

describe("scripts that start optimizations", () => {
  test.each([
    'import { minimize } from "fanopt";',
    'import { maximize as best } from "fanopt";',
    'import * as fanopt from "fanopt"; await fanopt.minimize({});',
    'import * as fanopt from "fanopt"; run(fanopt.minimize);',
    'const { minimize } = await import("fanopt");',
    "await minimize({});",
    'var import_fanopt = require("fanopt"); (0, import_fanopt.minimize)({});',
    'const __vite_ssr_import_0__ = await import("fanopt"); (0,__vite_ssr_import_0__.maximize)({});',
    'const { minimize: go } = require("fanopt");',
  ])("%s", (text) => {
    expect(marked(`${text}\nconst f = /*@*/() => 1;`).script.isDriver).toBe(true);
  });

  test.each([
    "const options = { maximize: true }; use(options.maximize);",
    'import { defineCriterion } from "fanopt";',
    'const text = "minimize()";',
    'export { minimize } from "fanopt";',
  ])("not %s", (text) => {
    expect(marked(`${text}\nconst f = /*@*/() => 1;`).script.isDriver).toBe(false);
  });
});
