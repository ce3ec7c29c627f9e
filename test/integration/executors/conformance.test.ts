/** Every executor does what fanopt/testing says. */
import { describe, it } from "vitest";
import { type ConformanceSetting, executorConformance } from "../../../src/testing/index.ts";

const module = new URL("../../fixtures/executors.ts", import.meta.url);

const executors: Readonly<Record<string, Omit<ConformanceSetting, "module">>> = {
  "an adapter of ten lines, in this process": {
    export: "createInProcess",
    nWorkers: 3,
    isolation: "none",
    disposable: false,
  },
  "an executor with map alone": {
    export: "createMapOnly",
    nWorkers: 3,
    isolation: "none",
    disposable: false,
    cancels: false,
  },
  "an executor with map alone, over processes": {
    export: "createMapOnProcesses",
    points: 500,
    cancels: false,
    workerDeath: "fails-batch",
  },
  "worker threads": { export: "createThreads", isolation: "thread" },
  "worker processes": { export: "createProcesses" },
  "the embedded Lambda": { export: "createEmbeddedLambda" },
};

describe.each(Object.entries(executors))("%s", (_name, setting) => {
  for (const { name, run } of executorConformance({ module, ...setting })) it(name, run, 90_000);
});
