import { writeFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { bundle } from "../../../src/transport/bundle/bundle.ts";
import { rememberPositions } from "../../../src/transport/code-positions.ts";
import { fromWireError } from "../../../src/transport/remote-error.ts";
import { failure, Project } from "../project.ts";
import { run } from "./run.ts";

const project = new Project({
  "data/rows.csv": "1,2,3",
  "model/own.txt": "own",
  "node_modules/legacy/package.json": "{}",
  "node_modules/legacy/table.txt": "a table",
});
afterAll(() => project[Symbol.dispose]());
/** WebAssembly of one exported function `add` of two i32, as the specification's binary format has it. */
const add = Uint8Array.from([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 7, 1, 96, 2, 127, 127, 1, 127, 3, 2, 1, 0, 7, 7, 1, 3, 97, 100, 100, 0, 0, 10, 9, 1,
  7, 0, 32, 0, 32, 1, 106, 11,
]);
for (const file of ["model/add.wasm", "node_modules/legacy/add.wasm"]) writeFileSync(project.path(file), add);

/** What `fun` of a module gives on a worker. */
async function remote(file: string, text: string, expression = "fun()"): Promise<unknown> {
  return run(project, await codeOf(file, text), expression);
}

async function codeOf(file: string, text: string): Promise<string> {
  writeFileSync(project.path(file), text);
  const source = { module: project.url(file).href, export: "fun", args: [] };
  const { code, map } = await bundle({ exports: [{ as: "fun", source }], captured: null });
  rememberPositions(code, map, null);
  return code;
}

const fs = 'import { existsSync, readFileSync } from "node:fs"; import { readFile } from "node:fs/promises";';
const path = 'import { dirname, join, resolve } from "node:path"; import { fileURLToPath } from "node:url";';
const here = "const here: string = dirname(fileURLToPath(import.meta.url));";

describe("files that a module reads beside itself", () => {
  it.each<[string, string, unknown]>([
    ["by new URL", 'readFileSync(new URL("./own.txt", import.meta.url), "utf8")', "own"],
    ["in the folder above", 'readFileSync(new URL("../data/rows.csv", import.meta.url), "utf8")', "1,2,3"],
    ["by a path from a URL", 'readFileSync(fileURLToPath(new URL("own.txt", import.meta.url)), "utf8")', "own"],
    ["by import.meta.dirname", 'readFileSync(join(import.meta.dirname, "own.txt"), "utf8")', "own"],
    ["by parts of a path", 'readFileSync(resolve(import.meta.dirname, "..",\n "data", "rows.csv"), "utf8")', "1,2,3"],
    ["by a constant of the file", 'readFileSync(here + "/own.txt", "utf8")', "own"],
    ["by import.meta.resolve", 'readFileSync(new URL(import.meta.resolve("./own.txt")), "utf8")', "own"],
    ["by import.meta taken apart", '(({ dirname: d }) => readFileSync(d + "/own.txt", "utf8"))(import.meta)', "own"],
    [
      "WebAssembly",
      '(await WebAssembly.instantiate(await readFile(new URL("add.wasm", import.meta.url)))).instance.exports.add(40, 2)',
      42,
    ],
  ])("%s", async (_what, expression, expected) => {
    const text = `${fs}${path}${here} const quote = /["'\`]/; // don't
      export const fun = async (): Promise<unknown> => ${expression};`;
    expect(await remote("model/reads.ts", text)).toBe(expected);
  });

  it("are those of CommonJS packages, too", async () => {
    writeFileSync(
      project.path("node_modules/legacy/index.js"),
      `#!/usr/bin/env node
      const { readFileSync } = require("fs"), path = require("path");
      const wasm = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(path.join(__dirname, 'add.wasm'))));
      exports.table = readFileSync(\`\${__dirname}/table.txt\`, "utf8");
      exports.add = wasm.exports.add;
      exports.name = path.basename(__filename);
      exports.other = () => readFileSync(__dirname + "/" + exports.name);`,
    );
    const text = 'import legacy from "legacy"; export const fun = () => [legacy.table, legacy.add(1, 2), legacy.name];';
    expect(await remote("model/package.ts", text)).toEqual(["a table", 3, "index.js"]);
    const other =
      'import legacy from "legacy"; export const fun = () => { try { legacy.other(); } catch (e) { return e.code; } };';
    expect(await remote("model/other.ts", other)).toBe("ENOENT");
  });

  it("are gone with the process", async () => {
    const text = 'export const fun = () => new URL("./own.txt", import.meta.url).pathname;';
    const file = (await remote("model/where.ts", text)) as string;
    expect(file).toMatch(/\/a%20worker\/fanopt-files-.*\/own\.txt$/);
    expect(
      await remote(
        "model/where.ts",
        `${fs} export const fun = (file) => existsSync(file);`,
        `fun(${JSON.stringify(decodeURI(file))})`,
      ),
    ).toBe(false);
  });

  it("do not get into the way of types, positions and other modules", async () => {
    const text = `${fs}
enum Kind { first = 1 }
export const fun = (): never => {
  const bytes: Uint8Array = readFileSync(new URL("./own.txt", import.meta.url)); throw new RangeError(\`\${bytes.length + Kind.first}\`);
};`;
    const code = await codeOf("model/throws.ts", text);
    const stack = String(await run(project, code, "stackOf(fun)"));
    expect(stack).toMatch(/^RangeError: 4\n/);
    const { stack: mapped } = fromWireError({
      name: "RangeError",
      message: "4",
      stack: stack.slice(stack.indexOf("\n") + 1),
    });
    const column = (text.split("\n")[3] as string).indexOf("new RangeError") + 1;
    expect(mapped).toContain(`(${project.path("model/throws.ts")}:4:${column})`);
  });

  it("are no hidden files, no keys, and none that a comment speaks of", async () => {
    for (const name of [".env", "server.pem", "id_rsa", "noted.txt"])
      writeFileSync(project.path(`model/${name}`), "a secret");
    const text = `${fs} ${path} ${here}
      // never "noted.txt"
      /* nor 'noted.txt' */
      const names = [".env", "server.pem", "id_rsa", "own.txt"];
      export const fun = () => readFileSync(join(here, "own.txt"), "utf8") + names.length;`;
    const code = await codeOf("model/careful.ts", text);
    expect(code).not.toContain(Buffer.from("a secret").toString("base64").slice(0, 8));
    expect(code).not.toContain("noted.txt");
    expect(await run(project, code, "fun()")).toBe("own4");
  });

  it("give the same code in another folder, and another for other bytes", async () => {
    const files = {
      "model.ts":
        'export const fun = () => [new URL("./own.txt", import.meta.url), new URL("../up.txt", import.meta.url)];',
      "own.txt": "own",
    };
    using one = new Project(files);
    using other = new Project(files);
    using third = new Project({ ...files, "own.txt": "changed" });
    const [a, b, c] = await Promise.all(
      [one, other, third].map(async ({ folder, url }) => {
        const module = url.call({ path: (name: string) => `${folder}/${name}` }, "model.ts").href;
        return (await bundle({ exports: [{ as: "fun", source: { module, export: "fun", args: [] } }], captured: null }))
          .code;
      }),
    );
    expect(b).toBe(a);
    expect(c).not.toBe(a);
    expect(a).not.toContain("fanopt test");
  });
});

describe("a module's own place", () => {
  it.each([
    [
      "whether it is the program",
      "if (process.argv[1] === fileURLToPath(import.meta.url)) throw new Error('ran');",
      "1",
    ],
    [
      "to require what Node has",
      'const load = createRequire(import.meta.url); const { sep } = load("node:path");',
      "sep.length",
    ],
    ["for a module that is not used here", 'export const other = new URL("./own.ts", import.meta.url);', "1"],
  ])("may be asked for %s", async (_what, statement, expression) => {
    const text = `import { createRequire } from "node:module"; ${path} ${statement} export const fun = () => ${expression};`;
    expect(await remote("model/asks.ts", text)).toBe(1);
  });

  it.each([
    ["import.meta.url", "(name: string) => readFileSync(new URL(name, import.meta.url))"],
    ["import.meta.dirname", "(name: string) => readFileSync(import.meta.dirname + name)"],
    ["import.meta", "() => Object.keys(import.meta)"],
    ["import.meta.url", '() => new URL("./missing.csv", import.meta.url)'],
    ["__dirname", '() => __dirname + "/model"'],
  ])("is refused where it cannot be right: %s in %s", async (what, expression) => {
    const text = `${fs} // import.meta.url\nexport const fun = ${expression};`;
    const column = `export const fun = ${expression}`.indexOf(what) + 1;
    const error = await failure(() => remote("model/computed.ts", text));
    expect(error).toMatchObject({ code: "invalid-input" });
    expect(error.message).toBe(
      `${project.path("model/computed.ts")}:2:${column}: ${what} is another one on a worker, and no file that this module names in quotes is there to be sent along. ` +
        'Write the name out, as in new URL("./table.csv", import.meta.url), or read the file in this process and hand over what is in it.',
    );
  });

  it("is refused when CommonJS asks for it, of which nobody knows what is used", async () => {
    writeFileSync(
      project.path("model/local.cjs"),
      "exports.one = () => 1;\nexports.read = (name) => __dirname + name;",
    );
    const used = 'import { one, read } from "./local.cjs"; export const fun = () => [one(), read];';
    expect(await remote("model/local.ts", used, "fun()[0]")).toBe(1);
    expect(await remote("model/local.ts", used, "stackOf(() => fun()[1]('x'))")).toMatch(
      /^Error: local\.cjs:2:26: __dirname is another one on a worker, and no file .*\. Write the name out/,
    );
  });

  it("is refused where folders are listed, which have fewer files on a worker", async () => {
    const text = `${fs} import { readdirSync } from "node:fs";
      export const fun = () => readdirSync(import.meta.dirname).concat(readFileSync(import.meta.dirname + "/own.txt", "utf8"));`;
    const { message } = await failure(() => remote("model/lists.ts", text));
    expect(message).toMatch(
      /model\/lists\.ts:1:\d+: readdirSync finds other files on a worker: only those that the module names/,
    );
  });

  it("is of no interest in what is not used, in text and in comments", async () => {
    const text = `export const unused = (name: string) => new URL(name, import.meta.url); /* __dirname */
      export const fun = () => "import.meta.url".length;`;
    expect(await remote("model/unused.ts", text)).toBe(15);
  });
});
