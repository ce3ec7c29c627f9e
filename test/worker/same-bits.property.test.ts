import { deepStrictEqual } from "node:assert";
import fc from "fast-check";
import { afterAll, describe, it } from "vitest";
import { increasing, linear, nonlinear, probability } from "../../src/problem/constraints/constraints.ts";
import { leastSquares, likelihood } from "../../src/problem/function-kinds.ts";
import { buildInternalFun } from "../../src/problem/internal-fun.ts";
import type { InternalFun, Outcome } from "../../src/problem/outcome.ts";
import { pack, unpack } from "../../src/transport/codec.ts";
import { defineCriterion } from "../../src/transport/define-criterion.ts";
import { functionFromArtifact } from "../../src/worker/evaluate.ts";
import { Project } from "../transport/project.ts";
import { bare } from "./bare-outcome.ts";
import { artifactOf } from "./requests.ts";

const project = new Project({
  "model.ts": `
    type P = { a: number; b: number[]; c: { d: Float64Array } };
    const terms = ({ a, b, c }: P, data: Float64Array) =>
      Array.from(data, (v, i) => Math.sin(a * v) + b[i % 2] ** 3 / c.d[i % 2] - v);
    export const scalar = (p: P, data: Float64Array) => terms(p, data).reduce((sum, one) => sum + one, 0.1);
    export const vector = (p: P, data: Float64Array) => {
      if (p.a > 1e300) throw new RangeError("a is too large: " + p.a);
      return terms(p, data);
    };
    export const gradient = (p: P) => ({ a: Math.cos(p.a), b: [p.b[0] / 3, -0], c: { d: p.c.d } });
    export const constrainedGradient = (p: P & { shares: number[] }) => ({ ...gradient(p), shares: [p.a, -p.shares[0]] });
    export const withInfo = (p: P, data: Float64Array) => ({
      value: vector(p, data),
      info: { sizes: new Map([["b", p.b]]), path: Array.from(data, (v) => v * p.a), last: p.c.d.at(-1) },
    });
    export const gradientOfSum = (p: P, data: Float64Array) => ({ value: scalar(p, data), jac: gradient(p), info: { a: p.a } });
    export const vectorAndJacobian = (p: P, data: Float64Array) => ({ ...withInfo(p, data), jac: jacobian(p, data) });
    export const bounded = (p: P) => {
      if (p.c.d[0] > 1e200) throw new RangeError("too far: " + p.c.d[0]);
      return [p.a * p.b[1], p.c.d[0]];
    };
    export const jacobian = (p: P, data: Float64Array) => Array.from(data, (v) => gradient({ ...p, a: v }));
  `,
});
afterAll(() => project[Symbol.dispose]());
const limits = [0.3, 0.7];
const params = { a: 1, b: [2, 3], c: { d: new Float64Array([4, 5]) } };
const data = new Float64Array([0.1, 1e-300, 7, Number.NaN, -0]);
const define = (name: string) => defineCriterion(project.url("model.ts"), { export: name, args: [data] }) as never;

const cases: ReadonlyArray<readonly [string, InternalFun<unknown>]> = [
  ["scalar", buildInternalFun({ fun: define("scalar"), jac: define("gradient"), params })],
  [
    "scalar, maximized",
    buildInternalFun({ fun: define("scalar"), jac: define("gradient"), params, direction: "maximize" }),
  ],
  [
    "least squares",
    buildInternalFun({
      fun: leastSquares(define("vector")),
      jac: define("jacobian"),
      params,
      errorHandling: "continue",
    }),
  ],
  [
    "likelihood, maximized",
    buildInternalFun({
      fun: likelihood(define("vector")),
      jac: define("gradient"),
      params,
      direction: "maximize",
      errorHandling: "continue",
    }),
  ],
  [
    "least squares, scaled by start values, bounded below",
    buildInternalFun({
      fun: leastSquares(define("vector")),
      jac: define("jacobian"),
      params,
      bounds: { lower: 0.1 },
      scaling: { magnitude: 7 },
      errorHandling: "continue",
    }),
  ],
  [
    "scalar, scaled by bounds, maximized",
    buildInternalFun({
      fun: define("scalar"),
      jac: define("gradient"),
      params,
      bounds: { lower: -1e3, upper: { a: 3, b: 1e3, c: { d: 1e9 } } },
      scaling: { method: "bounds", magnitude: 3 },
      direction: "maximize",
    }),
  ],
  [
    "scalar with funAndJac alone, scaled, maximized",
    buildInternalFun({
      fun: define("scalar"),
      funAndJac: define("gradientOfSum"),
      params,
      scaling: { magnitude: 3 },
      direction: "maximize",
    }),
  ],
  [
    "least squares with info, jac and funAndJac",
    buildInternalFun({
      fun: leastSquares(define("withInfo")),
      jac: define("jacobian"),
      funAndJac: define("vectorAndJacobian"),
      params,
      errorHandling: "continue",
    }),
  ],
  [
    "likelihood with the Jacobian of its contributions, constrained",
    buildInternalFun({
      fun: likelihood(define("withInfo")),
      funAndJac: define("vectorAndJacobian"),
      params: { ...params, b: [2, 3] },
      constraints: [increasing((p: { b: number[] }) => p.b)],
      direction: "maximize",
      errorHandling: "continue",
    }),
  ],
  [
    "scalar with nonlinear constraints, one a closure with its derivative, one of a module, scaled",
    buildInternalFun({
      fun: define("scalar"),
      jac: define("gradient"),
      params,
      constraints: [
        increasing((p: typeof params) => p.b),
        nonlinear((p: typeof params) => ({ a: p.a, d: p.c.d }), {
          fun: ({ a, d }) => [a * d[0] - limits[0], Math.sin(d[1])],
          jac: ({ a, d }) => [
            { a: d[0], d: Float64Array.of(a, 0) },
            { a: 0, d: Float64Array.of(0, Math.cos(d[1])) },
          ],
          upper: limits,
        }),
        nonlinear((p: typeof params) => p, { fun: define("bounded"), value: 1, tolerance: 1e-3 }),
      ],
      scaling: { magnitude: 3 },
      errorHandling: "continue",
    }),
  ],
  [
    "scalar, constrained to five free parameters of seven, scaled",
    buildInternalFun({
      fun: define("scalar"),
      jac: define("constrainedGradient"),
      params: { ...params, shares: [0.5, 0.5] },
      constraints: [
        probability((p: { shares: number[] }) => p.shares),
        increasing((p: { b: number[] }) => p.b),
        linear((p: { c: { d: Float64Array } }) => p.c.d, { weights: [1, 3], value: 19 }),
      ],
      scaling: { magnitude: 3 },
    }),
  ],
];

describe("the internal function", () => {
  it.each(cases)("gives the same bits in the driver and from its artifact (%s)", async (_name, here) => {
    const there = await functionFromArtifact((await artifactOf(here)).bytes, "worker");
    const want = fc.constantFrom("fun" as const, "jac" as const, "funAndJac" as const);
    await fc.assert(
      fc.asyncProperty(fc.float64Array({ minLength: 5, maxLength: 5 }), want, async (x, wanted) => {
        const point = { x, want: wanted };
        const remote = unpack(pack(await there(unpack(pack(point))))) as Outcome;
        const local = bare(await here(point));
        if (local.logEntry.exception !== null && remote.logEntry.exception !== null) {
          // Frames of the driver's own functions are in the local stack alone.
          deepStrictEqual(remote.logEntry.exception.message, local.logEntry.exception.message);
          deepStrictEqual({ ...bare(remote).logEntry, exception: null }, { ...local.logEntry, exception: null });
        } else deepStrictEqual(bare(remote), local);
      }),
      { numRuns: 60 },
    );
  });
});
