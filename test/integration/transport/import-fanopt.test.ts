import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { buildInternalFun } from "../../../src/problem/internal-fun.ts";
import { buildArtifact } from "../../../src/transport/artifact.ts";
import { defineCriterion } from "../../../src/transport/define-criterion.ts";
import { portableOf } from "../../../src/transport/portable.ts";
import { functionFromArtifact } from "../../../src/worker/evaluate.ts";
import { failure, Project } from "../../transport/project.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const project = new Project({
  "kinds.ts": `
    import { leastSquares } from "fanopt";
    export const residuals = leastSquares((p: number) => [p, p + 1]);
  `,
  "starts-a-run.ts": `
    import { minimize } from "fanopt";
    export const fun = (p: number) => p * p;
    export const result = await minimize({ fun, params: 1, algorithm: "nelder-mead-parallel", progress: false });
  `,
});
beforeAll(() => {
  if (existsSync(`${root}dist/index.js`)) return;
  expect(spawnSync(process.execPath, ["scripts/build.ts"], { cwd: root, stdio: "inherit" }).status).toBe(0);
});
afterAll(() => project[Symbol.dispose]());

it("a criterion's module that imports leastSquares from fanopt is sent without fanopt's machinery, and counts as marked", async () => {
  const fun = defineCriterion<(p: number) => number>(project.url("kinds.ts"), { export: "residuals" });
  const internalFun = buildInternalFun({ fun, params: 1 });
  const { bytes } = await buildArtifact(portableOf(internalFun) as never);
  expect(bytes.length).toBeLessThan(20_000);
  const there = await functionFromArtifact(bytes, "there");
  const x = new Float64Array([2]);
  expect(await there({ x, want: "fun" })).toMatchObject({ value: new Float64Array([2, 3]), historyEntry: { fun: 13 } });
  expect(await internalFun(x)).toMatchObject({ value: new Float64Array([2, 3]), historyEntry: { fun: 13 } });
});

it("a criterion's module that starts a run when it is loaded is refused", async () => {
  const fun = defineCriterion<(p: number) => number>(project.url("starts-a-run.ts"), { export: "fun" });
  const error = await failure(() => fun(1));
  expect(error.message).toMatch(/minimize was called while the module of a criterion was being loaded/);
});
