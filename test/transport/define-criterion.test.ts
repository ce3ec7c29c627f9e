import { afterAll, describe, expect, it } from "vitest";
import { InvalidInputError, SubmissionError } from "../../src/errors.ts";
import { kindOf, leastSquares } from "../../src/problem/function-kinds.ts";
import { buildInternalFun } from "../../src/problem/internal-fun.ts";
import { buildArtifact } from "../../src/transport/artifact.ts";
import { defineCriterion } from "../../src/transport/define-criterion.ts";
import { isLoadingCriterion } from "../../src/transport/load.ts";
import { portableOf } from "../../src/transport/portable.ts";
import { functionFromArtifact } from "../../src/worker/evaluate.ts";
import { failure, Project } from "./project.ts";

const project = new Project({
  "model.ts": `
    import data from "./data.json" with { type: "json" };
    import legacy from "./legacy.cjs";
    import { Matrix } from "ml-matrix";
    export interface Params { a: number }
    const offset: number = await Promise.resolve(100);
    export const total = (p: Params): number => p.a + data.two + legacy.three + offset;
    export const trace = (p: Params, values: Float64Array, at: Map<string, number>) =>
      new Matrix([[p.a, 1], [1, values[0]]]).trace() + (at.get("x") ?? 0);
    export const args = (p: unknown, ...rest: unknown[]) => rest as never;
    export const shapeOfParams = (p: unknown) => JSON.stringify(p) as never;
    export const table = { not: "a function" };
    export default function byDefault(p: number) { return 2 * p; }
  `,
  "data.json": '{ "two": 2 }',
  "legacy.cjs":
    'const { join } = require("node:path"); exports.three = join("a", "b").length; exports.f = (p) => p + 1;',
  "compiled.js": "export const residuals = (p) => [p, 2 * p];",
  "squares.ts": `
    import { leastSquares } from "${new URL("../../src/problem/function-kinds.ts", import.meta.url).pathname}";
    export const residuals = leastSquares((p: number) => [p, p + 1]);
    export const gradient = (p: number) => [1, 1];
  `,
  "syntax.ts": "export const fun = (p: number) => {\n  return p +* 2;\n};\n",
  "missing-import.ts": 'import { x } from "./not-there.ts";\nexport const fun = () => x;\n',
  "addon.ts": 'import addon from "./thing.node";\nexport const fun = () => addon;\n',
  "thing.node": "\u007fELF",
  "throws.ts": 'export const fun = () => 1;\nthrow new RangeError("no data for 1979");\n',
});
afterAll(() => project[Symbol.dispose]());
const define = (file: string, name: string, args: readonly unknown[] = []) =>
  defineCriterion<(params: never, ...args: unknown[]) => unknown>(project.url(file), { export: name, args });
const call = (file: string, name: string, params: unknown, args: readonly unknown[] = []) =>
  (define(file, name, args) as (params: unknown) => Promise<unknown>)(params);

describe("defineCriterion", () => {
  it("bundles TypeScript, JSON, CommonJS, packages and top-level await", async () => {
    expect(await call("model.ts", "total", { a: 1 })).toBe(106);
    expect(await call("model.ts", "trace", { a: 1 }, [new Float64Array([5]), new Map([["x", 10]])])).toBe(16);
    expect(await call("legacy.cjs", "f", 1)).toBe(2);
  });

  it("takes the default export, a URL as text, and an absolute path", async () => {
    expect(await defineCriterion<(p: number) => number>(project.url("model.ts"))(4)).toBe(8);
    expect(await defineCriterion<(p: number) => number>(project.url("model.ts").href)(4)).toBe(8);
    expect(await defineCriterion<(p: number) => number>(project.path("model.ts"))(4)).toBe(8);
  });

  it("takes compiled output where it lies beside the missing source", async () => {
    expect(await call("compiled.ts", "residuals", 3)).toEqual([3, 6]);
  });

  it("passes args as workers get them: by value, as they were at the first evaluation", async () => {
    const data = [1, 2];
    const fun = define("model.ts", "args", [data, Buffer.from("x"), undefined]) as (p: unknown) => Promise<unknown[]>;
    const [first] = await fun(0);
    data.push(3);
    const [second, bytes, nothing] = await fun(0);
    expect([first, second, nothing]).toEqual([[1, 2], [1, 2], undefined]);
    expect((bytes as object).constructor).toBe(Uint8Array);
  });

  it("is named after its export", () => {
    expect(define("model.ts", "total").name).toBe("total");
    expect(leastSquares(define("model.ts", "total") as never).name).toBe("total");
  });

  it("reads nothing before it is evaluated", () => {
    expect(() => define("not-there.ts", "fun")).not.toThrow();
  });

  it.each<[string, unknown, unknown, RegExp]>([
    [
      "a relative path",
      "./model.ts",
      {},
      /must be given by a URL, received "\.\/model\.ts"\. Write new URL\("\.\/model\.ts", import/,
    ],
    ["a bare name", "model.ts", {}, /must be given by a URL, received "model\.ts"/],
    ["http", "https://example.com/model.ts", {}, /must be a file, received https:\/\/example\.com\/model\.ts/],
    ["no module", undefined, {}, /must be given by a URL, received undefined/],
    ["a function", () => 1, {}, /must be given by a URL, received a function/],
    ["an unknown option", "file:///m.ts", { exports: "f" }, /unknown option exports\. Did you mean export\?/],
    ["export", "file:///m.ts", { export: "" }, /export must be the name of an export, received ""/],
    ["args", "file:///m.ts", { args: "x" }, /args must be an array of further arguments, received "x"/],
    ["options", "file:///m.ts", null, /options must be an object, received null/],
  ])("refuses at once: %s", (_what, module, options, message) => {
    expect(() => defineCriterion(module as never, options as never)).toThrow(InvalidInputError);
    expect(() => defineCriterion(module as never, options as never)).toThrow(message);
  });

  it.each<[string, string, string, RegExp]>([
    [
      "a missing file",
      "not-there.ts",
      "fun",
      /there is no file .*not-there\.ts\. Expected .*not-there\.js is not there either/,
    ],
    [
      "a missing export",
      "model.ts",
      "totl",
      /model\.ts: unknown export totl\. Did you mean total\? Known: args, default, shape/,
    ],
    ["a missing default export", "compiled.js", "default", /compiled\.js: unknown export default\. Known: residuals\./],
    ["a syntax error", "syntax.ts", "fun", /could not be bundled:\n {2}\/.*syntax\.ts:2:13: Unexpected "\*"/],
    [
      "a missing import",
      "missing-import.ts",
      "fun",
      /\n {2}\/.*missing-import\.ts:1:19: Could not resolve "\.\/not-there\.ts"/,
    ],
    ["a native addon", "addon.ts", "fun", /thing\.node is a native addon, .*cannot be sent to a worker\. Use a WebAss/],
  ])("refuses when it is evaluated: %s", async (_what, file, name, message) => {
    const error = await failure(() => call(file, name, 1));
    expect(error).toBeInstanceOf(SubmissionError);
    expect(error.message).toMatch(message);
  });

  it("refuses args that cannot be sent, with their path", async () => {
    const error = await failure(() => call("model.ts", "args", 1, [{ f: () => 1 }]));
    expect(error).toBeInstanceOf(SubmissionError);
    expect(error.message).toMatch(
      /^defineCriterion of args of model\.ts: args\[0\]\.f is function f, which cannot be sent to a worker/,
    );
  });

  it("looks again after a failure", async () => {
    using late = new Project({});
    const fun = defineCriterion<(p: number) => number>(late.url("late.ts"), { export: "fun" });
    expect((await failure(() => fun(1))).message).toMatch(/there is no file/);
    using _written = new Project({});
    const { writeFileSync } = await import("node:fs");
    writeFileSync(late.path("late.ts"), "export const fun = (p: number) => p + 1;");
    expect(await fun(1)).toBe(2);
  });

  it("tells what a module threw while it was loaded", async () => {
    const error = await failure(() => call("throws.ts", "fun", 1));
    expect(error).toMatchObject({ code: "criterion-load", cause: { name: "RangeError" } });
    expect(error.message).toBe(
      "The module of fun of throws.ts threw while it was loaded: RangeError: no data for 1979",
    );
  });

  it("tells an export that is no function", async () => {
    const error = await failure(() => call("model.ts", "table", 1));
    expect(error.message).toBe(
      'The export table of model.ts must be a function (params, ...args) => value, but is {"not":"a function"}.',
    );
  });

  it("knows the kind that the export itself is marked with, here and on workers", async () => {
    const fun = define("squares.ts", "residuals") as never;
    const jac = define("squares.ts", "gradient") as never;
    expect(kindOf(fun)).toBeUndefined();
    const here = buildInternalFun({ fun, params: 1, jac });
    const there = await functionFromArtifact((await buildArtifact(portableOf(here) as never)).bytes, "there");
    for (const want of ["jac", "fun", "funAndJac"] as const) {
      const point = { x: new Float64Array([3]), want };
      const [a, b] = [await here(point), (await there(point)) as Awaited<ReturnType<typeof here>>];
      expect([b.value, b.jac]).toEqual([a.value, a.jac]);
      expect(a.value).toEqual(want === "jac" ? null : new Float64Array([3, 4]));
      expect(a.jac).toEqual(want === "fun" ? null : new Float64Array([1, 1]));
    }
    const maximized = buildInternalFun({ fun, params: 1, direction: "maximize" });
    await expect(maximized(new Float64Array([1]))).rejects.toThrow("A sum of squares has no maximum");
  });
});

describe("artifacts", () => {
  it("are the same for the same problem from another start, and others for other data", async () => {
    const fun = define("model.ts", "total") as never;
    const hashOf = async (criterion: never, params: object) =>
      (await buildArtifact(portableOf(buildInternalFun({ fun: criterion, params })) as never)).hash;
    const hash = await hashOf(fun, { a: 1 });
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    expect(await hashOf(fun, { a: 2 })).toBe(hash);
    expect(await hashOf(fun, { a: 1, b: 2 })).not.toBe(hash);
    expect(await hashOf(define("model.ts", "total", [1]) as never, { a: 1 })).not.toBe(hash);
  });

  it("of a criterion that imports fanopt's function kinds hold nothing of its machinery", async () => {
    using using = new Project({
      "kinds.ts": `
        import { leastSquares } from "${new URL("../../src/index.ts", import.meta.url).pathname}";
        export const residuals = leastSquares((p: number) => [p, p + 1]);
      `,
    });
    const fun = defineCriterion(using.url("kinds.ts"), { export: "residuals" });
    const { bytes } = await buildArtifact(portableOf(fun) as never);
    expect(Buffer.from(bytes).includes("Lambda")).toBe(false);
    expect(bytes.length).toBeLessThan(20_000);
  });
});

describe("isLoadingCriterion", () => {
  it("is true inside a module that is being loaded, and false elsewhere at the same time", async () => {
    using loading = new Project({
      "self.ts": `
        import { isLoadingCriterion } from "${new URL("../../src/transport/load.ts", import.meta.url).pathname}";
        const before = isLoadingCriterion();
        await new Promise((resolve) => { globalThis.letFanoptTestGo = resolve; });
        const after = isLoadingCriterion();
        export const fun = () => [before, after, isLoadingCriterion()] as never;
      `,
    });
    const gate = globalThis as { letFanoptTestGo?: () => void };
    const result = defineCriterion(loading.url("self.ts"), { export: "fun" })(0);
    while (gate.letFanoptTestGo === undefined) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(isLoadingCriterion()).toBe(false);
    gate.letFanoptTestGo();
    delete gate.letFanoptTestGo;
    expect(await result).toEqual([true, true, false]);
  });
});
