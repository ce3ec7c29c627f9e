import { deepStrictEqual } from "node:assert";
import fc from "fast-check";
import { describe, it } from "vitest";
import { leastSquares, likelihood } from "../../src/problem/function-kinds.ts";
import { buildInternalFun } from "../../src/problem/internal-fun.ts";
import type { InternalFun, Outcome } from "../../src/problem/outcome.ts";
import { createChunkWorker } from "../../src/worker/chunk-worker.ts";
import { chunkOf, endsOf } from "./chunk-requests.ts";
import { artifactOf } from "./requests.ts";

interface Params {
  readonly a: number;
  readonly b: readonly number[];
  readonly c: { readonly d: Float64Array };
}
const params: Params = { a: 1, b: [2, 3], c: { d: new Float64Array([4, 5]) } };
const data = new Float64Array([0.1, 1e-300, 7, Number.NaN, -0]);
const terms = ({ a, b, c }: Params) => {
  if (a > 1e300) throw new RangeError(`a is too large: ${a}`);
  return Array.from(data, (v, i) => Math.sin(a * v) + b[i % 2] ** 3 / c.d[i % 2] - v);
};
const total = (p: Params) => terms(p).reduce((sum, one) => sum + one, 0.1);
const later = async (p: Params) => total(p);
const gradient = (p: Params) => ({ a: Math.cos(p.a), b: [p.b[0] / 3, -0], c: { d: p.c.d } });
const jacobian = (p: Params) => Array.from(data, (v) => gradient({ ...p, a: v }));

const cases: ReadonlyArray<readonly [string, InternalFun<unknown>]> = [
  ["scalar", buildInternalFun({ fun: total, jac: gradient, params, errorHandling: "continue" })],
  [
    "scalar, asynchronous, maximized",
    buildInternalFun({ fun: later, jac: gradient, params, direction: "maximize", errorHandling: "continue" }),
  ],
  ["least squares", buildInternalFun({ fun: leastSquares(terms), jac: jacobian, params, errorHandling: "continue" })],
  [
    "likelihood, maximized",
    buildInternalFun({
      fun: likelihood(terms),
      jac: gradient,
      params,
      direction: "maximize",
      errorHandling: "continue",
    }),
  ],
] as ReadonlyArray<readonly [string, InternalFun<unknown>]>;

/** Typed arrays as lists: the sign of NaN is not the same each time that the same function is called. */
function listed(node: unknown): unknown {
  if (node instanceof Float64Array) return { float64Array: Array.from(node) };
  if (Array.isArray(node)) return node.map(listed);
  if (node === null || typeof node !== "object") return node;
  return Object.fromEntries(Object.entries(node).map(([key, child]) => [key, listed(child)]));
}

/** What may differ between driver and worker: who, how long, and the frames of a stack. */
function bare({ historyEntry, logEntry, ...rest }: Outcome): unknown {
  const { exception } = logEntry;
  return listed({
    ...rest,
    historyEntry: { ...historyEntry, workerDuration: 0, worker: "" },
    logEntry: { ...logEntry, exception: exception && { name: exception.name, message: exception.message } },
  });
}

describe("a chunk of points", () => {
  it.each(cases)("gives the same bits as the function here (%s)", async (_name, fun) => {
    const worker = createChunkWorker("worker", 1_000);
    const artifact = await artifactOf(fun);
    const point = fc.record({
      x: fc.float64Array({ minLength: 5, maxLength: 5 }),
      want: fc.constantFrom("fun" as const, "jac" as const, "funAndJac" as const),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(point, { minLength: 1, maxLength: 20 }), async (points) => {
        const there = endsOf(await worker(chunkOf(artifact, points))) as Outcome[];
        const here = await Promise.all(points.map((one) => fun(one)));
        deepStrictEqual(there.map(bare), here.map(bare));
      }),
      { numRuns: 60 },
    );
  });
});
