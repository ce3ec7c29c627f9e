import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { findDeployed } from "../src/deployment.ts";
import { InvalidInputError } from "../src/errors.ts";
import { findBucket } from "../src/executors/lambda/discover.ts";
import { findTable } from "../src/recording/dynamodb/table-name.ts";

const resource = {
  option: { name: "bucket", value: undefined },
  variable: "FANOPT_ARTIFACTS",
  link: "FanoptArtifacts",
  output: "artifacts",
};

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fanopt-deployment-"));
  mkdirSync(join(folder, ".sst"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const outputs = (text: string) => writeFileSync(join(folder, ".sst", "outputs.json"), text);

it("finds nothing where nothing names it, also among the outputs of another app", () => {
  expect(findDeployed(resource, {}, folder)).toBeNull();
  outputs('{"api":"https://…","artifacts":""}');
  expect(findDeployed(resource, {}, folder)).toBeNull();
});

it("finds what names it", () => {
  outputs('{"artifacts":"from-outputs"}');
  expect(findDeployed(resource, {}, folder)?.name).toBe("from-outputs");
  expect(findDeployed(resource, { FANOPT_ARTIFACTS: "mine" }, folder)).toEqual({
    name: "mine",
    from: "FANOPT_ARTIFACTS",
  });
});

it("throws where what names it is damaged", () => {
  outputs("{");
  expect(() => findDeployed(resource, {}, folder)).toThrow(/outputs\.json is not JSON/);
  expect(() => findDeployed(resource, { SST_RESOURCE_FanoptArtifacts: "{}" }, folder)).toThrow(InvalidInputError);
});

it("finds table and bucket by their variables, the bucket also by its ARN", () => {
  const environment = { FANOPT_TABLE: "history", FANOPT_ARTIFACTS: "arn:aws:s3:::artifacts-of-mine" };
  expect(findTable(environment)).toEqual({ name: "history", from: "FANOPT_TABLE" });
  expect(findBucket(environment)).toEqual({ name: "artifacts-of-mine", from: "FANOPT_ARTIFACTS" });
});
