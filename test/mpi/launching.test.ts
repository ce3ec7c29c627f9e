/** Programs that were not started as they must be: what they say, with the line to use. */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { launchers, reportOf, runJob } from "./launchers.ts";

const LINE = "mpiexec -n 3 node --import fanopt/mpi test/mpi/programs/uses-mpi.ts";
const withoutKoffi = ["--import", join(import.meta.dirname, "programs", "without-koffi.mjs"), "--import", "fanopt/mpi"];

describe.each(launchers)("under $name", (launcher) => {
  it("needs a rank that evaluates", async () => {
    const ended = await runJob(launcher, "uses-mpi.ts", { ranks: 1 });
    expect(ended).toMatchObject({ code: 3, orphans: [] });
    expect(reportOf(ended)).toMatchObject({ name: "InfrastructureError", code: "mpi-no-workers" });
    expect(reportOf(ended).message).toContain(LINE);
  });

  it("needs --import, and says so on each rank", async () => {
    const { code, orphans, stdout } = await runJob(launcher, "uses-mpi.ts", { nodeOptions: [] });
    expect({ code, orphans }).toEqual({ code: 3, orphans: [] });
    expect(stdout).toContain('"code":"mpi-not-imported"');
    expect(stdout).toContain(LINE);
    expect(stdout).not.toContain("value");
  });

  it("needs the program on rank 0 alone", async () => {
    const ended = await runJob(launcher, "uses-mpi.ts", { otherProgram: "nowhere.ts" });
    expect(ended).toMatchObject({ code: 0, stdout: "value 2\n", stderr: "", orphans: [] });
  });

  it("says so when another program is between, and its connection did not come through", async () => {
    const { throughAnother } = launcher;
    const program = join(import.meta.dirname, "programs", "uses-mpi.ts");
    const { code, orphans, stdout, stderr } = await runJob(launcher, "wrapper.mjs", {
      nodeOptions: [],
      args: [program],
    });
    expect({ code, orphans }).toEqual({ code: throughAnother.code, orphans: [] });
    expect(stdout + stderr).toContain(throughAnother.says);
  });

  it("says so when another copy of fanopt joined the job", async () => {
    const copy = pathToFileURL(join(import.meta.dirname, "..", "..", "src", "executors", "mpi", "launch.ts")).href;
    const ended = await runJob(launcher, "uses-mpi.ts", { nodeOptions: ["--import", copy] });
    expect(ended).toMatchObject({ code: 3, orphans: [] });
    expect(reportOf(ended)).toMatchObject({ name: "InfrastructureError", code: "mpi-two-copies" });
  });

  it.each(["all", "1"])("needs koffi: %s", async (WITHOUT_KOFFI) => {
    const { code, orphans, stderr } = await runJob(launcher, "uses-mpi.ts", {
      nodeOptions: withoutKoffi,
      env: { WITHOUT_KOFFI },
    });
    expect({ code, orphans }).toEqual({ code: 1, orphans: [] });
    expect(stderr).toContain(WITHOUT_KOFFI === "all" ? "npm install koffi" : "rank-1@");
    if (WITHOUT_KOFFI === "all") expect(stderr).toContain(LINE);
  });

  it("says so when Node may not load koffi", async () => {
    const { code, orphans, stderr } = await runJob(launcher, "uses-mpi.ts", {
      nodeOptions: ["--permission", "--allow-fs-read=*", "--import", "fanopt/mpi"],
    });
    expect({ code, orphans }).toEqual({ code: 1, orphans: [] });
    expect(stderr).toContain("mpi-koffi-missing");
    expect(stderr).toContain("--allow-addons");
    expect(stderr).not.toContain("npm install koffi");
  });

  it("refuses a library of the other family", async () => {
    const { code, orphans, stderr } = await runJob(launcher, "uses-mpi.ts", {
      env: { FANOPT_MPI_LIBRARY: launcher.otherLibrary },
    });
    expect({ code, orphans }).toEqual({ code: 1, orphans: [] });
    expect(stderr).toContain("mpi-wrong-library");
    expect(stderr).toContain(LINE);
  });

  it("says which library it looked for", async () => {
    const { code, orphans, stderr } = await runJob(launcher, "uses-mpi.ts", {
      env: { FANOPT_MPI_LIBRARY: "/nowhere/libmpi.so" },
    });
    expect({ code, orphans }).toEqual({ code: 1, orphans: [] });
    expect(stderr).toContain("mpi-library-missing");
    expect(stderr).toContain("/nowhere/libmpi.so: ");
    expect(stderr).toContain(LINE);
  });
});

it.each([
  ["with --import", undefined],
  ["without it", [] as string[]],
])("needs a launcher: %s", async (_, nodeOptions) => {
  const ended = await runJob(null, "uses-mpi.ts", nodeOptions === undefined ? {} : { nodeOptions });
  expect(ended).toMatchObject({ code: 3, orphans: [] });
  expect(reportOf(ended)).toMatchObject({ name: "InfrastructureError", code: "mpi-not-launched" });
  expect(reportOf(ended).message).toContain(LINE);
});

it("lets a program that does not use it run plainly", async () => {
  expect(await runJob(null, "plain.ts")).toMatchObject({ code: 0, stdout: "plain program\n" });
});
