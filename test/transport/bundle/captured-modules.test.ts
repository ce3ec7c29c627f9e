import { mkdirSync, symlinkSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { bundle } from "../../../src/transport/bundle/bundle.ts";
import type { CapturedModule, ImportReference } from "../../../src/transport/capture/captured-code.ts";
import { Project } from "../project.ts";
import { run, script } from "./run.ts";

const project = new Project({
  "package.json":
    '{ "name": "self", "type": "module", "imports": { "#rate": "./src/rate.ts" }, "exports": { "./tool": "./src/tool.js" } }',
  "tsconfig.json": '{ "compilerOptions": { "paths": { "@lib/*": ["./src/lib/*"] } } }',
  "src/rate.ts": "export const rate: number = 0.25;",
  "src/tool.js": "export const tool = 17;",
  "src/lib/deep.ts": "export const deep: number = 3;",
  "src/typed.ts": "export const typed: number = 5; export default 6;",
  "src/table.json": '{ "rows": [7, 8] }',
  "src/late.ts": "export const late = await Promise.resolve(11);",
  "src/plain.cjs": "module.exports = { whole: 12, named: 13 };",
  "src/transpiled.cjs": "Object.defineProperty(exports, '__esModule', { value: true }); exports.default = 14;",
  "src/common.js": "export const shared = { count: 0 };",
  "src/effect.ts": "globalThis.effects = (globalThis.effects ?? 0) + 1; export const unused = 1;",
  "node_modules/pkg/package.json":
    '{ "name": "pkg", "exports": { ".": { "special": "./special.js", "default": "./default.js" } } }',
  "node_modules/pkg/special.js": "exports.kind = 'special';",
  "node_modules/pkg/default.js": "exports.kind = 'default';",
  "node_modules/pure/package.json": '{ "name": "pure", "sideEffects": false, "type": "module" }',
  "node_modules/pure/index.js": "globalThis.pureRan = true; export const unused = 1;",
  "legacy/package.json": "{}",
  "legacy/part.js": "exports.part = 21;",
});
afterAll(() => project[Symbol.dispose]());
const main = project.path("src/main.ts");

async function codeOf(modules: readonly CapturedModule[], references: readonly ImportReference[] = []) {
  return (await bundle({ exports: [], captured: { modules, references } })).code;
}

/** What an expression is that is copied from src/main.ts with these imports. */
async function copied(imports: readonly string[], expression: string, more: Partial<CapturedModule> = {}) {
  const module = script(main, `(${expression})`, imports, [`: ${expression}`], more);
  return run(project, await codeOf([module]), "made(0)");
}

describe("imports of captured code", () => {
  it.each<[string, string, string, unknown]>([
    ["a .ts file", 'import { typed } from "./typed.ts";', "typed", 5],
    ["a .ts file as .js, as TypeScript does", 'import { typed } from "./typed.js";', "typed", 5],
    ["a file without its ending", 'import six from "./typed";', "six", 6],
    ["a namespace", 'import * as all from "./typed.ts";', "[all.typed, all.default]", [5, 6]],
    ["paths of tsconfig.json", 'import { deep } from "@lib/deep.ts";', "deep", 3],
    ["imports of package.json", 'import { rate } from "#rate";', "rate", 0.25],
    ["the package's own name", 'import { tool } from "self/tool";', "tool", 17],
    ["a package", 'import { Matrix } from "ml-matrix";', "Matrix.eye(3).trace()", 3],
    ["JSON", 'import table from "./table.json";', "table.rows", [7, 8]],
    ["JSON with its type", 'import table from "./table.json" with { type: "json" };', "table.rows[1]", 8],
    ["a builtin", 'import { basename } from "path";', 'basename("/a/b")', "b"],
    ["a builtin with its prefix", 'import { basename } from "node:path";', 'basename("/a/b")', "b"],
    ["top-level await", 'import { late } from "./late.ts";', "late", 11],
    ["what CommonJS exports", 'import plain from "./plain.cjs";', "plain.whole", 12],
    ["a name of CommonJS", 'import { named } from "./plain.cjs";', "named", 13],
    ["an absolute path", `import { tool } from ${JSON.stringify(project.path("src/tool.js"))};`, "tool", 17],
    ["a file: URL", `import { tool } from ${JSON.stringify(project.url("src/tool.js").href)};`, "tool", 17],
    [
      "a file: URL with a query",
      `import { tool } from ${JSON.stringify(`${project.url("src/tool.js")}?v=1`)};`,
      "tool",
      17,
    ],
    ["require", 'const plain = require("./plain.cjs");', "plain.named", 13],
    ["require of an ES module", 'const { tool } = require("./tool.js");', "tool", 17],
  ])("%s", async (_what, statement, expression, expected) => {
    expect(await copied([statement], expression)).toEqual(expected);
  });

  it("give an ES module of Node module.exports, whole, and a transpiled script its default", async () => {
    const imports = ['import it from "./transpiled.cjs";'];
    expect(await copied(imports, "it", { isModule: true })).toEqual({ default: 14 });
    expect(await copied(imports, "it", { isModule: false })).toBe(14);
  });

  it("are resolved from the folder of the script that has them", async () => {
    const legacy = script(
      project.path("legacy/a.js"),
      "() => p.part",
      ['const p = require("./part");'],
      [": () => p.part"],
      {
        isModule: false,
        firstIndex: 1,
      },
    );
    const modern = script(main, "() => p", ['import { typed as p } from "./typed.js";'], [": () => p"]);
    expect(await run(project, await codeOf([modern, legacy]), "[made(0)(), made(1)()]")).toEqual([5, 21]);
  });

  it("take the conditions of the driver's command line", async () => {
    const given = process.execArgv;
    const values: unknown[] = [];
    for (const execArgv of [[], ["-C", "special"], ["--conditions=special"], ["--conditions", "special"]]) {
      process.execArgv = execArgv;
      values.push(await copied(['import { kind } from "pkg";'], "kind").finally(() => (process.execArgv = given)));
    }
    expect(values).toEqual(["default", "special", "special", "special"]);
  });

  it("run side effects of local modules, and of packages unless they say that they have none", async () => {
    const imports = ['import { unused } from "./effect.ts";', 'import * as p from "pure";'];
    expect(await copied(imports, "[globalThis.effects, globalThis.pureRan]")).toEqual([1, null]);
  });

  it("bring a module once, whoever imports it", async () => {
    using other = new Project({
      "model.ts": 'import { shared } from "./common.js"; export const fun = () => ++shared.count;',
      "common.js": "export const shared = { count: 0 };",
    });
    const from = other.path("main.ts");
    const module = script(
      from,
      "() => ++shared.count",
      ['import { shared } from "./common.js";'],
      [": () => ++shared.count"],
    );
    const { code } = await bundle({
      exports: [{ as: "fun", source: { module: other.url("model.ts").href, export: "fun", args: [] } }],
      captured: { modules: [module], references: [{ specifier: "./common.js", importer: from, name: "shared" }] },
    });
    expect(await run(other, code, "[fun(), made(0)(), captured.references[0]().count]")).toEqual([1, 2, 2]);
  });
});

describe("references of captured values", () => {
  it("are exports of modules, defaults, namespaces and what CommonJS exports", async () => {
    const reference = (specifier: string, name: string) => ({ specifier, importer: main, name });
    const references = [
      reference("./typed.ts", "typed"),
      reference("./typed.ts", "default"),
      reference("./typed.ts", "*"),
      reference(project.path("src/plain.cjs"), "default"),
      { specifier: "./part.js", importer: project.path("legacy/a.js"), name: "part" },
      reference("ml-matrix", "Matrix"),
    ];
    const values = "captured.references.map((one) => one()).map((one) => one.name ?? one)";
    expect(await run(project, await codeOf([], references), values)).toEqual([
      5,
      6,
      { default: 6, typed: 5 },
      { whole: 12, named: 13 },
      21,
      "Matrix",
    ]);
  });
});

describe("makers", () => {
  it("make functions anew at each call, bound again where a value becomes known later", async () => {
    const text = "const f = (x) => a * x + b.now;";
    const code = await codeOf([script(main, text, [], ["a, b: (x) => a * x + b.now"])]);
    const expression = `(() => {
      const [one, two] = [captured.makers[0](), captured.makers[0]()];
      const [f, g] = [one.create(), two.create()];
      one.bind([2, { now: 1 }]);
      two.bind([10, { now: 0 }]);
      const first = [f(5), g(5), f === g];
      one.bind([3, { now: 1 }]);
      return [...first, f(5)];
    })()`;
    expect(await run(project, code, expression)).toEqual([11, 50, false, 16]);
  });

  it("take variables of any name", async () => {
    const names = [
      "values",
      "v",
      "a",
      "captured",
      "require",
      "exports",
      "module",
      "π",
      "$",
      "_",
      "of",
      "async",
      "get",
      "bind",
      "m0",
      "create",
    ];
    const sum = `() => ${names.join(" + ")}`;
    const code = await codeOf([script(main, sum, [], [`${names.join(", ")}: ${sum}`])]);
    const values = names.map((_, i) => 2 ** i);
    expect(await run(project, code, `made(0, ...${JSON.stringify(values)})()`)).toBe(2 ** names.length - 1);
  });

  it("refuse names that strict code forbids", async () => {
    const text = "(() => package + 1)";
    const module = script(main, text, [], ["package: () => package + 1"], { isModule: false });
    await expect(codeOf([module])).rejects.toThrow(
      /captured from main\.ts could not .*\n.*main\.ts: "package" is a reserved/,
    );
  });

  it("put text around the expression, and change it where the script cannot be taken as it is", async () => {
    const text = "const o = { total(x) { return x + super_ + 1; } }; // end";
    const start = text.indexOf("total(x)");
    const end = text.indexOf(" };");
    const edits = [
      { start, end: start, text: "async " },
      { start: text.indexOf("super_"), end: text.indexOf("super_") + 6, text: "offset" },
      { start: text.indexOf(" + 1"), end: text.indexOf(" + 1") + 4, text: "" },
      { start: end, end, text: ", more: 1" },
    ];
    const fragment = { before: "({ ", start, end, edits, after: " }).total // why" };
    const module = { ...script(main, text, [], []), makers: [{ index: 0, fragment, variables: ["offset"] }] };
    expect(await run(project, await codeOf([module]), "made(0, 40)(2)")).toBe(42);
  });

  it("stay by their index, whatever the order of the scripts", async () => {
    const modules = [
      { ...script(main, "['two', 'zero']", [], [": 'two'", ": 'zero'"]) },
      { ...script(project.path("src/b.ts"), "['one']", [], [": 'one'"]) },
    ];
    const [two, zero] = modules[0].makers;
    const mixed = [
      {
        ...modules[0],
        makers: [
          { ...two, index: 2 },
          { ...zero, index: 0 },
        ],
      },
      { ...modules[1], makers: [{ ...modules[1].makers[0], index: 1 }] },
    ];
    expect(await run(project, await codeOf(mixed), "[made(0), made(1), made(2)]")).toEqual(["zero", "one", "two"]);
  });
});

describe("packages through symbolic links", () => {
  it("are found from the script's folder", async () => {
    mkdirSync(project.path("apps/one/node_modules"), { recursive: true });
    symlinkSync(project.path("node_modules/pkg"), project.path("apps/one/node_modules/linked"), "junction");
    const module = script(project.path("apps/one/main.ts"), "(kind)", ['import { kind } from "linked";'], [": kind"]);
    expect(await run(project, await codeOf([module]), "made(0)")).toBe("default");
  });
});
