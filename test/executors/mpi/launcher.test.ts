import { afterEach, describe, expect, it, vi } from "vitest";
import { detectLauncher, isUnderMpi } from "../../../src/executors/mpi/launcher.ts";

describe("the launcher", () => {
  it("is Open MPI's by its variables, also where PMIx has set others", () => {
    expect(
      detectLauncher({ OMPI_COMM_WORLD_RANK: "2", OMPI_COMM_WORLD_SIZE: "4", PMIX_RANK: "2", SLURM_NTASKS: "9" }),
    ).toEqual({ family: "openmpi", name: "Open MPI's mpiexec", rank: 2, size: 4 });
  });

  it("is MPICH's by PMI", () => {
    expect(detectLauncher({ PMI_RANK: "0", PMI_SIZE: "3", PMI_FD: "6" })).toEqual({
      family: "mpich",
      name: "MPICH's mpiexec",
      rank: 0,
      size: 3,
    });
  });

  it("is srun by PMI with a job, as Slurm's plugin for pmi2 sets it", () => {
    const env = { PMI_RANK: "1", PMI_SIZE: "8", PMI_FD: "12", PMI_JOBID: "77.0", SLURM_JOB_ID: "77" };
    expect(detectLauncher(env)).toMatchObject({ family: "mpich", name: "srun --mpi=pmi2", rank: 1, size: 8 });
  });

  it("is srun of either family by PMIx; the step counts, not the allocation", () => {
    expect(detectLauncher({ PMIX_RANK: "3", SLURM_NTASKS: "64", SLURM_STEP_NUM_TASKS: "16" })).toEqual({
      family: null,
      name: "srun --mpi=pmix",
      rank: 3,
      size: 16,
    });
    expect(detectLauncher({ PMIX_RANK: "3", SLURM_NTASKS: "64" })).toMatchObject({ size: 64 });
  });

  it.each([
    ["nothing", {}],
    ["a batch script of Slurm, without srun", { SLURM_JOB_ID: "1", SLURM_NTASKS: "8", SLURM_PROCID: "0" }],
    ["half of what a launcher sets", { PMI_RANK: "0" }],
    ["what is no number", { PMI_RANK: "", PMI_SIZE: "x" }],
  ])("is none by %s", (_, env) => {
    expect(detectLauncher(env)).toBeUndefined();
  });
});

describe("isUnderMpi", () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it.each([
    ["MPICH's", { PMI_RANK: "0", PMI_SIZE: "3" }],
    ["Open MPI's", { OMPI_COMM_WORLD_RANK: "0", OMPI_COMM_WORLD_SIZE: "3" }],
    ["Slurm's, by PMIx", { PMIX_RANK: "0", SLURM_STEP_NUM_TASKS: "3" }],
  ])("is true by the variables of a launcher: %s", (_, env) => {
    expect(isUnderMpi()).toBe(false);
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
    expect(isUnderMpi()).toBe(true);
  });

  it("is false in a batch script of Slurm, without srun", () => {
    vi.stubEnv("SLURM_NTASKS", "8");
    expect(isUnderMpi()).toBe(false);
  });
});
