/** 100 MB to workers of this machine and back. */
import { afterAll, describe, expect, it } from "vitest";
import { createProcessExecutor, createThreadExecutor, executorBatchEvaluator } from "../../../src/index.ts";

const VALUES = 12_500_000;
const large = Float64Array.from({ length: VALUES }, (_, i) => Math.sqrt(i));

describe.each([
  ["threads", createThreadExecutor],
  ["processes", createProcessExecutor],
])("%s", (_name, create) => {
  const executor = create({ nWorkers: 2 });
  afterAll(() => executor.close());
  const evaluate = executorBatchEvaluator(executor);

  it("take an argument of 100 MB", async () => {
    const last = (values: Float64Array): number => values[values.length - 1] + values.length;
    expect(await evaluate(last, [large])).toEqual([Math.sqrt(VALUES - 1) + VALUES]);
    expect(large.length).toBe(VALUES);
  });

  it("give back 100 MB", async () => {
    const make = (n: number): Float64Array => Float64Array.from({ length: n }, (_, i) => Math.sqrt(i));
    const [made] = await evaluate(make, [VALUES]);
    // Not by toEqual: it takes a minute.
    expect(Buffer.compare(Buffer.from((made as Float64Array).buffer), Buffer.from(large.buffer))).toBe(0);
  });

  it("take captured data of 100 MB", async () => {
    const at = (i: number): number => large[i];
    expect(await evaluate(at, [4, 9, 16, VALUES - 1])).toEqual([2, 3, 4, Math.sqrt(VALUES - 1)]);
  });
});
