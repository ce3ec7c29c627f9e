/** Batches that succeed, and one whose criterion throws. Prints what came back. */
import { createMpiExecutor, executorBatchEvaluator } from "fanopt";

const evaluate = executorBatchEvaluator(createMpiExecutor());
const factor = Float64Array.of(2, 3);
const scaled = (x: Float64Array): number => x[0] * factor[0] + x[1] * factor[1];

const args = Array.from({ length: 100 }, (_, i) => Float64Array.of(i, -i));
const values = await evaluate(scaled, args);

const delays = [30, 0, 20, 5, 10];
const order = await evaluate(async (ms: number) => {
  await new Promise((resolve) => setTimeout(resolve, ms));
  return ms;
}, delays);

const special = await evaluate((x: number) => x, [Number.NaN, -0, Number.POSITIVE_INFINITY]);
const pids = await evaluate(async () => {
  // Long enough for the other rank to take some.
  await new Promise((resolve) => setTimeout(resolve, 50));
  console.log("printed on a rank");
  return process.pid;
}, [0, 1, 2, 3]);
const trap = await evaluate(
  (address: number) => {
    // (module (memory 1) (func (export "load") (param i32) (result i32) (i32.load (local.get 0))))
    const bytes = Uint8Array.from(
      Buffer.from(
        "0061736d0100000001060160017f017f030201000503010001070801046c6f616400000a0901070020002802000b",
        "hex",
      ),
    );
    const { load } = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports as {
      load: (at: number) => number;
    };
    try {
      return `${load(address)}`;
    } catch (error) {
      return `${(error as Error).name}`;
    }
  },
  [2 ** 30],
);
const thrown = await evaluate(
  (x: number) => {
    if (x === 2) throw new RangeError(`no value at ${x}`);
    return x;
  },
  [1, 2],
).catch((error: unknown) => error);

console.log(
  JSON.stringify({
    correct: values.every((value, i) => value === scaled(args[i])),
    order,
    special: special.map((value) => (Object.is(value, -0) ? "-0" : String(value))),
    workers: new Set(pids).size,
    isWorker: pids.includes(process.pid),
    trap,
    thrown: thrown instanceof RangeError ? thrown.message : `${thrown}`,
    empty: await evaluate(scaled, []),
  }),
);
