/** The types of `fanopt/sst` in a project that deploys: SST's own. */
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { startFakeAws } from "./fake-aws.ts";
import { createSstProject } from "./sst-project.ts";

const tsc = join(import.meta.dirname, "..", "..", "node_modules/typescript/bin/tsc");

const config = `/// <reference path="./.sst/platform/config.d.ts" />
export default $config({
  app() {
    return { name: "sample", home: "aws" };
  },
  async run() {
    const { fanoptArtifacts, fanoptEvaluator, fanoptHistory } = await import("fanopt/sst");
    const evaluator: sst.aws.Function = fanoptEvaluator({ memory: "2 GB", reservedConcurrency: 50 });
    const table: sst.aws.Dynamo = fanoptHistory({ deletionProtection: true });
    const artifacts: sst.aws.Bucket = fanoptArtifacts({ expireDays: 7 });
    // @ts-expect-error: no such unit
    fanoptEvaluator({ memory: "2 TB" });
    // @ts-expect-error: no such option
    fanoptEvaluator({ timeout: "1 minute" });
    // @ts-expect-error: a function is no bucket
    const wrong: sst.aws.Bucket = fanoptEvaluator();
    return { evaluator: evaluator.name, table: table.name, artifacts: artifacts.nodes.bucket.arn };
  },
});
`;

it("are SST's components, whole", async () => {
  await using aws = await startFakeAws();
  using project = createSstProject(aws);
  writeFileSync(join(project.folder, "sst.config.ts"), config);
  const compilerOptions = {
    target: "es2022",
    lib: ["es2024", "esnext.disposable"],
    module: "esnext",
    moduleResolution: "bundler",
    types: [],
    strict: true,
    skipLibCheck: true,
    noEmit: true,
  };
  writeFileSync(join(project.folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["sst.config.ts"] }));
  const compiled = await promisify(execFile)(process.execPath, [tsc, "-p", project.folder]).catch((error) => error);
  expect(compiled.stdout).toBe("");
});
