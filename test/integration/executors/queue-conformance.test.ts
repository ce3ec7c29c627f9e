/** The queue of docs/your-own-executor.md, as it stands there, with the built package: it does what fanopt/testing says. */
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { executorConformance } from "../../../src/testing/index.ts";
import { ConformanceRun } from "../../fixtures/conformance-run.ts";
import { createDocsFolder, writeFilesOf } from "../docs-files.ts";

const folder = await createDocsFolder();
const setting = { module: pathToFileURL(join(folder, "queue-executor.ts")).href };
let run: ConformanceRun;
beforeAll(async () => {
  await writeFilesOf("docs/your-own-executor.md", folder);
  // Programs that do not dispose of it leave their queue behind.
  const temporary = join(folder, "tmp");
  await mkdir(temporary);
  run = new ConformanceRun([process.execPath], setting, undefined, { ...process.env, TMPDIR: temporary });
});
afterAll(async () => {
  await run?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true, maxRetries: 3 });
});

for (const { name } of executorConformance(setting)) it(name, () => run.result(name), 120_000);

it("the program that ran the checks ends by itself", async () => {
  expect(await run.end()).toBe("ended with 0");
});
