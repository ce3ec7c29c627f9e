/**
 * Calibrates the stochastic SIR model to the same outbreak: thousands of simulated epidemics a point, no derivative. The batches of the
 * parallel Nelder–Mead method are evaluated by the embedded Lambda; the first rounds again one point after the other, to compare.
 */
import { availableParallelism } from "node:os";
import { createLambdaExecutor, defineCriterion, executorBatchEvaluator, type MinimizeOptions, minimize } from "fanopt";
import { terminalChart } from "fanopt/plots";
import { readInfluenzaData } from "../influenza/read-data.ts";
import { type criterion, meanOutbreak, type SirParams } from "./model.ts";

const { days, inBed } = readInfluenzaData();
const nEpidemics = 6000;
const roundsToCompare = 5;
const interrupted = new AbortController();
process.once("SIGINT", () => interrupted.abort(new Error("interrupted by Ctrl-C")));

const problem: MinimizeOptions<SirParams> = {
  fun: defineCriterion<typeof criterion>(new URL("./model.ts", import.meta.url), {
    export: "criterion",
    args: [inBed, { nEpidemics }],
  }),
  params: { beta: 1, gamma: 0.3 },
  bounds: { lower: { beta: 0.1, gamma: 0.05 }, upper: { beta: 5, gamma: 2 } },
  algorithm: "nelder-mead-parallel",
  signal: interrupted.signal,
};

await using executor = createLambdaExecutor({ local: true });
const result = await minimize({
  ...problem,
  batchEvaluator: executorBatchEvaluator(executor),
  store: "local",
  runName: "influenza 1978, stochastic",
});
const { history } = result;

// The same first rounds in this process: the same points to the bit, one after the other.
const nCompared = history.batch.filter((batch) => batch < roundsToCompare).length;
const serial = await minimize({
  ...problem,
  batchEvaluator: "serial",
  maxFunEvals: nCompared,
  runName: "the same, serial",
});
const same = serial.history.fun.every((value, i) => Object.is(value, history.fun[i]));
const firstRounds = wallClock(history.startedAt.slice(0, nCompared), history.stoppedAt.slice(0, nCompared));
const firstRoundsSerial = wallClock(serial.history.startedAt, serial.history.stoppedAt);

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

The first ${nCompared} points: ${seconds(firstRoundsSerial)} one after the other, ${seconds(firstRounds)} on the embedded Lambda
(${availableParallelism()} processors, cold starts included): ${(firstRoundsSerial / firstRounds).toFixed(2)} times as fast, ${same ? "with the same values to the bit" : "BUT WITH OTHER VALUES"}.
`);
if (!same) process.exitCode = 1;

function wallClock(startedAt: Float64Array, stoppedAt: Float64Array): number {
  return Math.max(...stoppedAt) - Math.min(...startedAt);
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}
