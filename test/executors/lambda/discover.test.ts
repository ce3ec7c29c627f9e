import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { discoverBucket, discoverFunction } from "../../../src/executors/lambda/discover.ts";

let root: string;
let inner: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "fanopt-discover-"));
  inner = join(root, "a", "b");
  for (const folder of [join(root, ".sst"), join(root, "a", ".sst"), inner]) mkdirSync(folder, { recursive: true });
});
afterEach(() => rmSync(root, { recursive: true, force: true }));
const outputs = (folder: string, text: string) => writeFileSync(join(folder, ".sst", "outputs.json"), text);
const shell = { SST_RESOURCE_FanoptEvaluator: '{"name":"from-shell","type":"sst.aws.Function"}' };

describe("discoverFunction", () => {
  it("looks at the option, the environment, SST's shell and its outputs, in this order", () => {
    outputs(root, '{"evaluator":"from-outputs"}');
    const all = { FANOPT_FUNCTION: "from-environment", ...shell };
    expect(discoverFunction("mine", all, inner)).toEqual({ name: "mine", from: "the option functionName" });
    expect(discoverFunction(undefined, all, inner)).toEqual({ name: "from-environment", from: "FANOPT_FUNCTION" });
    expect(discoverFunction(undefined, { ...shell, FANOPT_FUNCTION: "" }, inner)).toEqual({
      name: "from-shell",
      from: "sst shell",
    });
    expect(discoverFunction(undefined, {}, inner)).toEqual({
      name: "from-outputs",
      from: join(root, ".sst", "outputs.json"),
    });
  });

  it("takes the nearest outputs that know an evaluator", () => {
    outputs(root, '{"evaluator":"far"}');
    outputs(join(root, "a"), '{"api":"https://…"}');
    expect(discoverFunction(undefined, {}, inner).name).toBe("far");
    outputs(join(root, "a"), '{"evaluator":"near"}');
    expect(discoverFunction(undefined, {}, inner).name).toBe("near");
  });

  it("tells all ways when none says", () => {
    const message = (() => {
      try {
        discoverFunction(undefined, {}, inner);
      } catch (error) {
        return (error as Error).message;
      }
      return "";
    })();
    expect(message).toMatch(/^No Lambda function is known to evaluate with\./);
    for (const way of [
      "npx sst deploy",
      `(${inner})`,
      "npx sst shell",
      "FANOPT_FUNCTION=",
      "functionName:",
      "FANOPT_LAMBDA=local",
      "local: true",
    ])
      expect(message).toContain(way);
    expect(message).not.toContain("is there, but");
  });

  it("tells outputs that know no evaluator", () => {
    outputs(root, '{"evaluator":""}');
    expect(() => discoverFunction(undefined, {}, inner)).toThrow(
      `(${join(root, ".sst", "outputs.json")} is there, but has no output evaluator`,
    );
  });

  it.each([
    ["{", /outputs\.json is not JSON: /],
    ["3", /outputs\.json must hold a JSON object\./],
  ])("refuses outputs %j", (text, message) => {
    outputs(root, text);
    expect(() => discoverFunction(undefined, {}, inner)).toThrow(message);
  });

  it.each([
    ["{", /^the variable SST_RESOURCE_FanoptEvaluator is not JSON: /],
    ["[]", /must be a JSON object with a name, received \[\]\./],
    ['{"name":3}', /must be a JSON object with a name/],
  ])("refuses SST's variable %j", (SST_RESOURCE_FanoptEvaluator, message) => {
    expect(() => discoverFunction(undefined, { SST_RESOURCE_FanoptEvaluator }, inner)).toThrow(message);
  });
});

describe("discoverBucket", () => {
  it("looks where the function is looked for, by names of its own", () => {
    outputs(root, '{"artifacts":"from-outputs"}');
    const shellOfBucket = { SST_RESOURCE_FanoptArtifacts: '{"name":"from-shell"}' };
    const all = { FANOPT_ARTIFACTS: "arn:aws:s3:::from-environment", ...shellOfBucket };
    const found = (option: string | undefined, environment: Record<string, string>) =>
      Object.values(discoverBucket("Too large.", option, environment, inner)).join(" of ");
    expect(found("mine", all)).toBe("mine of the option artifacts.bucket");
    expect(found(undefined, all)).toBe("from-environment of FANOPT_ARTIFACTS");
    expect(found(undefined, shellOfBucket)).toBe("from-shell of sst shell");
    expect(found(undefined, {})).toBe(`from-outputs of ${join(root, ".sst", "outputs.json")}`);
  });

  it("says why one is needed, how to name one and what does without", () => {
    expect(() => discoverBucket("It has 9 MB.", undefined, {}, inner)).toThrow(
      /^It has 9 MB\. .*S3 bucket.*fanopt\/sst.*npx sst deploy.*FANOPT_ARTIFACTS=.*artifacts: \{ bucket: .*less data in args/s,
    );
  });
});
