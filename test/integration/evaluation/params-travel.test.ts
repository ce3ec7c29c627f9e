import { describe, expect, test } from "vitest";
import { createProcessExecutor, executorBatchEvaluator, leastSquares, minimize } from "../../../src/index.ts";

describe("params with Maps and objects without a prototype", () => {
  test("are the same for workers as for the driver, and come back as such", async () => {
    const params = {
      rates: new Map<string | number, number[]>([
        ["beta", [1, 2]],
        [3, [-0]],
      ]),
      bare: Object.assign(
        Object.create(null) as Record<string, number>,
        JSON.parse('{"__proto__": 4, "a": 5}') as object,
      ),
      weights: new Float64Array(2),
    };
    const start = structuredClone(params.rates);
    const fun = leastSquares((p: typeof params) => {
      if (Object.getPrototypeOf(p.bare) !== null || !(p.rates instanceof Map)) throw new Error("another type");
      const values: number[] = [
        p.rates.get("beta") ?? [],
        p.rates.get(3) ?? [],
        Object.values(p.bare),
        [...p.weights],
      ].flat();
      // What was captured travels in another way.
      return values.map((value, i) => value - i * (start.get("beta")?.[1] ?? Number.NaN));
    });
    const run = (batchEvaluator?: ReturnType<typeof executorBatchEvaluator>) =>
      minimize({ fun, params, algorithm: "levenberg-marquardt", batchEvaluator, progress: false });
    await using executor = createProcessExecutor({ nWorkers: 1 });
    const there = await run(executorBatchEvaluator(executor));
    const here = await run();
    expect(there.params).toStrictEqual(here.params);
    expect(Object.getPrototypeOf(there.params.bare)).toBe(null);
    expect([...there.params.rates.keys()]).toEqual(["beta", 3]);
    expect(there.history.length).toBe(here.history.length);
    for (let i = 0; i < here.history.length; i++)
      expect(there.history.row(i).params).toEqual(here.history.row(i).params);
  });
});
