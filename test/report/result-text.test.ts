import { describe, expect, test } from "vitest";
import { formatResult, type ResultForText } from "../../src/report/result-text.ts";
import { noUsage } from "../../src/usage.ts";

const change = {
  relativeCriterionChange: 2.5e-11,
  relativeParamsChange: 3e-9,
  absoluteCriterionChange: 1e-5,
  absoluteParamsChange: 0.012345,
};
const converged: ResultForText = {
  direction: "minimize",
  success: true,
  message: "The gradient is zero up to rounding.",
  algorithm: "levenberg-marquardt",
  fun: 4121.94,
  violation: 0,
  startViolation: 0,
  startFun: 120321.34,
  nFunEvals: 1096,
  nJacEvals: 0,
  nBatches: 14,
  nIterations: 12,
  nFailed: 0,
  paramNames: ["beta", "gamma"],
  startParams: Float64Array.of(1, 0.2),
  params: Float64Array.of(1.6692, 0.4435),
  convergenceReport: { oneStep: change, fiveSteps: { ...change, relativeCriterionChange: 0.5 } },
  location: "run 01J in DynamoDB table fanopt (local, .fanopt/dynamodb)",
  elapsedMs: 3211,
};

/** Prose is wrapped: where lines break is not what is tested. */
function unwrapped(result: ResultForText): string {
  return formatResult(result).replace(/\s+/g, " ");
}

test("a converged run reads as prose, estimates, convergence and location, in this order", () => {
  const text = formatResult(converged);
  expect(unwrapped(converged)).toContain(
    "Minimize with 2 free parameters terminated successfully after 1,096 evaluations of the criterion, in 14 rounds " +
      "and 12 iterations. It took 3.2 s of wall-clock time. The value of the criterion improved from 120321 to 4121.94. " +
      "The algorithm levenberg-marquardt reported: The gradient is zero up to rounding.",
  );
  expect(text).toContain(
    [
      "parameter  start  estimate",
      "─────────  ─────  ────────",
      "beta           1    1.6692",
      "gamma        0.2    0.4435",
    ].join("\n"),
  );
  expect(text).toMatch(/relative criterion change +2\.5e-11 \*\*\* +0\.5\n/);
  expect(text).toMatch(/relative params change +3e-9 \*\* +3e-9 \*\*\n/);
  expect(text).toMatch(/absolute criterion change +1e-5 \* +1e-5 \*\n/);
  expect(text).toMatch(/absolute params change +0\.01235 +0\.01235\n/);
  expect(text.endsWith("Stored: run 01J in DynamoDB table fanopt (local, .fanopt/dynamodb)")).toBe(true);
  const order = ["Minimize with", "reported:", "estimate", "five steps", "Stored:"].map((part) => text.indexOf(part));
  expect(order).toEqual(order.toSorted((a, b) => a - b));
});

test("an unsuccessful run says so and does not call its estimates a solution", () => {
  const text = unwrapped({ ...converged, success: false, message: "Stopped at maxFunEvals = 96." });
  expect(text).toContain("terminated unsuccessfully after");
  expect(text).toContain("not a solution: no convergence criterion was met");
  expect(unwrapped(converged)).not.toContain("not a solution");
});

describe("how the criterion changed", () => {
  test.each<[string, Partial<ResultForText>, string]>([
    ["maximize, improved", { direction: "maximize", startFun: -3, fun: -1 }, "improved from -3 to -1."],
    ["maximize, worse", { direction: "maximize", startFun: 3, fun: 1 }, "got worse from 3 to 1."],
    [
      "from an infeasible start",
      { startViolation: 12, startFun: 16, fun: 17.014 },
      "was 16 at the start, where the nonlinear constraints are violated by 12, and is 17.014 now.",
    ],
    [
      "to an infeasible end",
      { violation: 0.5, startFun: 16, fun: 3, success: false },
      "and is 3 now, where the nonlinear constraints are violated by 0.5. The estimates are not feasible:",
    ],
    ["improved in the ninth digit", { startFun: 1.00000001, fun: 1 }, "improved from 1.00000001 to 1."],
    ["not at all", { startFun: 7, fun: 7 }, "stayed at 7: no better point than the start was found."],
    ["failed at the start", { startFun: Number.NaN, fun: 7 }, "no value at the start; the best value found is 7."],
    ["never a value", { startFun: Number.NaN, fun: Number.NaN }, "No value of the criterion was found."],
  ])("%s", (_, changes, expected) => {
    expect(unwrapped({ ...converged, ...changes })).toContain(expected);
  });
});

test("says what failed, derivatives, fixed parameters and evaluations at the same time where there are any", () => {
  const text = unwrapped({ ...converged, nFailed: 1, nJacEvals: 3, nFree: 1, elapsedMs: 2000, workersMs: 6880 });
  expect(text).toContain("The criterion failed at 1 point; the history has the errors.");
  expect(text).toContain("1,096 evaluations of the criterion and 3 of its derivative, in");
  expect(text).toContain("Minimize with 1 free parameter terminated");
  expect(text).toContain(
    "It took 2.0 s of wall-clock time, for 6.9 s of evaluations: 3.4 at the same time on average.",
  );
  expect(unwrapped(converged)).not.toContain("failed");
});

describe("what it took", () => {
  test("is told in one sentence where something was paid, repeated or doubled", () => {
    const usage = { ...noUsage, invocations: 1200, coldStarts: 12, throttles: 3, duplicates: 1, cost: 0.4123 };
    expect(unwrapped({ ...converged, usage })).toContain(
      "of wall-clock time. It cost about $0.41 by the executor's prices; 12 workers were started, 3 invocations were throttled and " +
        "sent again, 1 invocation was repeated although it may have run. The value of the criterion",
    );
    expect(unwrapped({ ...converged, usage: { ...noUsage, reconnects: 1, hedges: 2 } })).toContain(
      "time. 1 invocation found no connection and was sent again, 2 slow invocations got a second one beside them. The",
    );
    expect(unwrapped({ ...converged, usage: { ...noUsage, invocations: 2, cost: 0.0000456 } })).toContain(
      "time. It cost about $0.000046 by the executor's prices. The",
    );
  });

  test("is left out where nothing of it matters", () => {
    const text = unwrapped(converged);
    expect(unwrapped({ ...converged, usage: null })).toBe(text);
    expect(unwrapped({ ...converged, usage: { ...noUsage, invocations: 9, coldStarts: 4, billedMs: 99 } })).toBe(text);
  });
});

test("cuts a long table of estimates and counts what it left out", () => {
  const n = 200;
  const text = formatResult({
    ...converged,
    paramNames: Array.from({ length: n }, (_, i) => `cutoffs[${i}]`),
    startParams: new Float64Array(n),
    params: new Float64Array(n),
  });
  expect(text).toContain("cutoffs[19]");
  expect(text).not.toContain("cutoffs[20]");
  expect(text).toContain("… and 180 more parameters");
});

test("without convergence report or store it says the one and leaves out the other", () => {
  const text = formatResult({ ...converged, convergenceReport: null, location: null });
  expect(text).toContain("Convergence cannot be assessed");
  expect(text).not.toContain("Stored");
});

test("a message with line breaks or colours cannot break the layout", () => {
  expect(unwrapped({ ...converged, message: "\x1b[31mstopped\n\nhere" })).toContain("reported: stopped here parameter");
});

test("prose stays within 100 columns", () => {
  const text = formatResult({ ...converged, nFailed: 123456, nJacEvals: 123456, message: "word ".repeat(80) });
  for (const line of text.split("\n")) expect(line.length).toBeLessThanOrEqual(100);
});
