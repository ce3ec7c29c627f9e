import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { resolveTableName } from "../../src/recording/dynamodb/table-name.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fanopt-"));
  mkdirSync(join(folder, ".sst"));
  mkdirSync(join(folder, "packages", "driver"), { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true }));

const outputs = (text: string) => writeFileSync(join(folder, ".sst", "outputs.json"), text);
const shell = { SST_RESOURCE_FanoptHistory: '{"name":"from-shell","type":"sst.aws.Dynamo"}' };

describe("resolveTableName", () => {
  it("takes options, FANOPT_TABLE, sst shell and outputs.json in this order", () => {
    outputs('{"table":"from-outputs","function":"f"}');
    const env = { FANOPT_TABLE: "from-env", ...shell };
    expect(resolveTableName("given", env, folder)).toBe("given");
    expect(resolveTableName(undefined, env, folder)).toBe("from-env");
    expect(resolveTableName(undefined, { ...shell, FANOPT_TABLE: "" }, folder)).toBe("from-shell");
    expect(resolveTableName(undefined, {}, folder)).toBe("from-outputs");
  });

  it("finds outputs.json upward from the current folder", () => {
    outputs('{"table":"from-outputs"}');
    expect(resolveTableName(undefined, {}, join(folder, "packages", "driver"))).toBe("from-outputs");
  });

  it("tells all ways when there is none", () => {
    const resolve = () => resolveTableName(undefined, {}, folder);
    for (const way of [
      /createRunStore\(\{ kind: "dynamodb", table/,
      /FANOPT_TABLE/,
      /sst shell/,
      /sst deploy/,
      /"local"/,
    ])
      expect(resolve).toThrow(way);
    expect(resolve).toThrow(folder);
  });

  it("says what is wrong with a broken source instead of passing it over", () => {
    expect(() => resolveTableName(undefined, { SST_RESOURCE_FanoptHistory: "{" }, folder)).toThrow(
      /the variable SST_RESOURCE_FanoptHistory is not JSON: /,
    );
    outputs('{"function":"f"}');
    expect(() => resolveTableName(undefined, {}, folder)).toThrow(/outputs\.json is there, but has no output table/);
  });
});
