import { describe, expect, it } from "vitest";
import {
  createThreadExecutor,
  type DenseMatrix,
  defineCriterion,
  executorBatchEvaluator,
  firstDerivative,
  leastSquares,
  secondDerivative,
} from "../../src/index.ts";
import type { soundResiduals } from "../fixtures/criteria.ts";

const entries = ({ rows, columns, data }: DenseMatrix): number[][] =>
  Array.from({ length: rows }, (_, i) => Array.from(data.subarray(i * columns, (i + 1) * columns)));
const close = (value: number) => expect.closeTo(value, 8);

describe("points of a derivative", () => {
  it("are evaluated by workers, which get the function with what it refers to", async () => {
    await using executor = createThreadExecutor({ nWorkers: 2 });
    const factor = [3, 4];
    const fun = ({ a, b }: { a: number; b: number }) => [factor[0] * a * b, factor[1] * Math.exp(b)];
    const options = { fun, params: { a: 2, b: 0.5 }, richardson: 1 };
    const there = await firstDerivative({ ...options, batchEvaluator: executorBatchEvaluator(executor) });
    const here = await firstDerivative(options);
    expect(there.jacobian).toEqual(here.jacobian);
    expect(entries(there.jacobian)).toEqual([
      [close(1.5), close(6)],
      [close(0), close(4 * Math.exp(0.5))],
    ]);
  });

  it("of a module's export are evaluated there", async () => {
    await using executor = createThreadExecutor({ nWorkers: 1 });
    const module = new URL("../fixtures/criteria.ts", import.meta.url);
    const fun = defineCriterion<typeof soundResiduals>(module, { export: "soundResiduals" });
    for (const batchEvaluator of ["serial", executorBatchEvaluator(executor)] as const) {
      const { derivative } = await firstDerivative({ fun, params: { x: 1.5, y: 2 }, batchEvaluator });
      expect(derivative).toEqual([
        { x: close(1), y: close(0) },
        { x: close(-30), y: close(10) },
        { x: close(0), y: close(0) },
      ]);
    }
  });

  it("of a marked function are evaluated with what it refers to now", async () => {
    await using executor = createThreadExecutor({ nWorkers: 1 });
    const data = { factor: 3 };
    const fun = leastSquares((a: number) => [data.factor * a]);
    const options = { fun, params: 2, batchEvaluator: executorBatchEvaluator(executor) };
    expect((await firstDerivative(options)).derivative).toEqual([close(3)]);
    data.factor = 5;
    expect((await firstDerivative(options)).derivative).toEqual([close(5)]);
  });
});

describe("the second derivative", () => {
  it("comes from workers to the bit", async () => {
    await using executor = createThreadExecutor({ nWorkers: 2 });
    const factor = [2, 3];
    const fun = ([a, b]: number[]) => factor[0] * Math.sin(a) * b + factor[1] * b ** 3;
    const options = { fun, params: [1, 2] };
    const there = await secondDerivative({ ...options, batchEvaluator: executorBatchEvaluator(executor) });
    expect(there.hessian).toEqual((await secondDerivative(options)).hessian);
  });
});
