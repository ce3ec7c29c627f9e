import { readFileSync, utimesSync, writeFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { type Bundle, type BundleInput, bundle } from "../../../src/transport/bundle/bundle.ts";
import type { CapturedModule } from "../../../src/transport/capture/captured-code.ts";
import { failure, Project } from "../project.ts";
import { run, script } from "./run.ts";

const files = {
  "package.json": '{ "type": "module" }',
  "large.ts": `export const large = ${JSON.stringify("x".repeat(5000))};`,
  "small.ts": 'export const small = "small"; export type Shape = { a: 1 };',
  "bytes.wasm": "\0asm\u0001\0\0\0",
  "node_modules/native/package.json": "{}",
  "node_modules/native/index.js": "module.exports = require('node-gyp-build')(__dirname);",
  "node_modules/bound/package.json": "{}",
  "node_modules/bound/index.js": "const addon = require('bindings')('bound'); module.exports = addon;",
  "node_modules/optional/package.json": "{}",
  "node_modules/optional/index.js":
    "try { module.exports = require('node-gyp-build')(__dirname); } catch { module.exports = { kind: 'JavaScript' }; }",
  "node_modules/joined/package.json": "{}",
  "node_modules/joined/index.js": "module.exports = require(require('path').join(__dirname, 'build', 'joined.node'));",
  "node_modules/joined/build/joined.node": "\u007fELF",
  "node_modules/named/package.json": "{}",
  "node_modules/named/index.js": "module.exports = require('./named.node');",
  "node_modules/named/named.node": "\u007fELF",
};
const project = new Project(files);
afterAll(() => project[Symbol.dispose]());

function captured(
  from: Project,
  imports: readonly string[],
  code: string,
  more: Partial<CapturedModule> = {},
): BundleInput {
  const module = script(
    from.path("main.ts"),
    `${imports.join("\n")}\nconst f = ${code};`,
    imports,
    [`: ${code}`],
    more,
  );
  return { exports: [], captured: { modules: [module], references: [] } };
}

describe("bundle", () => {
  it("tells what of each file is in the code, largest first", async () => {
    const imports = [
      'import { large } from "./large.ts";',
      'import { small } from "./small.ts";',
      'import bytes from "./bytes.wasm";',
    ];
    const { inputs, code } = await bundle(captured(project, imports, "() => [large.length, small, ...bytes]"));
    expect(inputs.map(({ file }) => file).toSorted()).toEqual(
      ["bytes.wasm", "large.ts", "main.ts", "small.ts"].map((name) => project.path(name)),
    );
    expect(inputs[0]).toEqual({ file: project.path("large.ts"), bytes: expect.closeTo(5010, -2) });
    expect(inputs.map(({ bytes }) => bytes)).toEqual(inputs.map(({ bytes }) => bytes).toSorted((a, b) => b - a));
    const wasm = [...readFileSync(project.path("bytes.wasm"))];
    expect(await run(project, code, "made(0)()")).toEqual([5000, "small", ...wasm]);
  });

  it("tells the files that modules read", async () => {
    writeFileSync(
      project.path("reads.ts"),
      'export const where = () => new URL("./bytes.wasm", import.meta.url).href;',
    );
    const { inputs } = await bundle(captured(project, ['import { where } from "./reads.ts";'], "() => where()"));
    const names = inputs.map(({ file }) => file).toSorted();
    expect(names).toEqual(["bytes.wasm", "main.ts", "reads.ts"].map((name) => project.path(name)));
  });

  it("gives the same code for the same files in another folder", async () => {
    using other = new Project(files);
    const imports = [
      'import { large } from "./large.ts";',
      "import { Matrix } from 'ml-matrix';",
      'import bytes from "./bytes.wasm";',
    ];
    const bundles = await Promise.all(
      [project, other].map((from) => bundle(captured(from, imports, "() => [large, Matrix, bytes]"))),
    );
    expect(bundles[1].code).toBe(bundles[0].code);
    expect(bundles[0].code).not.toContain("fanopt test");
    expect(bundles[0].code).not.toContain(process.cwd());
  });

  it("builds the same code once, as long as its files stay the same", async () => {
    using changing = new Project({ "a.ts": "export const a: number = 1;" });
    utimesSync(changing.path("a.ts"), 1, 1);
    const build = (code: string): Promise<Bundle> => bundle(captured(changing, ['import { a } from "./a.ts";'], code));
    const first = await build("() => a");
    expect(await build("() => a")).toBe(first);
    expect(await build("() => a + 1")).not.toBe(first);
    writeFileSync(changing.path("a.ts"), "export const a: number = 2;");
    utimesSync(changing.path("a.ts"), 2, 2);
    const second = await build("() => a");
    expect(await run(changing, first.code, "made(0)()")).toBe(1);
    expect(await run(changing, second.code, "made(0)()")).toBe(2);
  });

  it("builds once for many who ask at the same time", async () => {
    const inputs = Array.from({ length: 3 }, () => bundle(captured(project, [], "() => 'at once'")));
    const [one, ...others] = await Promise.all(inputs);
    for (const other of others) expect(other).toBe(one);
  });
});

describe("what cannot be bundled", () => {
  it("is told with the place of the import, in the user's file where it is known", async () => {
    const imports = ['import { small } from "./small.ts";', 'import { gone } from "./gone.ts";'];
    const at = (offset: number) => ({ file: "/src/main.mts", line: 1, column: offset + 1 });
    const known = await failure(() =>
      bundle(captured(project, imports, "() => [small, gone]", { originalPosition: at })),
    );
    expect(known).toMatchObject({ code: "invalid-input" });
    const offset = imports.join("\n").indexOf('"./gone.ts"');
    expect(known.message).toBe(
      `The criterion that was captured from main.ts could not be bundled:\n  /src/main.mts:1:${offset + 1}: Could not resolve "./gone.ts" from ${project.folder}`,
    );
    const unknown = await failure(() => bundle(captured(project, imports, "() => [small, gone] ")));
    expect(unknown.message).toContain(`\n  ${project.path("main.ts")}: Could not resolve "./gone.ts"`);
  });

  it("is told for references, with the file that refers", async () => {
    const references = [{ specifier: "no-such-package", importer: project.path("lib.ts"), name: "x" }];
    const { message } = await failure(() => bundle({ exports: [], captured: { modules: [], references } }));
    expect(message).toContain(
      `\n  ${project.path("lib.ts")}: Could not resolve "no-such-package" from ${project.folder}`,
    );
  });

  it("is told for an export that is not there", async () => {
    const input = captured(project, ['import { smal } from "./small.ts";'], "() => smal");
    expect((await failure(() => bundle(input))).message).toMatch(
      /\n {2}.*main\.ts: No matching export in ".*small\.ts" for import "smal"/,
    );
  });

  it.each([
    ["named", "named/named.node"],
    ["native", "native/index.js (by node-gyp-build)"],
    ["bound", "bound/index.js (by bindings)"],
    ["joined", "joined/build/joined.node"],
  ])("is a native addon: %s", async (name, where) => {
    const { message, code } = await failure(() => bundle(captured(project, [`import x from "${name}";`], "() => x")));
    expect(code).toBe("invalid-input");
    expect(message).toContain(
      `${project.path(`node_modules/${where}`)} is a native addon, compiled for this machine: it cannot be sent to a worker. Use a WebAssembly or plain JavaScript package.`,
    );
  });

  it("is no addon that a package does without", async () => {
    const { code } = await bundle(captured(project, ['import x from "optional";'], "() => x.kind"));
    expect(await run(project, code, "made(0)()")).toBe("JavaScript");
  });
});

it("a require of an expression is left to the worker", async () => {
  using dynamic = new Project({ "load.cjs": "exports.load = (name) => require(name);" });
  const { code } = await bundle(
    captured(dynamic, ['import legacy from "./load.cjs";'], '() => legacy.load("node:path").sep.length'),
  );
  expect(await run(dynamic, code, "made(0)()")).toBe(1);
});
