import { describe, expect, it } from "vitest";
import { createProcessExecutor } from "../../../src/executors/processes/executor.ts";

describe("createProcessExecutor", () => {
  it.each<[unknown, string]>([
    [3, "options must be an object, received 3."],
    [{ memory: 2 }, "unknown option memory. Did you mean memoryMB?"],
    [{ nWorkers: -1 }, "nWorkers must be a positive integer, received -1."],
    [{ memoryMB: "512" }, 'memoryMB must be an integer of at least 16, received "512".'],
    [{ env: "A=1" }, 'env must be an object of strings, received "A=1".'],
    [{ env: ["A=1"] }, 'env must be an object of strings, received ["A=1"].'],
    [{ env: { OMP_NUM_THREADS: 1 } }, 'env must be an object of strings, received {"OMP_NUM_THREADS":1}.'],
    [
      { execArgv: "--expose-gc" },
      'execArgv must be an array of strings such as ["--expose-gc"], received "--expose-gc".',
    ],
    [{ execArgv: [1] }, 'execArgv must be an array of strings such as ["--expose-gc"], received [1].'],
    [{ chunkSize: "all" }, 'chunkSize must be a positive integer or "auto", received "all".'],
    [{ timeout: "3" }, 'timeout must be a positive number of seconds, received "3".'],
  ])("rejects %o", (options, message) => {
    expect(() => createProcessExecutor(options as object)).toThrow(`createProcessExecutor: ${message}`);
  });

  it.each([
    {},
    { nWorkers: undefined, memoryMB: undefined, env: undefined, execArgv: undefined },
    { nWorkers: 3, memoryMB: 512, env: { OMP_NUM_THREADS: "1" }, execArgv: ["--expose-gc"], chunkSize: 4, timeout: 2 },
  ])("takes %o, and starts nothing", async (options) => {
    await createProcessExecutor(options).close();
  });
});
