import { describe, expect, it } from "vitest";
import { createThreadExecutor } from "../../../src/executors/threads/executor.ts";

describe("createThreadExecutor", () => {
  it.each<[unknown, string]>([
    [null, "options must be an object, received null."],
    [[], "options must be an object, received []."],
    [{ nworkers: 2 }, "unknown option nworkers. Did you mean nWorkers?"],
    [{ env: {} }, "unknown option env."],
    [{ nWorkers: 0 }, "nWorkers must be a positive integer, received 0."],
    [{ nWorkers: 1.5 }, "nWorkers must be a positive integer, received 1.5."],
    [{ nWorkers: "4" }, 'nWorkers must be a positive integer, received "4".'],
    [{ nWorkers: Number.NaN }, "nWorkers must be a positive integer, received NaN."],
    [{ memoryMB: 8 }, "memoryMB must be an integer of at least 16, received 8."],
    [{ memoryMB: 100.5 }, "memoryMB must be an integer of at least 16, received 100.5."],
    [{ chunkSize: 0 }, 'chunkSize must be a positive integer or "auto", received 0.'],
    [{ timeout: -1 }, "timeout must be a positive number of seconds, received -1."],
  ])("rejects %o", (options, message) => {
    expect(() => createThreadExecutor(options as object)).toThrow(`createThreadExecutor: ${message}`);
  });

  it.each([
    {},
    { nWorkers: undefined, memoryMB: undefined, chunkSize: undefined, timeout: undefined },
    { nWorkers: 3, memoryMB: 16, chunkSize: 4, timeout: 0.5 },
    { chunkSize: "auto" as const },
  ])("takes %o, and starts nothing", async (options) => {
    await createThreadExecutor(options).close();
  });
});
