import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { marked } from "./marked.ts";

function importOf(text: string, isModule: boolean, url = "file:///project/driver.js") {
  return marked(`${text}\nf = /*@*/() => x;`, { isModule, url }).reference("x").declaration?.import;
}

describe("imports of ES modules", () => {
  test.each([
    ['import x from "./m.js";', "./m.js", "default", 'import { default as x } from "./m.js";'],
    ['import { x } from "m";', "m", "x", 'import { x as x } from "m";'],
    ['import { a as x } from "#m";', "#m", "a", 'import { a as x } from "#m";'],
    ['import { "a-b" as x } from "m";', "m", "a-b", 'import { "a-b" as x } from "m";'],
    ['import y, { default as x } from "m";', "m", "default", 'import { default as x } from "m";'],
    ['import * as x from "m";', "m", "*", 'import * as x from "m";'],
    [
      'import x from "./d.json" with { type: "json" };',
      "./d.json",
      "default",
      'import { default as x } from "./d.json" with { "type": "json" };',
    ],
    ['const x = await import("m");', "m", "*", 'import * as x from "m";'],
    ['const { a: x } = await import("m");', "m", "a", 'import { a as x } from "m";'],
    ['const x = (await import("m")).default;', "m", "default", 'import { default as x } from "m";'],
    [
      'import { createRequire } from "node:module"; const require = createRequire(import.meta.url); const x = require("m");',
      "m",
      "*",
      'const x = require("m");',
    ],
  ])("%s", (text, specifier, imported, statement) => {
    expect(importOf(text, true)).toEqual({ specifier, imported, statement });
  });
});

describe("imports of CommonJS", () => {
  test.each([
    ['const x = require("./m");', "./m", "*", 'const x = require("./m");'],
    ['var y = 1, x = require("m");', "m", "*", 'const x = require("m");'],
    ["let x = require(`m`);", "m", "*", 'const x = require("m");'],
    ['const { x } = require("m");', "m", "x", 'const x = require("m").x;'],
    ['const { a: x, b } = require("m");', "m", "a", 'const x = require("m").a;'],
    ['const { "a-b": x } = require("m");', "m", "a-b", 'const x = require("m")["a-b"];'],
    ['const x = require("m").a;', "m", "a", 'const x = require("m").a;'],
    ['const { x } = require("m"), other = 2;', "m", "x", 'const x = require("m").x;'],
  ])("%s", (text, specifier, imported, statement) => {
    expect(importOf(text, false)).toEqual({ specifier, imported, statement });
  });
});

describe("a variable with any other value is an ordinary one", () => {
  test.each([
    'const x = wrap(require("m"));',
    'const x = require("m")();',
    'const x = new (require("m"))();',
    'const x = require("m").a.b;',
    'const { x = 1 } = require("m");',
    'const { a: { x } } = require("m");',
    'const { ...x } = require("m");',
    'const [x] = require("m");',
    'const { [k]: x } = require("m");',
    "const x = require(name);",
    'let x = require("m"); x = 2;',
    'const x = [require("m")];',
    'const x = flag ? require("m") : null;',
    'function require() {} const x = require("m");',
  ])("%s", (text) => {
    const { reference } = marked(`${text}\nf = /*@*/() => x;`, { isModule: false });
    expect(reference("x").declaration).not.toBeNull();
    expect(reference("x").declaration?.import).toBeUndefined();
  });

  test("in a function its statement might have another's name", () => {
    const { reference } = marked('function make() { const x = require("m"); return /*@*/() => x; }', {
      isModule: false,
    });
    expect(reference("x").declaration?.import).toBeUndefined();
  });
});

/** Each compiler's helper, as it writes it; what it must give for a module, by the compilers' documentation. */
const INTEROP: readonly [what: string, text: string, kind: "default" | "namespace" | "node"][] = [
  ["tslib, default", 'const tslib_1 = require("tslib"); const x = tslib_1.__importDefault(require("m"));', "default"],
  ["tslib, namespace", 'const tslib_1 = require("tslib"); const x = tslib_1.__importStar(require("m"));', "namespace"],
  [
    "Babel, default",
    'var x = _interopRequireDefault(require("m")); function _interopRequireDefault(e) { return e && e.__esModule ? e : { default: e }; }',
    "default",
  ],
  [
    "Babel, namespace",
    'var x = _interopRequireWildcard(require("m")); function _interopRequireWildcard(e, t) { return e; }',
    "namespace",
  ],
  [
    "swc, default",
    'const _interop_require_default = require("@swc/helpers/_/_interop_require_default"); const x = /*#__PURE__*/ _interop_require_default._(require("m"));',
    "default",
  ],
  [
    "swc, namespace",
    'const _interop_require_wildcard = require("@swc/helpers/_/_interop_require_wildcard"); const x = /*#__PURE__*/ _interop_require_wildcard._(require("m"));',
    "namespace",
  ],
  [
    "tsc, default, minified",
    'var a=this&&this.__importDefault||function(t){return t&&t.__esModule?t:{default:t}};const x=a(require("m"));',
    "default",
  ],
  ["esbuild", 'var __toESM = (mod, isNodeMode, target) => target; var x = __toESM(require("m"));', "namespace"],
  ["esbuild for Node", 'var __toESM = (mod, isNodeMode, target) => target; var x = __toESM(require("m"), 1);', "node"],
  [
    "esbuild, minified",
    'var u=(t,e,r)=>(r=t!=null?a(d(t)):{},o(e||!t||!t.__esModule?m(r,"default",{value:t,enumerable:!0}):r,t)),x=u(require("m"),1);',
    "node",
  ],
];

describe("compilers' helpers are written out", () => {
  const plain = { a: 1 };
  const compiled = Object.defineProperty({ a: 1, default: 2 } as Record<string, unknown>, "__esModule", {
    value: true,
  });
  const call = (line: string | undefined, module: unknown) =>
    new Function("require", `${line} return x;`)(() => module) as Record<string, unknown>;

  test.each(INTEROP)("%s", (_, text, kind) => {
    const found = importOf(text, false);
    expect(found?.specifier).toBe("m");
    const { statement } = found ?? {};
    expect(statement).not.toContain("\n");
    expect(call(statement, plain).default).toBe(plain);
    if (kind !== "default") expect(call(statement, plain).a).toBe(1);
    expect(call(statement, compiled).default).toBe(kind === "node" ? compiled : 2);
    expect(call(statement, compiled).a).toBe(1);
    if (kind !== "default") expect(() => call(statement, null)).not.toThrow();
    const fun = () => 1;
    expect(call(statement, fun).default).toBe(fun);
  });

  test("inside a function too, as TypeScript writes import() for CommonJS", async () => {
    const helper =
      "var __importStar = (this && this.__importStar) || (function () { return function (mod) { return mod; }; })();";
    const { made, names } = marked(
      `${helper}\nconst f = /*@*/() => Promise.resolve().then(() => __importStar(require("m")));`,
      { isModule: false },
    );
    expect(names).toEqual(["Promise"]);
    const load = new Function("require", `return ${made};`)(() => plain) as () => Promise<{ default: unknown }>;
    expect((await load()).default).toBe(plain);
  });
});

describe("vite's module runner", () => {
  let root: string;
  const wrap = (text: string) =>
    `'use strict';async (__vite_ssr_exports__,__vite_ssr_import_meta__,__vite_ssr_import__,__vite_ssr_dynamic_import__,__vite_ssr_exportAll__,__vite_ssr_exportName__,__filename,__dirname,module,exports,require)=>{{${text}\n}}`;
  const find = (text: string) => {
    const url = pathToFileURL(join(root, "src/a.test.ts")).href;
    return marked(wrap(`${text}\nconst f = /*@*/() => x;`), { isModule: false, url }).reference("x").declaration
      ?.import;
  };

  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), "fanopt-vite-"));
    mkdirSync(join(root, "src"));
    writeFileSync(join(root, "src/model.ts"), "");
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  test.each([
    ['await __vite_ssr_import__("/src/model.ts", {"importedNames":["simulate"]})', "src/model.ts"],
    ['await __vite_ssr_import__("/src/model.ts?v=1a2b")', "src/model.ts"],
    ['await __vite_ssr_dynamic_import__("/src/model.ts")', "src/model.ts"],
  ])("%s", (call, file) => {
    const specifier = join(root, file);
    const statement = `import * as x from ${JSON.stringify(specifier)};`;
    expect(find(`const x = ${call};`)).toEqual({ specifier, imported: "*", statement });
  });

  test("a file outside the root, a package, and what is no file", () => {
    expect(find('const x = await __vite_ssr_import__("/@fs/opt/x/y.mjs");')?.specifier).toBe("/opt/x/y.mjs");
    expect(find('const x = await __vite_ssr_import__("/@fs/C:/x/y.mjs");')?.specifier).toBe("C:/x/y.mjs");
    expect(find('const x = await __vite_ssr_import__("node:fs");')?.specifier).toBe("node:fs");
    expect(find('const x = await __vite_ssr_import__("/src/gone.ts");')?.specifier).toBe("/src/gone.ts");
  });

  test("what the wrapper gives is no captured variable", () => {
    const { code, names } = marked(
      wrap(
        "const f = /*@*/(p) => [__vite_ssr_import_meta__.url, __dirname, require('m'), __vite_ssr_dynamic_import__(p)];",
      ),
      { isModule: false },
    );
    expect(names).toEqual([]);
    expect(code.obstacles.map(({ kind, text }) => [kind, text])).toEqual([
      ["import-meta", "import.meta.url"],
      ["file-name", "__dirname"],
      ["computed-import", "__vite_ssr_dynamic_import__(p)"],
    ]);
  });

  test("Istanbul's counters do not travel", () => {
    const { made, names } = marked(
      wrap(
        "function cov_1a2b(){return {};}\nconst k = 2; const f = /*@*/(p, w = (cov_1a2b().b[2][0]++, k)) => {cov_1a2b().f[2]++;cov_1a2b().s[3]++;if ((cov_1a2b().b[4][0]++, p > 1) && (cov_1a2b().b[4][1]++, w)) {cov_1a2b().b[3][0]++;return p;}else{cov_1a2b().b[3][1]++;};return p * k;};",
      ),
      { isModule: false },
    );
    expect(names).toEqual(["k"]);
    const f = new Function("k", `return ${made};`)(2) as (p: number) => number;
    expect([f(1), f(3)]).toEqual([2, 3]);
  });
});
