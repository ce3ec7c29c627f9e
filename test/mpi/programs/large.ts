/** 100 MB there and back, as argument, result and captured data. */
import { createMpiExecutor, executorBatchEvaluator } from "fanopt";

const LENGTH = 12_500_000;
const evaluate = executorBatchEvaluator(createMpiExecutor());
const large = Float64Array.from({ length: LENGTH }, (_, i) => i);
const isSame = (value: unknown): boolean =>
  value instanceof Float64Array && value.length === LENGTH && value.every((one, i) => one === i);

const [echoed] = await evaluate((x: Float64Array) => x, [large]);
const captured = await evaluate(
  async (i: number) => {
    await new Promise((resolve) => setTimeout(resolve, 100));
    return large[i] + large.length;
  },
  [7, 12_499_999],
);
console.log(JSON.stringify({ bytes: large.byteLength, echoed: isSame(echoed), captured }));
