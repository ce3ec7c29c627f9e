import { randomFillSync } from "node:crypto";
import { afterAll, describe, expect, it } from "vitest";
import { artifactHash, buildInternalFun, defineCriterion, inspectCriterion, leastSquares } from "../../src/index.ts";
import { Project } from "./project.ts";

const text = (length: number) => `export const text = ${JSON.stringify('"\\\n'.repeat(length))};`;
const project = new Project({
  "model.ts": `
    import { basename } from "node:path";
    import { scale } from "./scale.ts";
    export const fun = (x: number, shift: number): number => scale(x) - shift + basename("a/b").length;`,
  "scale.ts": "export const scale = (x: number): number => 2 * x;",
  "texts.ts": `${text(2_000)}\nexport const fun = (x: number): number => x + text.length;`,
  "short.ts": `${text(0)}\nexport const fun = (x: number): number => x + text.length;`,
});
afterAll(() => project[Symbol.dispose]());
const define = (name: string, ...args: unknown[]) => defineCriterion(project.url(name), { export: "fun", args });

describe("inspectCriterion", () => {
  it("tells the files whose code is sent, largest first, and not Node's own", async () => {
    const { name, modules, codeBytes, captured, warnings } = await inspectCriterion(define("model.ts", 3));
    expect(name).toBe("fun of model.ts");
    expect(modules.map(({ file }) => file).sort()).toEqual([project.path("model.ts"), project.path("scale.ts")]);
    const sizes = modules.map(({ bytes }) => bytes);
    expect(sizes).toEqual(sizes.toSorted((a, b) => b - a));
    expect(sizes.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThan(codeBytes);
    expect({ captured, warnings }).toEqual({ captured: [], warnings: [] });
  });

  it("tells the hash that artifactHash gives, also of the whole problem", async () => {
    const fun = define("model.ts", 3);
    const internal = buildInternalFun({ fun: leastSquares(fun as never), params: 1 });
    for (const one of [fun, internal, (x: number) => x * 3])
      expect((await inspectCriterion(one)).hash).toBe(await artifactHash(one));
  });

  it("counts nothing of the code as data, whatever it takes to send it", async () => {
    const [texts, short] = await Promise.all([define("texts.ts"), define("short.ts")].map(inspectCriterion));
    expect(texts.codeBytes).toBeGreaterThan(short.codeBytes + 6_000);
    expect(texts.dataBytes).toBe(short.dataBytes);
  });

  it("tells of data that is a part of its own, and what cannot be compressed as what base64 makes of it", async () => {
    const data = randomFillSync(new Float64Array(20_000));
    const small = data.slice(0, 10);
    const [large, little] = await Promise.all(
      [(x: number) => x + data.length, (x: number) => x + small.length].map(inspectCriterion),
    );
    expect(large.dataHash).toMatch(/^[0-9a-f]{64}$/);
    expect(little.dataHash).toBeNull();
    expect(large.dataBytes).toBeGreaterThan(160_000);
    expect(large.dataBytes).toBeLessThan(161_000);
    expect(large.sentParts[0] + large.sentParts[1]).toBe(large.sentBytes);
    expect(large.sentBytes).toBeGreaterThan((160_000 * 4) / 3);
    expect(large.sentBytes).toBeLessThan((162_000 * 4) / 3);
    expect(large.captured.map(({ name }) => name)).toEqual(["data"]);
  });

  it("takes functions only, and fails as the first batch would", async () => {
    await expect(inspectCriterion({ fun: 1 })).rejects.toThrow(
      /^inspectCriterion: expected a function, received \{"fun":1\}\.$/,
    );
    await expect(inspectCriterion(define("missing.ts"))).rejects.toMatchObject({
      name: "SubmissionError",
      message: expect.stringMatching(/there is no file .*missing\.ts/),
    });
    const pending = Promise.resolve(1);
    await expect(inspectCriterion(async () => pending)).rejects.toMatchObject({
      name: "SubmissionError",
      message: expect.stringMatching(/"pending" is a Promise/),
    });
  });
});
