/** minimize with closures: the history of workers is that of the driver, bit for bit. */
import { type BatchEvaluator, leastSquares, likelihood, maximize, minimize } from "fanopt";
import { simulate } from "../model.ts";
import { noteLoad } from "../note-load.ts";
import type { Case, RunCase } from "../types.ts";

noteLoad("kinds");

interface Decay {
  readonly level: number;
  readonly rate: number;
}

const times = Float64Array.from({ length: 6 }, (_, i) => i);
const observed = times.map((time) => 3 * Math.exp(-0.5 * time));
const residuals = ({ level, rate }: Decay) => times.map((time, i) => level * Math.exp(-rate * time) - observed[i]);
const contributions = ({ level, rate }: Decay) => Array.from(residuals({ level, rate }), (one) => -0.5 * one * one);

/** What an optimization did, as the history tells: every point and every value. */
async function trace(run: Promise<{ params: unknown; history: Iterable<unknown> }>): Promise<unknown> {
  const { params, history } = await run;
  const rows = Array.from(history as Iterable<{ task: string; fun: number; params: ArrayLike<number> }>);
  return { params, rows: rows.map(({ task, fun, params }) => [task, fun, Array.from(params)]) };
}

const quiet = { progress: false, algorithm: "levenberg-marquardt" } as const;
const params = { level: 1, rate: 1 };

/** Both see the same data, and the derivative what the function kept. */
function sharing() {
  const kept = { calls: 0, last: Number.NaN };
  const fun = leastSquares((p: Decay) => {
    kept.calls += 1;
    kept.last = p.rate;
    return residuals(p);
  });
  const jac = ({ level, rate }: Decay) =>
    Array.from(times, (time) => {
      const factor = Math.exp(-rate * time);
      return { level: factor, rate: -level * time * factor };
    });
  return { fun, jac };
}

export const cases: readonly (Case | RunCase)[] = [
  { name: "leastSquares of a closure, called", fun: leastSquares(residuals), params },
  { name: "likelihood of a closure, called", fun: likelihood(contributions), params },
  {
    name: "minimize with leastSquares of a closure",
    run: (batchEvaluator: BatchEvaluator) =>
      trace(minimize({ fun: leastSquares(residuals), params, batchEvaluator, ...quiet })),
  },
  {
    name: "maximize with likelihood of a closure",
    run: (batchEvaluator: BatchEvaluator) =>
      trace(
        maximize({
          fun: likelihood(contributions),
          params,
          batchEvaluator,
          progress: false,
          algorithm: "nelder-mead-parallel",
          maxFunEvals: 30,
        }),
      ),
  },
  {
    name: "minimize with a closure and its derivative, which share data",
    run: (batchEvaluator: BatchEvaluator) => trace(minimize({ ...sharing(), params, batchEvaluator, ...quiet })),
  },
  {
    name: "minimize with an async closure over an import",
    run: (batchEvaluator: BatchEvaluator) =>
      trace(
        minimize({
          fun: async (x: number) => (simulate(x) - 20) ** 2,
          params: 1,
          batchEvaluator,
          progress: false,
          algorithm: "nelder-mead-parallel",
          maxFunEvals: 24,
        }),
      ),
  },
];
