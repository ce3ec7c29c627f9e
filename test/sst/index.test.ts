import { expect, it } from "vitest";
import { InvalidInputError } from "../../src/errors.ts";
import { listingPartition, runKey, ttlAttribute } from "../../src/recording/dynamodb/keys.ts";
import {
  type ArtifactsBucketOptions,
  fanoptArtifacts,
  fanoptEvaluator,
  fanoptHistory,
  type HistoryOptions,
} from "../../src/sst/index.ts";

it.each([
  ["fanoptEvaluator", fanoptEvaluator],
  ["fanoptHistory", fanoptHistory],
  ["fanoptArtifacts", fanoptArtifacts],
])("%s says where it works when it is called elsewhere", (name, create) => {
  expect(() => create()).toThrow(InvalidInputError);
  expect(() => create()).toThrow(`${name} creates resources of SST and works inside sst deploy only`);
});

it.each([0, 1.5, -1, Number.NaN, "30"])("artifacts cannot expire after %j days", (expireDays) => {
  expect(() => fanoptArtifacts({ expireDays } as ArtifactsBucketOptions)).toThrow(
    "expireDays must be a whole number of days from 1",
  );
});

it("unknown options are refused with the nearest", () => {
  expect(() => fanoptHistory({ deletionprotect: true } as HistoryOptions)).toThrow("Did you mean deletionProtection?");
  expect(() => fanoptArtifacts({ expireDay: 3 } as ArtifactsBucketOptions)).toThrow("Did you mean expireDays?");
});

it("the table has the keys and the attribute that runs are written with", () => {
  // test/deploy/rules.ts holds what is deployed to these names.
  expect([runKey("x"), ttlAttribute]).toEqual([{ pk: listingPartition, sk: "x" }, "expiresAt"]);
});
