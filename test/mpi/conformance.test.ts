/** Ranks do what fanopt/testing says of every executor, under both launchers: one program runs the checks on rank 0. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ConformanceSetting, executorConformance } from "../../src/testing/index.ts";
import { ConformanceRun } from "../fixtures/conformance-run.ts";
import { launchers } from "./launchers.ts";

const ranks = 3;
// Open MPI refuses root, as containers have it, without both.
const env = { ...process.env, OMPI_ALLOW_RUN_AS_ROOT: "1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: "1" };

describe.each(launchers)("under $name", ({ command, args }) => {
  const node = [process.execPath, "--import", "fanopt/mpi"];
  const launch = [command, ...args, "-n", String(ranks), ...node];
  const setting: ConformanceSetting = {
    module: new URL("./programs/conformance-executor.ts", import.meta.url).href,
    nWorkers: ranks - 1,
    // A rank that is killed ends the whole job: that is MPI's.
    isolation: "thread",
    command: launch,
  };
  let onRanks: ConformanceRun;
  let programs: ConformanceRun;
  beforeAll(() => {
    onRanks = new ConformanceRun(launch, setting, "others", env);
    // A job in a job is not MPI's: what runs programs of its own is no rank.
    programs = new ConformanceRun([process.execPath], setting, "lifetime", env);
  });
  afterAll(async () => {
    await onRanks?.[Symbol.asyncDispose]();
    await programs?.[Symbol.asyncDispose]();
  });

  for (const { name, group } of executorConformance(setting))
    it(name, () => (group === "lifetime" ? programs : onRanks).result(name), 120_000);

  it("the job that ran the checks ends by itself", async () => {
    expect([await onRanks.end(), await programs.end()]).toEqual(["ended with 0", "ended with 0"]);
  });
});
