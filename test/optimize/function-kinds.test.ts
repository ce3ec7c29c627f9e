import { afterAll, describe, expect, it, vi } from "vitest";
import {
  CriterionError,
  defineCriterion,
  fixed,
  InvalidInputError,
  leastSquares,
  likelihood,
  type MinimizeOptions,
  maximize,
  minimize,
  openRun,
} from "../../src/index.ts";
import { Project } from "../transport/project.ts";
import { scripted } from "./algorithms.ts";

const quiet = { progress: false } as const;

const project = new Project({
  "scalar.ts": "export default ([x]: number[]) => x ** 2;",
  "model.ts": `
    export const residuals = ([a, b]: number[]) => ({ value: [10 * (b - a * a), 1 - a], info: { a, path: [a, b] } });
    export const both = (p: number[]) => ({ ...residuals(p), jac: [[-20 * p[0], 10], [-1, 0]] });
  `,
});
afterAll(() => project[Symbol.dispose]());

async function failure(promise: Promise<unknown>): Promise<Error> {
  return promise.then(
    () => expect.fail("expected a rejection"),
    (error: Error) => error,
  );
}

describe("info", () => {
  it("is in the history and in the store, at its point", async () => {
    const fun = (x: number) => (x === 2 ? x * x : { value: x * x, info: { half: x / 2 } });
    const { history, runId } = await minimize({ fun, params: 4, algorithm: scripted([[4, 2], [1]]), ...quiet });
    const expected = [{ half: 2 }, null, { half: 0.5 }];
    expect(history.info).toEqual(expected);
    expect(Array.from((await openRun(runId)).history, ({ info }) => info)).toEqual(expected);
    expect([...history.fun]).toEqual([16, 4, 1]);
  });

  it("comes from workers with residuals, in the same batch as the derivative", async () => {
    const define = (name: string) => defineCriterion(project.url("model.ts"), { export: name }) as never;
    const options = {
      params: [-1.2, 1],
      algorithm: "levenberg-marquardt",
      batchEvaluator: "threads" as const,
      ...quiet,
    };
    const result = await minimize<number[]>({
      ...options,
      fun: leastSquares(define("residuals")),
      funAndJac: define("both"),
    });
    expect(result.params[0]).toBeCloseTo(1, 9);
    expect(result.history.length).toBeGreaterThan(2);
    for (const { params, info } of result.history) expect(info).toEqual({ a: params[0], path: [...params] });
    expect(new Set(result.history.task)).toEqual(new Set(["fun", "fun-and-jac"]));
  });
});

describe("info as deep as it goes", () => {
  it.each(["serial", "threads"] as const)(
    "is the same, %s: kept, or an error of the criterion",
    async (batchEvaluator) => {
      const fun = (x: number) => {
        let info: unknown = x;
        for (let depth = 0; depth < (x === 3 ? 3_000 : 500); depth++) info = { next: info };
        return { value: x * x, info };
      };
      const algorithm = scripted([[4], [3, 2]]);
      const options = { fun, params: 4, algorithm, errorHandling: "continue", batchEvaluator, ...quiet } as const;
      const { history } = await minimize(options);
      expect([...history.fun]).toEqual([16, Number.NaN, 4]);
      expect(history.error[1]).toMatch(
        /InvalidInputError: info\.next\.next.*… is nested deeper than 500\. Give a list as an array/,
      );
      expect([0, 1, 2].map((i) => depthOf(history.info[i]))).toEqual([500, 0, 500]);
    },
  );

  function depthOf(info: unknown): number {
    let depth = 0;
    for (let node = info; Object(node) === node; depth++) node = (node as { next: unknown }).next;
    return depth;
  }
});

describe("funAndJac", () => {
  const fun = leastSquares(([a, b]: number[]) => [10 * (b - a * a), 1 - a]);
  const jac = ([a]: number[]) => [
    [-20 * a, 10],
    [-1, 0],
  ];
  const options = { fun, params: [-1.2, 1], algorithm: "levenberg-marquardt", ...quiet };

  it("gives the run that fun and jac give, in fewer calls", async () => {
    const separate = await minimize({ ...options, jac });
    const [value, both] = [
      vi.fn(fun),
      vi.fn((p: number[]) => ({ value: [10 * (p[1] - p[0] ** 2), 1 - p[0]], jac: jac(p) })),
    ];
    const together = await minimize({ ...options, fun: leastSquares(value), funAndJac: both });
    expect([together.history.x, together.params]).toEqual([separate.history.x, separate.params]);
    expect(together.nJacEvals).toBe(separate.nJacEvals);
    expect(both.mock.calls.length).toBe(together.nJacEvals);
    expect(value.mock.calls.length).toBe(together.nFunEvals - together.nJacEvals);
  });

  it("counts the criterion, and keeps its value, where a derivative alone is asked for", async () => {
    const algorithm = scripted([[3], [2], [1]], ["funAndJac", "jac", "jac"]);
    const both = (x: number) => ({ value: x * x, jac: [2 * x] });
    const square = (x: number) => x * x;
    const result = await minimize({ fun: square, funAndJac: both, params: 3, algorithm, maxFunEvals: 2, ...quiet });
    expect(algorithm.answers.map(([{ fun, jac }]) => [fun, jac])).toEqual([
      [9, Float64Array.of(6)],
      [Number.NaN, Float64Array.of(4)],
    ]);
    expect([...result.history.fun]).toEqual([9, 4]);
    expect([result.nFunEvals, result.nJacEvals, result.fun]).toEqual([2, 2, 4]);
    expect(result.message).toMatch(
      /stopped by maxFunEvals = 2: 2 points were evaluated and the next round needs 1 more/,
    );
    const alone = scripted([[3], [2], [1]], ["funAndJac", "jac", "jac"]);
    const withJac = { fun: square, jac: (x: number) => 2 * x, params: 3, algorithm: alone, maxFunEvals: 1, ...quiet };
    expect(await minimize(withJac)).toMatchObject({ success: true, nFunEvals: 1, nJacEvals: 3 });
  });
});

describe("errors under continue", () => {
  const limit = (x: number) => {
    if (x > 3) throw new RangeError(`too large: ${x}`);
  };
  const square = (x: number) => x * x;
  const both = (x: number) => {
    limit(x);
    return { value: x * x, jac: [2 * x] };
  };
  const jac = (x: number) => {
    limit(x);
    return 2 * x;
  };
  // f0 = 4, x0 = 2, x = 7.
  const penalty = 4 + 4 + 100 + 0.1 * 5;

  it.each([
    ["funAndJac", { fun: square, funAndJac: both }],
    ["jac after fun", { fun: square, jac }],
    ["jac after fun with info", { fun: (x: number) => ({ value: x * x, info: { x } }), jac }],
    ["info that cannot be kept", { fun: (x: number) => ({ value: x * x, info: x > 3 ? square : x }), jac: square }],
  ])("give the penalty and keep the failure: %s", async (what, functions) => {
    const algorithm = scripted([[2, 7], [1]], ["funAndJac", "fun"]);
    const result = await minimize({ ...functions, params: 2, algorithm, errorHandling: "continue", ...quiet });
    expect(algorithm.answers[0][1]).toMatchObject({ failed: true, jac: Float64Array.of(0.1) });
    expect(algorithm.answers[0][1].fun).toBeCloseTo(penalty, 12);
    const failed = result.history.row(1);
    expect([result.nFailed, failed.task, failed.fun]).toEqual([1, "fun-and-jac", Number.NaN]);
    expect(failed.error).toMatch(
      what.startsWith("info") ? /info is function square, which the history cannot/ : /RangeError: too large: 7/,
    );
    if (what.endsWith("with info")) expect(failed.info).toEqual({ x: 7 });
  });

  it.each([
    ["funAndJac", { fun: square, funAndJac: both }],
    ["jac after fun", { fun: square, jac }],
    ["info", { fun: (x: number) => ({ value: x, info: { square } }), jac }],
  ])("end the run all the same at the start: %s", async (_what, functions) => {
    for (const errorHandling of ["raise", "continue"] as const) {
      const algorithm = scripted([[5]], ["funAndJac"]);
      const error = await failure(minimize({ ...functions, params: 5, algorithm, errorHandling, ...quiet }));
      expect(error).toBeInstanceOf(CriterionError);
      expect(error.message).toMatch(
        /failed at point 0 of round 0 \(params = 5\): (RangeError: too large: 5|.*info\.square is)/,
      );
    }
  });

  it("give a penalty below the start under maximize, with its derivative", async () => {
    const algorithm = scripted([[2, 7]], ["funAndJac"]);
    await maximize({ fun: square, funAndJac: both, params: 2, algorithm, errorHandling: "continue", ...quiet });
    // To be minimised: f0 is −4.
    expect(algorithm.answers[0][1].fun).toBeCloseTo(-4 + 4 + 100 + 0.5, 12);
    expect(algorithm.answers[0][1].jac).toEqual(Float64Array.of(0.1));
  });

  it("measure the penalty's distance, and its derivative, in internal x", async () => {
    const fun = leastSquares(({ a, b }: { a: number; b: number }) => {
      limit(a);
      return [a, b];
    });
    const algorithm = scripted([[1, 4]], ["funAndJac"]);
    // a is internal x · 2, b is fixed: at internal 4 the distance from the start is 3.
    const result = await minimize({
      fun,
      funAndJac: ({ a, b }) => {
        limit(a);
        return {
          value: [a, b],
          jac: [
            [1, 0],
            [0, 1],
          ],
        };
      },
      params: { a: 2, b: 5 },
      constraints: [fixed((p: { b: number }) => p.b)],
      scaling: {},
      algorithm,
      errorHandling: "continue",
      ...quiet,
    });
    expect([...result.history.params]).toEqual([2, 5, 8, 5]);
    const [start, failed] = algorithm.answers[0];
    expect(start.jac).toEqual(Float64Array.of(2, 0));
    const expected = 29 + 29 + 100 + 0.3;
    expect(failed.fun).toBeCloseTo(expected, 12);
    const residual = Math.sqrt(expected / 2);
    expect(failed.residuals?.[1]).toBeCloseTo(residual, 12);
    // d/dx of Σ r² is 0.1.
    const [first, second] = failed.jac ?? [];
    expect(2 * residual * (first + second)).toBeCloseTo(0.1, 12);
  });
});

describe("algorithms that do not fit", () => {
  const never = () => expect.fail("must not be evaluated");
  const good = { params: [1], algorithm: "levenberg-marquardt", ...quiet };
  const others = "take an algorithm for any criterion: nelder-mead-parallel";

  it.each([
    [
      "a number",
      minimize,
      never,
      `needs residuals, and fun is not marked as returning them: write fun: leastSquares(f), where f returns the residuals, or ${others}.`,
    ],
    ["contributions", minimize, likelihood(never), `returns log-likelihood contributions; ${others}, with maximize.`],
    ["a number to be maximized", maximize, never, `minimises a sum of squares. To maximize ${others}.`],
    [
      "contributions to be maximized",
      maximize,
      likelihood(never),
      `minimises a sum of squares. To maximize ${others}.`,
    ],
  ])("refuse %s before anything is evaluated", async (_what, optimize, fun, message) => {
    const error = await failure(optimize({ ...good, fun: fun as MinimizeOptions<number[]>["fun"] }));
    expect(error).toBeInstanceOf(InvalidInputError);
    expect(error.message).toContain(message);
  });

  it("refuse at the start what only a module says", async () => {
    const fun = defineCriterion<(p: number[]) => number>(project.url("scalar.ts"));
    const error = await failure(minimize({ ...good, fun }));
    expect(error).toBeInstanceOf(InvalidInputError);
    expect(error.message).toContain(
      "The algorithm levenberg-marquardt needs residuals, and fun is not marked as returning them",
    );
    expect(error.message).toContain(others);
  });

  it("refuse bounds that they would not keep, and name those that do", async () => {
    const scriptedOnce = scripted([[1]]);
    const algorithm = { ...scriptedOnce, info: { ...scriptedOnce.info, supportsBounds: false } };
    const error = await failure(minimize({ fun: never, params: 1, bounds: { lower: 0 }, algorithm, ...quiet }));
    expect(error.message).toBe(
      "The algorithm scripted takes no bounds, but parameters have some (constraints may have made them). Take nelder-mead-parallel, or leave the bounds out.",
    );
    const open = await minimize({
      fun: (x: number) => x,
      params: 1,
      bounds: { lower: -Infinity },
      algorithm,
      ...quiet,
    });
    expect(open.success).toBe(true);
  });
});
