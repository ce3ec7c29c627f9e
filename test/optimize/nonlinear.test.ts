/** Problems with nonlinear constraints whose solutions are known from the literature, or in closed form. */
import { describe, expect, it } from "vitest";
import {
  CriterionError,
  fixed,
  InvalidInputError,
  leastSquares,
  maximize,
  minimize,
  type NonlinearOptions,
  nonlinear,
  probability,
} from "../../src/index.ts";
import { type ConstrainedProblem, problems } from "./hock-schittkowski.ts";

const quiet = { progress: false } as const;

/** By how much values lie outside of what is asked, at most. */
function violationOf({ constraints, asked }: ConstrainedProblem, x: number[]): number {
  const values = constraints(x);
  const at = (limit: number | number[], i: number) => (typeof limit === "number" ? limit : limit[i]);
  const lower = "value" in asked ? asked.value : asked.lower;
  const upper = "value" in asked ? asked.value : asked.upper;
  return Math.max(...values.map((value, i) => Math.max(at(lower, i) - value, value - at(upper, i), 0)));
}

function optionsOf(problem: ConstrainedProblem) {
  const { fun, residuals, start, bounds, constraints, asked } = problem;
  return {
    ...quiet,
    fun: residuals === undefined ? (fun as (x: number[]) => number) : leastSquares(residuals),
    params: [...start],
    bounds,
    constraints: [nonlinear((p: number[]) => p, { fun: constraints, ...asked } as NonlinearOptions<number[]>)],
  };
}

async function check(problem: ConstrainedProblem, algorithm: string) {
  const result = await minimize({ ...optionsOf(problem), algorithm });
  expect(result.message).toContain("The nonlinear constraints hold");
  expect(result.success).toBe(true);
  expect(result.violation).toBe(0);
  expect(violationOf(problem, result.params)).toBeLessThanOrEqual(1e-5);
  expect(Math.abs(result.fun - problem.optimum)).toBeLessThan(1e-4 * Math.max(1, Math.abs(problem.optimum)));
  result.params.forEach((value, i) => {
    // HS40 has four, which differ in signs alone.
    expect(Math.abs(Math.abs(value) - Math.abs(problem.solution[i]))).toBeLessThan(2e-2);
  });
  return result;
}

describe("problems of Hock and Schittkowski", () => {
  it.each(problems.filter(({ residuals }) => residuals !== undefined).map((one) => [one.name, one] as const))(
    "%s by levenberg-marquardt, which gets more residuals",
    async (_name, problem) => {
      await check(problem, "levenberg-marquardt");
    },
  );

  it.each(problems.map((one) => [one.name, one] as const))(
    "%s by nelder-mead-parallel, which sees a number",
    async (_name, problem) => {
      await check(problem, "nelder-mead-parallel");
    },
  );
});

type Pair = { a: number; b: number };
/** HS14 with derivatives. */
const hs14 = {
  ...quiet,
  fun: leastSquares(({ a, b }: Pair) => [a - 2, b - 1]),
  params: { a: 2, b: 2 },
  algorithm: "levenberg-marquardt",
};
const ofHs14 = ({ a, b }: Pair) => [1 - a ** 2 / 4 - b ** 2, a - 2 * b + 1];
const asked = { lower: 0, upper: [Number.POSITIVE_INFINITY, 0] };
const optimum = 9 - 2.875 * Math.sqrt(7);

describe("derivatives", () => {
  const jac = () => [
    { a: 1, b: 0 },
    { a: 0, b: 1 },
  ];
  it.each<[string, NonlinearOptions<Pair>["jac"]]>([
    [
      "rows like the selection",
      ({ a, b }) => [
        { a: -a / 2, b: -2 * b },
        { a: 1, b: -2 },
      ],
    ],
    ["flat rows", ({ a, b }) => [[-a / 2, -2 * b], Float64Array.of(1, -2)]],
    ["all flat, later", async ({ a, b }) => [-a / 2, -2 * b, 1, -2]],
    ["differences of the constraint alone", undefined],
  ])("of the constraint beside one of the criterion: %s", async (_name, ofConstraint) => {
    const result = await minimize({
      ...hs14,
      jac,
      constraints: [nonlinear((p: Pair) => p, { fun: ofHs14, jac: ofConstraint, ...asked })],
    });
    expect(result.success).toBe(true);
    expect(Math.abs(result.fun - optimum)).toBeLessThan(1e-4);
    // No point was evaluated for a difference.
    expect(result.history.length).toBeLessThan(result.nBatches * 6);
    expect(result.nJacEvals).toBeGreaterThan(0);
  });

  it("are those of differences where the criterion has none", async () => {
    const result = await minimize({
      ...hs14,
      constraints: [nonlinear((p: Pair) => p, { fun: ofHs14, ...asked, jac: () => [1e9, 1e9, 1e9, 1e9] })],
    });
    expect(result.success).toBe(true);
    expect(Math.abs(result.fun - optimum)).toBeLessThan(1e-4);
  });
});

describe("kinds of constraints", () => {
  const distanceTo = (x: number, y: number) => leastSquares((p: number[]) => [p[0] - x, p[1] - y]);
  const radius = (p: number[]) => p[0] ** 2 + p[1] ** 2;
  it.each([
    ["the upper of two bounds", [3, 4], [1.2, 1.6]],
    ["the lower of two bounds", [0.3, 0.4], [0.6, 0.8]],
    ["neither", [1.2, 0.9], [1.2, 0.9]],
  ])("two-sided, where %s binds", async (_name, [x, y], solution) => {
    const constraints = [nonlinear((p: number[]) => p, { fun: async (p) => radius(p), lower: 1, upper: 4 })];
    const result = await minimize({
      ...quiet,
      fun: distanceTo(x, y),
      params: [1, 1.5],
      constraints,
      algorithm: "levenberg-marquardt",
    });
    expect(result.success).toBe(true);
    result.params.forEach((value, i) => {
      expect(value).toBeCloseTo(solution[i], 4);
    });
  });

  it("together with fixed and probability, scaled, maximized", async () => {
    interface Portfolio {
      shares: number[];
      scale: number;
    }
    // On the sphere Σ sᵢ² = 0.4 of the simplex, the best of a·s is the centre moved along a − mean(a).
    const a = [1, 2, 4];
    const centred = a.map((one) => one - 7 / 3);
    const length = Math.hypot(...centred);
    const best = centred.map((one) => 1 / 3 + (Math.sqrt(0.4 - 1 / 3) * one) / length);
    const result = await maximize({
      ...quiet,
      fun: ({ shares, scale }: Portfolio) => scale * shares.reduce((sum, one, i) => sum + a[i] * one, 0),
      params: { shares: [0.2, 0.3, 0.5], scale: 2 },
      constraints: [
        probability((p: Portfolio) => p.shares),
        fixed((p: Portfolio) => p.scale),
        nonlinear((p: Portfolio) => p.shares, {
          fun: (s) => s.reduce((sum, one) => sum + one ** 2, 0),
          upper: 0.4,
          tolerance: 1e-6,
        }),
      ],
      scaling: { magnitude: 2 },
      algorithm: "nelder-mead-parallel",
    });
    expect(result.success).toBe(true);
    expect(result.params.scale).toBe(2);
    result.params.shares.forEach((share, i) => {
      expect(share).toBeCloseTo(best[i], 4);
    });
    expect(result.params.shares.reduce((sum, one) => sum + one ** 2, 0)).toBeLessThanOrEqual(0.4 + 1e-6);
    // What is exact holds on the way, too.
    for (const { params } of result.history) expect(params[0] + params[1] + params[2]).toBeCloseTo(1, 12);
  });

  it.each([
    ["levenberg-marquardt", [0, 0]],
    ["nelder-mead-parallel", [0, 0]],
    ["levenberg-marquardt", [5, 5]],
  ])("by %s from a start where the constraint, or the criterion, does not change: %j", async (algorithm, params) => {
    const fun = leastSquares((p: number[]) => [p[0] - 5, p[1] - 5]);
    const constraints = [nonlinear((p: number[]) => p, { fun: radius, upper: 2 })];
    const result = await minimize({ ...quiet, fun, params, constraints, algorithm });
    expect(result.success).toBe(true);
    expect(result.params[0]).toBeCloseTo(1, 4);
    expect(result.params[1]).toBeCloseTo(1, 4);
  });

  it("in whatever units", async () => {
    for (const [unit, ofCriterion] of [
      [1e6, 1],
      [1e-6, 1],
      [1, 1e8],
      [1, 1e-8],
    ]) {
      const result = await minimize({
        ...quiet,
        fun: leastSquares((p: number[]) => [ofCriterion * (p[0] - 3), ofCriterion * (p[1] - 4)]),
        params: [1, 1.5],
        constraints: [
          nonlinear((p: number[]) => p, { fun: (p) => unit * radius(p), value: unit * 4, tolerance: unit * 1e-5 }),
        ],
        algorithm: "levenberg-marquardt",
      });
      expect(result.success).toBe(true);
      expect(result.params[0]).toBeCloseTo(1.2, 4);
      expect(result.nBatches).toBeLessThan(40);
    }
  });
});

describe("points that fail", () => {
  const options = {
    ...hs14,
    errorHandling: "continue",
    constraints: [nonlinear((p: Pair) => p, { fun: ofHs14, ...asked })],
  } as const;
  it("a criterion that throws in a part of the space", async () => {
    const fun = leastSquares(({ a, b }: Pair) => {
      if (a > 2) throw new RangeError("out of the model's range");
      return [a - 2, b - 1];
    });
    const result = await minimize({ ...options, fun });
    expect(result.nFailed).toBeGreaterThan(0);
    expect(result.success).toBe(true);
    expect(Math.abs(result.fun - optimum)).toBeLessThan(1e-4);
  });

  it.each(["throws", "is not a number"])("a constraint that %s in a part of the space", async (how) => {
    const fun = (p: Pair) => {
      if (p.a > 2) {
        if (how === "throws") throw new RangeError("out of range");
        return [Number.NaN, 0];
      }
      return ofHs14(p);
    };
    const result = await minimize({ ...options, constraints: [nonlinear((p: Pair) => p, { fun, ...asked })] });
    expect(result.success).toBe(true);
    expect(Math.abs(result.fun - optimum)).toBeLessThan(1e-4);
    const violations = Array.from(result.history.violation);
    expect(violations.some((one) => (how === "throws" ? Number.isNaN(one) : one === Number.POSITIVE_INFINITY))).toBe(
      true,
    );
  });

  it("a penalty is no better than the start, however infeasible that is", async () => {
    const result = await minimize({
      ...quiet,
      fun: (p: number[]) => {
        if (p[0] < 5) throw new RangeError("too small");
        return p[0];
      },
      params: [40],
      constraints: [nonlinear((p: number[]) => p[0], { fun: (x) => x ** 3, upper: 1000 })],
      algorithm: "nelder-mead-parallel",
      errorHandling: "continue",
    });
    expect(result.params[0]).toBeCloseTo(5, 5);
    expect(result.success).toBe(true);
  });

  it("throws at the start, always, and names the constraint", async () => {
    const constraints = [
      fixed((p: Pair) => p.b),
      nonlinear((p: Pair) => p.a, {
        fun: (): number => {
          throw new RangeError("no such thing");
        },
        upper: 1,
      }),
    ];
    for (const errorHandling of ["raise", "continue"] as const) {
      const error = await minimize({ ...options, errorHandling, constraints }).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(CriterionError);
      expect((error as Error).message).toContain("constraints[1] (nonlinear): its fun threw RangeError: no such thing");
    }
  });

  it("is not finite at the start", async () => {
    const constraints = [nonlinear((p: Pair) => p.a, { fun: (a) => Math.log(a - 2), upper: 1 })];
    await expect(minimize({ ...options, constraints })).rejects.toThrow(
      /constraints\[0\] \(nonlinear\): fun must be finite at the start, but is Float64Array \[-Infinity\] at a = 2, b = 2/,
    );
  });

  it("ends the run elsewhere under raise, with the constraint's own error as cause", async () => {
    const fun = ({ a }: Pair) => {
      if (a !== 2) throw new RangeError("moved");
      return a;
    };
    const error = await minimize({
      ...hs14,
      constraints: [nonlinear((p: Pair) => p, { fun, upper: 1 })],
    }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(CriterionError);
    expect((error as Error).message).toContain("constraints[0] (nonlinear): its fun threw RangeError: moved");
    expect(((error as CriterionError).cause as Error).cause).toMatchObject({ name: "RangeError", message: "moved" });
  });

  it("must have as many values everywhere", async () => {
    const fun = ({ a }: Pair) => (a === 2 ? [a] : [a, a]);
    const constraints = [nonlinear((p: Pair) => p, { fun, upper: 1 })];
    await expect(minimize({ ...options, constraints })).rejects.toThrow(
      /constraints\[0\] \(nonlinear\): fun returned 2 values, but 1 at the start: their number must not depend/,
    );
  });
});

describe("the start", () => {
  const radius = ([a, b]: number[]) => a ** 2 + b ** 2;
  const common = { ...quiet, constraints: [nonlinear((p: number[]) => p, { fun: radius, upper: 1 })] };
  const near = (params: number[], solution: number[]) => {
    params.forEach((value, i) => {
      expect(Math.abs(value - solution[i])).toBeLessThan(1e-4);
    });
  };

  it.each([[[1e4, -3e5]], [[1e3, 1e3]], [[-2e4, 0]]])(
    "may be far away, where constraints change most: %j",
    async (params) => {
      const byResiduals = await minimize({
        ...common,
        fun: leastSquares(([a, b]: number[]) => [a - 3, b - 4]),
        params,
        algorithm: "levenberg-marquardt",
      });
      const byValue = await minimize({
        ...common,
        fun: ([a, b]: number[]) => (a - 3) ** 2 + (b - 4) ** 2,
        params,
        algorithm: "nelder-mead-parallel",
      });
      for (const result of [byResiduals, byValue]) {
        expect(result.violation).toBe(0);
        near(result.params, [0.6, 0.8]);
      }
    },
  );

  it("may be where constraints hold and hardly change", async () => {
    // Beyond the constraint's limit the criterion fails.
    const result = await minimize({
      ...common,
      fun: (p: number[]) => (radius(p) > 1.5 ? Number.NaN : (p[0] - 3) ** 2 + (p[1] - 4) ** 2),
      params: [0.1, 0.1],
      algorithm: "nelder-mead-parallel",
    });
    expect(result.success).toBe(true);
    near(result.params, [0.6, 0.8]);
  });

  it("may lead astray, where without the constraint there is no minimum", async () => {
    const result = await maximize({
      ...quiet,
      fun: ([a, b]: number[]) => a ** 4 + b ** 2,
      params: [0.1, 0.2],
      constraints: [nonlinear((p: number[]) => p, { fun: radius, upper: 4 })],
      algorithm: "nelder-mead-parallel",
    });
    expect(result.success).toBe(true);
    expect(result.violation).toBe(0);
    // On the circle it is t² + 4 − t for t = a² in [0, 4], with maxima at both ends.
    expect(Math.min(Math.abs(result.fun - 4), Math.abs(result.fun - 16))).toBeLessThan(1e-3);
  });
});

describe("the end", () => {
  const impossible = [nonlinear((p: Pair) => p.a, { fun: (a) => a ** 2, upper: -1 })];

  it("is no success where the constraints cannot hold", async () => {
    const result = await minimize({ ...hs14, constraints: impossible });
    expect(result.success).toBe(false);
    expect(result.violation).toBeCloseTo(1, 8);
    expect(result.message).toMatch(/^Not feasible: after \d+ runs of levenberg-marquardt on the augmented Lagrangian/);
    expect(String(result).replaceAll("\n", " ")).toContain("The estimates are not feasible");
  });

  it("tells what the algorithm said, which may be the cause", async () => {
    const jac = () => [
      { a: 1, b: 0 },
      { a: 0, b: 1 },
    ];
    const constraints = [nonlinear((p: Pair) => p.a, { fun: (a) => a, jac: () => Number.NaN, lower: 3 })];
    const result = await minimize({ ...hs14, jac, constraints });
    expect(result.success).toBe(false);
    expect(result.message).toMatch(
      /^Not feasible: .* The last run said: Not started: .* the derivative there is not finite/,
    );
  });

  it("is the least infeasible point where a limit comes first", async () => {
    const result = await minimize({ ...hs14, constraints: impossible, maxFunEvals: 12 });
    const violations = Array.from(result.history.violation).filter((one) => !Number.isNaN(one));
    expect(result.violation).toBe(Math.min(...violations));
    expect(result.message).toMatch(
      /maxFunEvals = 12: .*; no feasible point was found, the nonlinear constraints are violated by/,
    );
  });

  it("is the best feasible point where a limit comes first and one is known", async () => {
    const states: (number | null)[] = [];
    const progress = {
      update: ({ bestFun }: { bestFun: number | null }) => states.push(bestFun),
      note: () => {},
      finish: () => {},
    };
    const constraints = [nonlinear((p: Pair) => p, { fun: ({ a, b }) => a ** 2 + b ** 2, lower: 1, upper: 2 })];
    const result = await minimize({ ...hs14, params: { a: 1, b: 0.5 }, constraints, maxFunEvals: 20, progress });
    const { fun, violation } = result.history;
    const feasible = Array.from(fun).filter((_, i) => violation[i] === 0);
    expect(violation.some((one) => one > 0)).toBe(true);
    expect(result.fun).toBe(Math.min(...feasible));
    expect(result.violation).toBe(0);
    expect(states.at(-1)).toBe(result.fun);
  });

  it("costs no round where no constraint comes to bind", async () => {
    const free = await minimize(hs14);
    const constraints = [nonlinear((p: Pair) => p, { fun: ({ a, b }) => a ** 2 + b ** 2, upper: 1e6 })];
    const { history, nBatches, success } = await minimize({ ...hs14, constraints });
    expect(success).toBe(true);
    expect(history.x).toEqual(free.history.x);
    expect(nBatches).toBe(free.nBatches);
  });

  it.each([
    ["levenberg-marquardt", [2, 2]],
    ["levenberg-marquardt", [3, 0.3]],
    ["nelder-mead-parallel", [2, 2]],
    ["nelder-mead-parallel", [3, 0.3]],
  ])("asks for no point twice: %s from %j", async (algorithm, [a, b]) => {
    const constraints = [nonlinear((p: Pair) => p, { fun: ofHs14, ...asked })];
    const result = await minimize({ ...hs14, params: { a, b }, algorithm, constraints });
    const points = Array.from(result.history, ({ x }) => x.join());
    expect(result.nBatches).toBeGreaterThan(5);
    expect(new Set(points).size).toBe(points.length);
  });

  it("asks for no point twice where simplices come back", async () => {
    const hs19 = problems.find(({ name }) => name === "HS19") as ConstrainedProblem;
    const { history } = await minimize({ ...optionsOf(hs19), algorithm: "nelder-mead-parallel" });
    expect(new Set(Array.from(history, ({ x }) => x.join())).size).toBe(history.length);
  });

  it("is told with how infeasible the best point is where the run was aborted", async () => {
    const controller = new AbortController();
    let n = 0;
    const fun = ({ a, b }: Pair) => {
      n += 1;
      if (n === 5) controller.abort();
      return a ** 2 + b ** 2;
    };
    const options = { ...hs14, constraints: [nonlinear((p: Pair) => p, { fun, upper: 1 })], signal: controller.signal };
    const error = await minimize(options).catch((thrown: unknown) => thrown);
    expect((error as Error).message).toMatch(/the best with value \S+, where nonlinear constraints are violated by \d/);
    const { message } = (error as { partialResult: { message: string } }).partialResult;
    expect(message).toMatch(/^The run was aborted by its signal; no feasible point was found/);
  });

  it("refuses an algorithm that does not fit, as without constraints", async () => {
    await expect(
      minimize({
        ...hs14,
        fun: ({ a }: Pair) => a,
        constraints: impossible,
      }),
    ).rejects.toThrow(InvalidInputError);
  });
});
