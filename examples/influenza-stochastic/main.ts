/**
 * Calibrates the stochastic SIR model to the same outbreak: thousands of simulated epidemics a point, no derivative. The batches of the
 * parallel Nelder–Mead method are evaluated by the embedded Lambda; then one batch is evaluated there and one point after the other, to compare.
 */
import { availableParallelism } from "node:os";
import {
  algorithms,
  createLambdaExecutor,
  defineCriterion,
  executorBatchEvaluator,
  minimize,
  resolveBatchEvaluator,
} from "fanopt";
import { terminalChart } from "fanopt/plots";
import { readInfluenzaData } from "../influenza/read-data.ts";
import { type criterion, meanOutbreak } from "./model.ts";

const { days, inBed } = readInfluenzaData();
const nEpidemics = 3000;
const interrupted = new AbortController();
process.once("SIGINT", () => interrupted.abort(new Error("interrupted by Ctrl-C")));

const fun = defineCriterion<typeof criterion>(new URL("./model.ts", import.meta.url), {
  export: "criterion",
  args: [inBed, { nEpidemics }],
});
await using executor = createLambdaExecutor({ local: true });
const onLambda = executorBatchEvaluator(executor);
const result = await minimize({
  fun,
  params: { beta: 1, gamma: 0.3 },
  bounds: { lower: { beta: 0.1, gamma: 0.05 }, upper: { beta: 5, gamma: 2 } },
  // The criterion is a step function: below a thousandth its steps are all there is to see.
  algorithm: algorithms.nelderMeadParallel({ parallelism: 2, simplexTolerance: 1e-3, funTolerance: 1e-3 }),
  batchEvaluator: onLambda,
  signal: interrupted.signal,
  store: "local",
  runName: "influenza 1978, stochastic",
});

// One batch around the estimate, both ways: the same values to the bit, in less time.
const { beta, gamma } = result.params;
const batch = Array.from({ length: 16 }, (_, i) => ({ beta: beta * (1 + i / 100), gamma }));
const [serialValues, serialTime] = await timed(() => resolveBatchEvaluator("serial")(fun, batch));
const [values, time] = await timed(() => onLambda(fun, batch));
const same = values.every((value, i) => Object.is(value, serialValues[i]));

console.log(`
${result}

${terminalChart({
  title: "Influenza at a boarding school, 1978: mean of simulated outbreaks",
  xLabel: "day",
  yLabel: "pupils in bed",
  color: process.stdout.hasColors?.() ?? false,
  series: [
    { kind: "line", name: "mean outbreak", x: days, y: meanOutbreak(result.params, days, { nEpidemics }) },
    { kind: "points", name: "pupils in bed", x: days, y: inBed },
  ],
})}

A batch of ${batch.length} points: ${seconds(serialTime)} one after the other, ${seconds(time)} on the embedded Lambda with ${availableParallelism()} processors.
Speed-up over "serial", measured: ${(serialTime / time).toFixed(2)}, ${same ? "with the same values to the bit" : "BUT WITH OTHER VALUES"}.
`);
if (!same) process.exitCode = 1;

async function timed<T>(task: () => Promise<T>): Promise<[T, number]> {
  const start = performance.now();
  return [await task(), performance.now() - start];
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}
