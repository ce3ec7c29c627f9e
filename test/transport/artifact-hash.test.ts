import { afterAll, describe, expect, it } from "vitest";
import { artifactHash, buildInternalFun, defineCriterion, leastSquares } from "../../src/index.ts";
import { Project } from "./project.ts";

const files = {
  "model.ts": `
    import { Matrix } from "ml-matrix";
    import table from "./table.json" with { type: "json" };
    import legacy from "./legacy.cjs";
    import { scale } from "./deep/er/scale.ts";
    export async function fun(p: { a: number }, ...data: number[]) {
      const { offset } = await import("./deep/lazy.ts");
      return scale(p.a) + table.values[0] + legacy.three() + offset + Matrix.eye(2).get(0, 0) + data.length;
    }`,
  "table.json": '{ "values": [1, 2] }',
  "legacy.cjs": "/*! licensed */ exports.three = () => 3; exports.where = () => __filename;",
  "deep/er/scale.ts":
    "/** @license kept */ export const scale = (a: number) => 2 * a; export const from = import.meta.url;",
  "deep/lazy.ts": "export const offset = await Promise.resolve(5);",
};
/** Of other names: what they are called must not matter. */
const projects = [new Project(files), new Project(files)];
const changed = new Project({ ...files, "deep/lazy.ts": files["deep/lazy.ts"].replace("5", "6") });
afterAll(() => {
  for (const project of [...projects, changed]) project[Symbol.dispose]();
});
const define = (project: Project, ...args: number[]) =>
  defineCriterion<(p: { a: number }, ...data: number[]) => Promise<number>>(project.url("model.ts"), {
    export: "fun",
    args,
  });

describe("artifactHash", () => {
  it("is the same for the same files in another folder", async () => {
    const [one, other] = await Promise.all(projects.map((project) => artifactHash(define(project, 1, 2))));
    expect(one).toMatch(/^[0-9a-f]{64}$/);
    expect(other).toBe(one);
    expect(await artifactHash(define(projects[0], 1, 2))).toBe(one);
  });

  it("changes with the code, also that of an import, and with the data", async () => {
    const hash = await artifactHash(define(projects[0], 1));
    expect(await artifactHash(define(changed, 1))).not.toBe(hash);
    expect(await artifactHash(define(projects[0], 1.5))).not.toBe(hash);
  });

  it("is that of the problem, whatever its start values", async () => {
    const fun = define(projects[0]);
    const hash = await artifactHash(buildInternalFun({ fun, params: { a: 1 } }));
    expect(await artifactHash(buildInternalFun({ fun, params: { a: -7 } }))).toBe(hash);
    const others = [
      fun,
      buildInternalFun({ fun, params: { a: 1 }, direction: "maximize" }),
      buildInternalFun({ fun, params: { a: 1 }, errorHandling: "continue" }),
      buildInternalFun({ fun: leastSquares(fun as never), params: { a: 1 } }),
    ];
    const hashes = await Promise.all(others.map(artifactHash));
    expect(new Set([hash, ...hashes]).size).toBe(5);
  });

  it("refuses what cannot travel", async () => {
    await expect(artifactHash({ a: 1 })).rejects.toThrow(
      /^artifactHash: expected a function, such as buildInternalFun .*received \{"a":1\}\.$/,
    );
    const promise = Promise.resolve(1);
    await expect(artifactHash(buildInternalFun({ fun: async () => promise, params: 1 }))).rejects.toMatchObject({
      name: "SubmissionError",
      message: expect.stringMatching(/captured variable "promise" is a Promise/),
    });
  });
});
