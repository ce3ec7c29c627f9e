import { describe, expect, test } from "vitest";
import { marked } from "./marked.ts";

type Case = [text: string, obstacles: [kind: string, text: string][]];

const THIS: Case[] = [
  ["const f = /*@*/() => this;", [["outer-this", "this"]]],
  ["const f = /*@*/() => () => this;", [["outer-this", "this"]]],
  ["const f = function /*@*/() { return () => this; };", []],
  ["const f = /*@*/() => function () { return this; };", []],
  ["const f = /*@*/() => ({ m() { return this; } });", []],
  ["const f = /*@*/() => class { x = this; m() { return this; } static y = this; static { this; } };", []],
  [
    "const f = /*@*/() => class extends this.B { [this.k]() {} };",
    [
      ["outer-this", "this"],
      ["outer-this", "this"],
    ],
  ],
  ["class A { f = /*@*/() => this.x; }", [["outer-this", "this"]]],
  ["class A { m() { return /*@*/() => this.x; } }", [["outer-this", "this"]]],
  ["class A { m/*@*/() { return this.x; } }", []],
  ["const f = /*@*/class { x = this; };", []],
  ["const f = function () { return /*@*/() => arguments[0]; };", [["outer-arguments", "arguments"]]],
  ["const f = function /*@*/() { return () => arguments[0]; };", []],
  ["const f = function () { return /*@*/() => new.target; };", [["outer-new-target", "new.target"]]],
  ["const f = function /*@*/() { return () => new.target; };", []],
];

const MEMBERS: Case[] = [
  ["const o = { m/*@*/() { return super.m(); } };", [["super", "super.m"]]],
  ["class A extends B { m/*@*/() { return super.m(); } }", [["super", "super.m"]]],
  ["class A extends B { m() { return /*@*/() => super.m(); } }", [["super", "super.m"]]],
  ["const f = /*@*/class extends B { m() { return super.m(); } x = super.y; };", []],
  ["const f = /*@*/() => ({ m() { return super.toString(); } });", []],
  ["const f = /*@*/class { #n = 1; get n() { return this.#n; } static is(o) { return #n in o; } };", []],
  ["class A { #n = 1; m/*@*/() { return this.#n; } }", [["private-name", "#n"]]],
  ["class A { #n = 1; m(o) { return /*@*/(o) => #n in o; } }", [["private-name", "#n"]]],
  ["class A { #n = 1; m() { return /*@*/class { k(o) { return o.#n; } }; } }", [["private-name", "#n"]]],
  [
    "const f = /*@*/class { static #count = 0; static next() { return ++this.#count; } };",
    [["static-private", "#count"]],
  ],
  ["const f = /*@*/class { static #next() { return 1; } static next() { return this.#next(); } };", []],
  ["const f = /*@*/class { static x = this; static { this.y = 1; } };", []],
];

const MODULES: Case[] = [
  ["const f = /*@*/() => import.meta.url;", [["import-meta", "import.meta.url"]]],
  ["const f = /*@*/() => import.meta;", [["import-meta", "import.meta"]]],
  ["const f = /*@*/() => import('./x.js');", []],
  ["const f = /*@*/() => import(`./x.js`);", []],
  ["const f = /*@*/(p) => import('./' + p);", [["computed-import", "import('./' + p)"]]],
  ["const f = /*@*/() => eval('1');", [["direct-eval", "eval"]]],
  ["const f = /*@*/() => (0, eval)('1');", []],
  ["const f = /*@*/(eval_) => eval_('1');", []],
  ["const import_meta = {}; const f = /*@*/() => import_meta.url;", [["import-meta", "import.meta.url"]]],
  [
    'var define_import_meta_default={dirname:"/x",url:"file:///x/y.ts"}; const f = /*@*/() => define_import_meta_default.url;',
    [["import-meta", "import.meta.url"]],
  ],
  ["const __dirname = 'data'; const f = /*@*/() => __dirname;", []],
];

const COMMON_JS: Case[] = [
  ["const f = /*@*/() => require('./x.js');", []],
  ["const f = /*@*/(p) => require(p);", [["computed-import", "require(p)"]]],
  ["const f = /*@*/() => require.resolve('x');", [["computed-import", "require.resolve"]]],
  ["const f = /*@*/() => typeof require;", []],
  ["const f = /*@*/(require) => require(1);", []],
  [
    "const f = /*@*/() => [__dirname, __filename];",
    [
      ["file-name", "__dirname"],
      ["file-name", "__filename"],
    ],
  ],
  ["const f = function /*@*/(o) { with (o) { return a; } };", [["with", "o"]]],
  ["with (o) { f = /*@*/() => a; }", [["with", "o"]]],
  ["f = /*@*/() => arguments;", [["outer-arguments", "arguments"]]],
];

function obstaclesOf(text: string, isModule: boolean) {
  return marked(text, { isModule }).code.obstacles.map(({ kind, text: what }) => [kind, what]);
}

describe("obstacles", () => {
  test.each([...THIS, ...MEMBERS, ...MODULES])("%s", (text, expected) => {
    expect(obstaclesOf(text, true)).toEqual(expected);
  });

  test.each(COMMON_JS)("%s, CommonJS", (text, expected) => {
    expect(obstaclesOf(text, false)).toEqual(expected);
  });

  test("in the order of the text, with their offsets", () => {
    const text = "const f = /*@*/() => [eval('1'), this, import.meta.url];";
    const { obstacles } = marked(text).code;
    expect(obstacles.map(({ offset }) => offset)).toEqual(["eval", "this", "import"].map((word) => text.indexOf(word)));
  });

  test("what is no captured variable is no reference", () => {
    const { names } = marked("const f = /*@*/() => [require('x'), __dirname, eval('1')];", { isModule: false });
    expect(names).toEqual([]);
  });
});
