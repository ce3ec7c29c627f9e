import { describe, expect, it } from "vitest";
import { InvalidInputError } from "../../../src/errors.ts";
import { createMpiExecutor, mpiExecutor, resetMpi } from "../../../src/executors/mpi/executor.ts";

describe("createMpiExecutor", () => {
  it.each([
    ["an unknown option", { chunksize: 1 }, "unknown option chunksize. Did you mean chunkSize?"],
    ["a wrong one", { timeout: -1 }, "timeout must be a positive number"],
    ["no options", null, "options must be an object, received null"],
  ])("refuses %s", (_, options, message) => {
    const make = () => createMpiExecutor(options as never);
    expect(make).toThrow(InvalidInputError);
    expect(make).toThrow(message);
  });

  it("says how to start the program when it is used without a launcher", async () => {
    await expect(createMpiExecutor().submit((x: number) => x, 1)).rejects.toMatchObject({
      name: "InfrastructureError",
      code: "mpi-not-launched",
      message: expect.stringContaining("mpiexec -n 3 node --import fanopt/mpi "),
    });
  });
});

describe("the executor of the name", () => {
  it("is one, until it is reset", async () => {
    const first = mpiExecutor();
    expect(mpiExecutor()).toBe(first);
    await resetMpi();
    expect(mpiExecutor()).not.toBe(first);
    await expect(first.submit((x: number) => x, 1)).rejects.toMatchObject({ code: "executor-closed" });
    await resetMpi();
  });
});
