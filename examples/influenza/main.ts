/**
 * Fits a susceptible–infected–recovered model to the influenza outbreak at a boarding school in 1978, by least squares. Every point is
 * evaluated by a Lambda function: here the embedded one, with FANOPT_FUNCTION set the deployed one.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { createLambdaExecutor, defineCriterion, executorBatchEvaluator, leastSquares, minimize, openRun } from "fanopt";
import { criterionChart, criterionPlot, fitPlot, terminalChart } from "fanopt/plots";
import { type residuals, type SirParams, simulate } from "./model.ts";
import { readInfluenzaData } from "./read-data.ts";

const { days, inBed } = readInfluenzaData();
const deployed = process.env.FANOPT_FUNCTION !== undefined;
const interrupted = new AbortController();
process.once("SIGINT", () => interrupted.abort(new Error("interrupted by Ctrl-C")));

await using executor = createLambdaExecutor(deployed ? {} : { local: true });
const start: SirParams = { beta: 2, gamma: 0.5 };
const result = await minimize({
  fun: leastSquares(
    defineCriterion<typeof residuals>(new URL("./model.ts", import.meta.url), {
      export: "residuals",
      args: [days, inBed],
    }),
  ),
  params: start,
  bounds: { lower: { beta: 0, gamma: 0 } },
  algorithm: "levenberg-marquardt",
  batchEvaluator: executorBatchEvaluator(executor),
  store: "local",
  runName: "influenza 1978",
  signal: interrupted.signal,
});

// What is shown from here on was read back from the store.
const { history } = await openRun(result.runId, { store: "local" });
const curveDays = Array.from({ length: 141 }, (_, i) => i / 10);
const fitted = { name: "SIR model", x: curveDays, y: simulate(result.params, curveDays) };
const observed = { name: "pupils in bed", x: days, y: inBed };

console.log(`
${result}

Basic reproduction number β/γ: ${(result.params.beta / result.params.gamma).toFixed(2)}
${deployed ? "Lambda" : "Embedded Lambda"}: ${executor.counts.invocations} invocations, ${executor.counts.coldStarts} cold starts

${terminalChart({
  title: "Influenza at a boarding school, 1978",
  xLabel: "day",
  yLabel: "pupils in bed",
  color: process.stdout.hasColors?.() ?? false,
  series: [
    { kind: "line", ...fitted },
    { kind: "points", ...observed },
  ],
})}

${criterionChart(history, "minimize")}
`);

const folder = "fanopt-results";
await mkdir(folder, { recursive: true });
const pictures = {
  "influenza-fit.svg": fitPlot({
    observed,
    fitted,
    title: "Influenza at a boarding school, 1978",
    subtitle: `SIR model by least squares: β = ${result.params.beta.toFixed(4)}, γ = ${result.params.gamma.toFixed(4)} per day`,
    xTitle: "day",
    yTitle: "pupils in bed",
  }),
  "influenza-history.svg": criterionPlot(history, { title: "Sum of squared residuals", yTitle: "sum of squares" }),
};
for (const [name, plot] of Object.entries(pictures)) await writeFile(join(folder, name), await plot.svg());
console.log(
  `Pictures: ${Object.keys(pictures)
    .map((name) => relative("", join(folder, name)))
    .join(", ")}`,
);
