import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { SourceMap } from "node:module";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { bundle } from "../../../src/transport/bundle/bundle.ts";
import type { CapturedModule } from "../../../src/transport/capture/captured-code.ts";
import { rememberPositions } from "../../../src/transport/code-positions.ts";
import { fromWireError } from "../../../src/transport/remote-error.ts";
import { Project } from "../project.ts";
import { run, script } from "./run.ts";

const typed = `interface Params {
  readonly a: number;
}

// Gone in the output.
export function fail(p: Params): never {
  const twice: number = p.a * 2; throw new RangeError(\`too large: \${twice}\`);
}
`;
/** Asks where it is. */
const located = `export const file: URL = new URL("../tsconfig.json", import.meta.url);
${typed}`;
const tsconfig = (options: object) =>
  JSON.stringify({
    compilerOptions: { target: "es2022", module: "nodenext", types: [], ...options },
    include: ["src"],
  });
const project = new Project({
  "package.json": '{ "type": "module" }',
  "tsconfig.json": tsconfig({ rootDir: "src", outDir: "dist", sourceMap: true }),
  "src/typed.ts": typed,
  "src/located.ts": located,
  "inline/tsconfig.json": tsconfig({ rootDir: "src", outDir: "dist", inlineSourceMap: true }),
  "inline/src/typed.ts": typed,
  "inline/src/located.ts": located,
  "located.cjs":
    "exports.fail = (p) => { if (p.a > 1) throw new RangeError(__dirname); }; require('fs').readFileSync(__dirname + '/tsconfig.json');",
  "node_modules/compiled/package.json": '{ "name": "compiled", "type": "module", "exports": "./dist/typed.js" }',
  "node_modules/compiled/tsconfig.json": tsconfig({ rootDir: "src", outDir: "dist", sourceMap: true }),
  "node_modules/compiled/src/typed.ts": typed,
});
afterAll(() => project[Symbol.dispose]());
const tsc = fileURLToPath(new URL("../../../node_modules/.bin/tsc", import.meta.url));
for (const folder of [".", "inline", "node_modules/compiled"])
  execFileSync(tsc, ["-p", project.path(folder)], { stdio: "inherit" });

/** The frames of what the first maker throws, as the driver tells them. */
async function framesOf(module: CapturedModule, values = ""): Promise<string[]> {
  const captured = { modules: [module], references: [] };
  const { code, map } = await bundle({ exports: [], captured });
  rememberPositions(code, map, captured);
  const stack = (await run(project, code, `stackOf(made(0${values}))`)) as string;
  const [first, ...frames] = stack.split("\n");
  const error = fromWireError({ name: "Error", message: first, stack: frames.join("\n") });
  return (error.stack as string).split("\n").filter((line) => line.startsWith("    at "));
}

/** "file:line:column" of the last place of a text in another. */
function placeOf(file: string, source: string, text: string): string {
  const before = source.slice(0, source.lastIndexOf(text)).split("\n");
  return `${file}:${before.length}:${(before.at(-1) as string).length + 1}`;
}

describe("positions in captured code", () => {
  const main = project.path("main.js");
  const text = `const a = 1;
function outer(x) {
  const f = () => { if (x > 0) { const y = x.missing; return  y.deep(x); } };
  return f;
}
export const other = () => 1;
`;

  it("are those of the script, line and column", async () => {
    const [frame] = await framesOf(
      script(main, text, [], ["x: () => { if (x > 0) { const y = x.missing; return  y.deep(x); } }"]),
      ", 1",
    );
    expect(frame).toContain(placeOf(main, text, "deep(x)"));
  });

  it("are right behind text that was changed, and in fragments inside each other", async () => {
    const code = "() => { if (x > 0) { const y = x.missing; return  y.deep(x); } }";
    const one = script(main, text, [], [`x: ${code}`, ": 1"]);
    const start = text.indexOf("x > 0");
    const edits = [{ start, end: start + 5, text: "x > 0 && \n globalThis.process !== undefined" }];
    const fragment = { ...one.makers[0].fragment, before: "(0,\n", edits, after: ")" };
    const [frame] = await framesOf({ ...one, makers: [{ ...one.makers[0], fragment }, ...one.makers.slice(1)] }, ", 1");
    expect(frame).toContain(placeOf(main, text, "deep(x)"));
  });

  it("are looked up further by the script's own map", async () => {
    const file = project.path("dist/typed.js");
    const compiled = readFileSync(file, "utf8");
    const own = new SourceMap(JSON.parse(readFileSync(`${file}.map`, "utf8")));
    const code = compiled.slice(compiled.indexOf("function fail"), compiled.lastIndexOf("}") + 1);
    const [frame] = await framesOf(
      script(file, compiled, [], [`: ${code}`], {
        originalPosition(offset) {
          const before = compiled.slice(0, offset).split("\n");
          const entry = own.findEntry(before.length - 1, (before.at(-1) as string).length);
          if (!("originalLine" in entry)) return null;
          return { file: project.path("src/typed.ts"), line: entry.originalLine + 1, column: entry.originalColumn + 1 };
        },
      }),
    );
    expect(frame).toContain(placeOf(project.path("src/typed.ts"), typed, "a * 2"));
  });

  it.each([
    ["a .ts file", "./src/typed.ts", "src/typed.ts"],
    ["compiled output with its map", "./dist/typed.js", "src/typed.ts"],
    ["compiled output with its map in it", "./inline/dist/typed.js", "inline/src/typed.ts"],
    ["a package that was compiled", "compiled", "node_modules/compiled/src/typed.ts"],
  ])("of %s that is imported are in the source", async (_what, specifier, original) => {
    const imports = [`import { fail } from ${JSON.stringify(specifier)};`];
    const source = "const f = () => fail({ a: 3 });";
    const frames = await framesOf(script(main, source, imports, [": () => fail({ a: 3 })"]));
    expect(frames[0]).toContain(placeOf(project.path(original), typed, "new RangeError"));
    expect(frames[1]).toContain(placeOf(main, source, "fail("));
  });

  it.each([
    ["a .ts file", "./src/located.ts", "src/located.ts"],
    ["compiled output with its map", "./dist/located.js", "src/located.ts"],
    ["compiled output with its map in it", "./inline/dist/located.js", "inline/src/located.ts"],
    ["CommonJS", "./located.cjs", "located.cjs"],
  ])("of %s that asks where it is are in the source", async (_what, specifier, original) => {
    const imports = [`import { fail, file } from ${JSON.stringify(specifier)};`];
    const source = "const f = () => [fail({ a: 3 }), file];";
    const frames = await framesOf(script(main, source, imports, [": () => [fail({ a: 3 }), file]"]));
    const text = readFileSync(project.path(original), "utf8");
    expect(frames[0]).toContain(`(${placeOf(project.path(original), text, "new RangeError")})`);
  });
});
