import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { transformSync } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Script } from "../../../src/transport/capture/script.ts";
import { marked, sourceOf } from "./marked.ts";

const TYPESCRIPT = `interface Shape { readonly width: number }

export const area = (shape: Shape): number => {
  const width: number = shape.width;
  return "é😀" + width ** unknownName;
};
`;

describe("the file of a script", () => {
  test.each([
    ["file:///project/a%20b.js", "/project/a b.js"],
    ["file:///project/a.js?v=1#x", "/project/a.js"],
    ["/project/a.js", "/project/a.js"],
    ["/project/a.js?v=1", "/project/a.js"],
    ["node:internal/x", ""],
    ["evalmachine.<anonymous>", ""],
    ["", ""],
    ["data:text/javascript,1", ""],
  ])("%s", (url, file) => {
    expect(new Script(sourceOf("", { url })).file).toBe(file);
  });
});

describe("positions", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "fanopt-positions-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const expected = () => {
    const lines = TYPESCRIPT.split("\n");
    const line = lines.findIndex((text) => text.includes("unknownName"));
    return { line: line + 1, column: lines[line].indexOf("unknownName") + 1 };
  };

  function find(text: string, sourceMapURL: string, url: string) {
    return new Script({ ...sourceOf(text, { url }), sourceMapURL }).positionAt(text.indexOf("unknownName"));
  }

  test.each([false, true])("by an inline source map, minified: %s", (minify) => {
    const { code } = transformSync(TYPESCRIPT, { loader: "ts", sourcemap: "inline", sourcefile: "model.ts", minify });
    const [, map] = /sourceMappingURL=(.*)/.exec(code) ?? [];
    expect(find(code, map, "file:///project/src/model.js")).toEqual({ file: "/project/src/model.ts", ...expected() });
  });

  test("by a map beside the script, whose sources are elsewhere", () => {
    const dist = join(folder, "dist a");
    mkdirSync(dist);
    const options = { loader: "ts", sourcemap: "external", sourcefile: "../src/model.ts" } as const;
    const { code, map } = transformSync(TYPESCRIPT, options);
    const url = pathToFileURL(join(dist, "model.js")).href;
    writeFileSync(join(dist, "model.js.map"), map);
    expect(find(code, "model.js.map", url)).toEqual({ file: join(folder, "src/model.ts"), ...expected() });
    writeFileSync(join(dist, "rooted.js.map"), JSON.stringify({ ...JSON.parse(map), sourceRoot: "/root/x/" }));
    expect(find(code, "rooted.js.map", url).file).toBe("/root/src/model.ts");
    expect(find(code, pathToFileURL(join(dist, "model.js.map")).href, url).file).toBe(join(folder, "src/model.ts"));
  });

  test.each(["", "gone.js.map", "data:application/json;base64,bm9uZQ==", "data:nothing"])(
    "the script's own without a map that can be read: %s",
    (map) => {
      expect(find(TYPESCRIPT, map, "file:///project/model.ts")).toEqual({ file: "/project/model.ts", ...expected() });
    },
  );

  test("a script without a file is called what V8 calls it", () => {
    expect(find("unknownName", "", "evalmachine.<anonymous>")).toEqual({
      file: "evalmachine.<anonymous>",
      line: 1,
      column: 1,
    });
  });

  test("a wrapper before the text is not counted", () => {
    const text = "(function () {const f = () => unknownName;\nconst g = () => 2;})";
    const script = new Script({ ...sourceOf(text), startLine: 3, startColumn: -14 });
    expect(script.positionAt(text.indexOf("const f"))).toMatchObject({ line: 4, column: 1 });
    expect(script.positionAt(text.indexOf("const g"))).toMatchObject({ line: 5, column: 1 });
    expect(script.functionAt(3, 10).references.map(({ name }) => name)).toEqual(["unknownName"]);
    expect(script.functionAt(4, 10).start).toBe(text.indexOf("() => 2"));
  });

  test.each(["\n", "\r\n", "\r", "\u2028"])("lines end as V8 counts them: %j", (end) => {
    const text = `const a = 1;${end}const f = () => a;`;
    expect(new Script(sourceOf(text)).functionAt(1, 10).name).toBe("f");
  });
});

describe("errors", () => {
  test("no function where V8 says there is one", () => {
    const script = new Script(sourceOf("const f = () => 1;"));
    expect(() => script.functionAt(0, 3)).toThrow(
      /No function begins at file:\/\/\/project\/model\.js:1:4, .*Use defineCriterion\./,
    );
  });

  test("a text that is no JavaScript", () => {
    expect(() => marked("const f = /*@*/() => 1 +;")).toThrow(
      /The code of file:\/\/\/project\/model\.js cannot be read: Unexpected token \(1:24\)\. .*use defineCriterion\./,
    );
  });

  test("a script that V8 has as CommonJS, though it is written as a module, is read", () => {
    expect(marked("export const f = /*@*/() => 1;", { isModule: false }).code.name).toBe("f");
    expect(marked("const f = /*@*/() => 1; return;", { isModule: true }).code.name).toBe("f");
  });
});
