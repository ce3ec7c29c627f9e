import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Answer, ConfiguredAlgorithm, Request, Solution } from "../../src/algorithms/types.ts";
import { fixed, leastSquares, likelihood, maximize, minimize } from "../../src/index.ts";

interface Params {
  a: number;
  b: number[];
}

/** Asks for the start and for moves of internal x away from it; keeps what it was answered. */
function probe(
  moves: readonly number[][],
  want: "fun" | "funAndJac",
): ConfiguredAlgorithm & { readonly answers: Answer[] } {
  const answers: Answer[] = [];
  const info = { name: "probe", needs: "scalar", supportsBounds: true, needsDerivative: false, source: "" } as const;
  function* start(problem: { x0: Float64Array }): Generator<Request, Solution, Answer> {
    const { x0 } = problem;
    const points = [x0, ...moves.map((move) => x0.map((value, i) => value + move[i]))].map((x) => ({ x, want }));
    answers.push(yield { points });
    return { x: x0, fun: answers[0][0].fun, success: true, message: "", nIterations: 1 };
  }
  return { info, options: {}, start, answers };
}

const terms = ({ a, b }: Params) => [a + 1, a * b[0] - 2, b[0] - b[1]];
const rows = ({ a, b }: Params) => [
  [1, 0, 0],
  [b[0], a, 0],
  [0, 1, -1],
];
const columnSums = (p: Params) => [0, 1, 2].map((j) => rows(p).reduce((sum, row) => sum + row[j], 0));
const sum = (values: readonly number[]) => values.reduce((total, one) => total + one, 0);

const coordinate = fc.double({ min: -20, max: 20, noNaN: true });
const problems = fc.record({
  start: fc.tuple(coordinate, coordinate, coordinate),
  kind: fc.constantFrom("scalar", "least-squares", "likelihood"),
  direction: fc.constantFrom("minimize", "maximize"),
  fails: fc.constantFrom("fun", "jac", "funAndJac", "info"),
  isScaled: fc.boolean(),
  isFixed: fc.boolean(),
  moves: fc.array(fc.array(coordinate, { minLength: 3, maxLength: 3 }), { minLength: 1, maxLength: 5 }),
});

describe("points that fail under continue", () => {
  it("get the penalty in internal x, whatever failed, and are kept as failures that are never the best", async () => {
    await fc.assert(
      fc.asyncProperty(problems, async ({ start, kind, direction, fails, isScaled, isFixed, moves }) => {
        fc.pre(!(kind === "least-squares" && direction === "maximize"));
        const params: Params = { a: start[0], b: [start[1], start[2]] };
        const failing = (p: Params) => p.b[0] > start[1];
        const checked =
          <R>(name: string, f: (p: Params) => R) =>
          (p: Params): R => {
            if (name === fails && failing(p)) throw new RangeError("no value here");
            return f(p);
          };
        const plain = (p: Params) => (kind === "scalar" ? sum(terms(p)) : terms(p));
        const withInfo = (p: Params) => ({
          value: plain(p),
          info: fails === "info" && failing(p) ? [terms] : { at: p },
        });
        const derivative: (p: Params) => number[] | number[][] = kind === "least-squares" ? rows : columnSums;
        const mark = kind === "least-squares" ? leastSquares : kind === "likelihood" ? likelihood : (f: unknown) => f;
        const both = (p: Params) => ({ ...withInfo(p), jac: derivative(p) });
        const algorithm = probe(moves, fails === "fun" ? "fun" : "funAndJac");
        const result = await (direction === "minimize" ? minimize : maximize)<Params>({
          fun: mark(checked("fun", withInfo) as never) as never,
          ...(fails === "funAndJac" ? { funAndJac: checked("funAndJac", both) } : { jac: checked("jac", derivative) }),
          params,
          ...(isScaled ? { scaling: { magnitude: 3 } } : {}),
          constraints: isFixed ? [fixed((p: Params) => p.b[1])] : [],
          algorithm,
          errorHandling: "continue",
          progress: false,
        });
        const { history } = result;
        const x0 = history.row(0).x;
        const f0 = algorithm.answers[0][0].fun;
        let nFailed = 0;
        for (const [i, row] of [...history].entries()) {
          const answer = algorithm.answers[0][i];
          const failed = row.params[1] > start[1];
          expect([answer.failed, row.error !== null, Number.isNaN(row.fun)]).toEqual([failed, failed, failed]);
          expect(row.info === null).toBe(failed && fails !== "jac");
          if (!failed) continue;
          nFailed += 1;
          const distance = Math.sqrt(row.x.reduce((total, value, j) => total + (value - x0[j]) ** 2, 0));
          const penalty = f0 + Math.abs(f0) + 100 + 0.1 * distance;
          expect(answer.fun / penalty).toBeCloseTo(1, 10);
          if (kind === "least-squares")
            expect(sum(Array.from(answer.residuals ?? [], (r) => r * r)) / penalty).toBeCloseTo(1, 10);
          expect(answer.jac?.length).toBe(fails === "fun" ? undefined : x0.length * (kind === "least-squares" ? 3 : 1));
        }
        expect(result.nFailed).toBe(nFailed);
        expect(history.best(direction)?.error ?? null).toBeNull();
      }),
      { numRuns: 150 },
    );
  });

  it("end the run at the start, whatever failed", async () => {
    await fc.assert(
      fc.asyncProperty(
        problems,
        fc.constantFrom("raise", "continue"),
        async ({ start, fails, isScaled }, errorHandling) => {
          const fail = (name: string) => {
            if (name === fails) throw new RangeError("no value here");
          };
          const fun = ({ a }: Params) => {
            fail("fun");
            return { value: a, info: fails === "info" ? fail : null };
          };
          const jac = () => {
            fail("jac");
            return [1, 0, 0];
          };
          const funAndJac = (p: Params) => {
            fail("funAndJac");
            return { ...fun(p), jac: jac() };
          };
          const run = minimize({
            fun,
            ...(fails === "funAndJac" ? { funAndJac } : { jac }),
            params: { a: start[0], b: [start[1], start[2]] },
            ...(isScaled ? { scaling: {} } : {}),
            algorithm: probe([], "funAndJac"),
            errorHandling,
            progress: false,
          });
          await expect(run).rejects.toThrow(/^The criterion failed at point 0 of round 0/);
        },
      ),
      { numRuns: 30 },
    );
  });
});
