/**
 * `sst deploy`, the program itself, with SST's own components, on a project that has this package in its node_modules. In place of AWS are
 * Pulumi's mocks: what is asserted on is what AWS would be asked for.
 */
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sstConfig } from "../../src/cli/init/templates.ts";
import { deployedName } from "../../src/deployment.ts";
import { type FakeAws, startFakeAws } from "./fake-aws.ts";
import { mutations } from "./mutations.ts";
import type { DeploymentWithBundle } from "./resources.ts";
import { type Expected, rules } from "./rules.ts";
import { createSstProject, type SstProject } from "./sst-project.ts";

const root = join(import.meta.dirname, "..", "..");

let aws: FakeAws;
let project: SstProject;
beforeAll(async () => {
  aws = await startFakeAws();
  project = createSstProject(aws);
});
afterAll(async () => {
  project?.[Symbol.dispose]();
  await aws?.[Symbol.asyncDispose]();
});

/** A user's sst.config.ts, with options and with lines before. */
function config(
  options: { readonly evaluator?: object; readonly artifacts?: object; readonly before?: string } = {},
): string {
  const { evaluator = {}, artifacts = {}, before = "" } = options;
  return `/// <reference path="./.sst/platform/config.d.ts" />
export default $config({
  app() {
    return { name: "sample", home: "aws" };
  },
  async run() {
    let rename = {};
    ${before}
    const { fanoptArtifacts, fanoptEvaluator, fanoptHistory } = await import("fanopt/sst");
    const outputs = {
      evaluator: fanoptEvaluator(${JSON.stringify(evaluator)}).name,
      table: fanoptHistory().name,
      artifacts: fanoptArtifacts(${JSON.stringify(artifacts)}).name,
    };
    return Object.fromEntries(Object.entries(outputs).map(([key, value]) => [rename[key] ?? key, value]));
  },
});
`;
}

const defaults: Expected = {
  runtime: "nodejs24.x",
  architecture: "arm64",
  memoryMB: 1_769,
  reservedConcurrency: undefined,
  environment: { NODE_OPTIONS: "--enable-source-maps" },
  deletionProtection: false,
  expireDays: 30,
};

function violations(deployment: DeploymentWithBundle, expected: Expected): string[] {
  return Object.entries(rules).flatMap(([name, rule]) => rule(deployment, expected).map((text) => `${name}: ${text}`));
}

describe("what is deployed", () => {
  it("by default", async () => {
    expect(violations(await project.deploy(config(), "dev"), defaults)).toEqual([]);
  });

  it("in production", async () => {
    const deployment = await project.deploy(config(), "production");
    expect(violations(deployment, { ...defaults, deletionProtection: true })).toEqual([]);
  });

  it("with every option", async () => {
    const allowed = ["ab".repeat(32), "cd".repeat(32)];
    const evaluator = {
      runtime: "nodejs22.x",
      architecture: "x86_64",
      memory: "10 GB",
      reservedConcurrency: 20,
      allowedArtifacts: allowed,
    };
    const deployment = await project.deploy(config({ evaluator, artifacts: { expireDays: 7 } }), "dev");
    const expected = {
      runtime: "nodejs22.x",
      architecture: "x86_64",
      memoryMB: 10_240,
      reservedConcurrency: 20,
      environment: { ...defaults.environment, FANOPT_ALLOWED_ARTIFACTS: allowed.join(",") },
      deletionProtection: false,
      expireDays: 7,
    };
    expect(violations(deployment, expected)).toEqual([]);
  });

  it("by the sst.config.ts of docs/deploy.md", async () => {
    const page = readFileSync(join(root, "docs", "deploy.md"), "utf8");
    const [, written] = /^```typescript\n\/\/ sst\.config\.ts\n([\s\S]*?)^```$/m.exec(page) ?? [];
    const deployment = await project.deploy(String(written), "production");
    expect(deployment.app).toBe("calibration");
    expect(violations(deployment, { ...defaults, memoryMB: 2_048, deletionProtection: true })).toEqual([]);
  });

  it("by the sst.config.ts that npx fanopt init writes", async () => {
    const deployment = await project.deploy(sstConfig("new-project"), "dev");
    expect(deployment.app).toBe("new-project");
    expect(violations(deployment, defaults)).toEqual([]);
  });

  it("by the sst.config.ts and stacks/ of this project", async () => {
    cpSync(join(root, "stacks"), join(project.folder, "stacks"), { recursive: true });
    const deployment = await project.deploy(readFileSync(join(root, "sst.config.ts"), "utf8"), "production");
    expect(deployment.app).toBe("fanopt");
    expect(violations(deployment, { ...defaults, deletionProtection: true })).toEqual([]);
  });
});

describe("drivers find what was deployed", () => {
  const resources = [
    { link: "FanoptEvaluator", output: "evaluator", physical: /^sample-dev-FanoptEvaluatorFunction-/ },
    { link: "FanoptHistory", output: "table", physical: /^sample-dev-FanoptHistoryTable-/ },
    { link: "FanoptArtifacts", output: "artifacts", physical: /^sample-dev-fanoptartifactsbucket-/ },
  ];
  const missing = { what: "It is missing.", example: "", instead: "" };
  const option = { name: "name", value: undefined };
  beforeAll(() => project.deploy(config(), "dev"));

  it.each(resources)("$output in .sst/outputs.json, as SST writes it", ({ link, output, physical }) => {
    const { name, from } = deployedName({ option, variable: "UNSET", link, output, missing }, {}, project.folder);
    expect(name).toMatch(physical);
    expect(from).toBe(join(project.folder, ".sst", "outputs.json"));
  });

  it("in the environment that sst shell makes", async () => {
    writeFileSync(join(project.folder, "print.mjs"), "console.log(JSON.stringify(process.env));");
    const printed = await project.shell("dev", process.execPath, "print.mjs");
    const environment = JSON.parse(printed.slice(printed.indexOf("{")));
    for (const { link, output, physical } of resources) {
      const { name, from } = deployedName({ option, variable: "UNSET", link, output, missing }, environment, "/");
      expect(name).toMatch(physical);
      expect(from).toBe("sst shell");
    }
  });
});

describe("a stack that is wrong is found", () => {
  it("every rule has a stack that breaks it", () => {
    expect(new Set(mutations.map(({ violates }) => violates))).toEqual(new Set(Object.keys(rules)));
  });

  it.each(mutations)("$what", async ({ lines, violates, stage = "dev" }) => {
    const deployment = await project.deploy(config({ before: lines }), stage);
    const expected = { ...defaults, deletionProtection: stage === "production" };
    expect(rules[violates](deployment, expected)).not.toEqual([]);
  });
});
