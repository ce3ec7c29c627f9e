import { describe, expect, it } from "vitest";
import { executorBatchEvaluator } from "../../src/evaluation/executor-batch-evaluator.ts";
import { resolveBatchEvaluator } from "../../src/evaluation/resolve.ts";
import { serialBatchEvaluator } from "../../src/evaluation/serial.ts";
import { careless, mapOnly } from "./executors.ts";

describe("resolveBatchEvaluator", () => {
  it("knows names, and a function is itself", () => {
    expect(resolveBatchEvaluator("serial")).toBe(serialBatchEvaluator);
    for (const name of ["threads", "processes", "mpi", "lambda"] as const)
      expect(resolveBatchEvaluator(name)).toBeTypeOf("function");
    const own = executorBatchEvaluator(careless);
    expect(resolveBatchEvaluator(own)).toBe(own);
  });

  it.each([
    [
      "serail",
      'batchEvaluator: unknown batch evaluator "serail". Did you mean serial? Known: lambda, mpi, processes, serial, threads.',
    ],
    ["dask", 'batchEvaluator: unknown batch evaluator "dask". Known: lambda, mpi, processes, serial, threads.'],
    ["toString", 'batchEvaluator: unknown batch evaluator "toString". Known: lambda, mpi, processes, serial, threads.'],
  ])("refuses the name %s", (name, message) => {
    expect(() => resolveBatchEvaluator(name as never)).toThrow(message);
  });

  it.each([careless, mapOnly, { submitAll: async () => {} }])("tells to wrap an executor", (executor) => {
    expect(() => resolveBatchEvaluator(executor as never)).toThrow(
      /Wrap the executor: executorBatchEvaluator\(executor\)/,
    );
  });

  it.each([undefined, null, 3, {}])("refuses %s", (value) => {
    expect(() => resolveBatchEvaluator(value as never)).toThrow(
      /batchEvaluator must be a name \(serial, threads, processes, mpi, lambda\) or a function/,
    );
  });
});
