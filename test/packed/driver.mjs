/**
 * A user's driver in plain JavaScript: points evaluated by the embedded Lambda, the run read back from the embedded DynamoDB; the same on threads and
 * on processes.
 */
import assert from "node:assert/strict";
import { defineCriterion, leastSquares, minimize, openRun } from "fanopt";

const times = [0, 1, 2, 3, 4, 5];
const observed = times.map((time) => 3 * Math.exp(-0.5 * time));
const criterion = defineCriterion(new URL("./model.mjs", import.meta.url), {
  export: "residuals",
  args: [times, observed],
});

const options = {
  fun: leastSquares(criterion),
  params: { level: 1, rate: 1 },
  algorithm: "levenberg-marquardt",
  progress: false,
};
const result = await minimize({ ...options, batchEvaluator: "lambda", store: "local" });

assert.ok(result.success, String(result));
assert.ok(Math.abs(result.params.level - 3) < 1e-8, `level is ${result.params.level}, expected 3`);
assert.ok(Math.abs(result.params.rate - 0.5) < 1e-8, `rate is ${result.params.rate}, expected 0.5`);

const { history } = await openRun(result.runId, { store: "local" });
assert.equal(history.length, result.history.length);
console.log(`level ${result.params.level}, rate ${result.params.rate}, ${history.length} points in the store`);

for (const batchEvaluator of ["threads", "processes"]) {
  const { params } = await minimize({ ...options, batchEvaluator });
  assert.deepEqual(params, result.params);
}
