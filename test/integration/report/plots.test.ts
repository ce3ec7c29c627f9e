import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";

const source = fileURLToPath(new URL("../../../src/", import.meta.url));
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "fanopt-plots-"));
  for (const path of ["errors.ts", "suggest.ts", "report"])
    await cp(join(source, path), join(folder, path), { recursive: true });
  // All that a user has who did not install the optional peers.
  await mkdir(join(folder, "node_modules"));
  await symlink(
    join(source, "..", "node_modules", "asciichart"),
    join(folder, "node_modules", "asciichart"),
    "junction",
  );
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

test("where vega is not installed, specifications still work and svg() says what to install", async () => {
  const plots = JSON.stringify(pathToFileURL(join(folder, "report", "plots.ts")).href);
  const code = `
    import { criterionPlot } from ${plots};
    const plot = criterionPlot({ fun: [2, 1], batch: [0, 0], length: 2 });
    const error = await plot.svg().catch((e) => e);
    console.log(JSON.stringify({ layers: plot.spec.layer.length, name: error.name, code: error.code, message: error.message,
      cause: error.cause?.code }));
  `;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", code], { cwd: folder });
  expect(JSON.parse(stdout)).toEqual({
    layers: 3,
    name: "FanoptError",
    code: "missing-dependency",
    message: expect.stringContaining("npm install vega vega-lite"),
    cause: "ERR_MODULE_NOT_FOUND",
  });
});
