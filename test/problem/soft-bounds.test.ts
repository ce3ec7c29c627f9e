import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Answer, ConfiguredAlgorithm, InternalProblem, Request, Solution } from "../../src/algorithms/types.ts";
import { minimize } from "../../src/index.ts";
import type { Bounds } from "../../src/problem/bounds.ts";
import {
  type Constraint,
  covariance,
  equal,
  fixed,
  increasing,
  pairwiseEqual,
  probability,
  sdcorr,
} from "../../src/problem/constraints/constraints.ts";
import type { ScalingOptions } from "../../src/problem/scaling.ts";

const params = {
  rates: new Map([
    ["beta", 2],
    ["gamma", 0.5],
  ]),
  w: [1, 1],
  level: 100,
};
type Params = typeof params;
const { POSITIVE_INFINITY: INF } = Number;

interface Given<P> {
  readonly params: P;
  readonly bounds: Bounds<P>;
  readonly constraints?: Constraint<P>[];
  readonly scaling?: ScalingOptions;
}

/** What an algorithm that samples is given, and the external parameters at the corners of its box, lowest and highest. */
async function sampled<P>(given: Given<P>): Promise<{ problem: InternalProblem; least: number[]; most: number[] }> {
  const seen: InternalProblem[] = [];
  function* run(problem: InternalProblem): Generator<Request, Solution, Answer> {
    seen.push(problem);
    const corner = (soft: Float64Array) => soft.map((value, i) => (Number.isFinite(value) ? value : problem.x0[i]));
    for (const x of [problem.x0, corner(problem.softLower), corner(problem.softUpper)])
      yield { points: [{ x, want: "fun" as const }] };
    return { x: problem.x0, fun: 0, success: true, message: "sampled", nIterations: 1 };
  }
  const info = {
    name: "corners",
    needs: "scalar",
    supportsBounds: true,
    needsDerivative: false,
    source: "this test",
  } as const;
  const algorithm: ConfiguredAlgorithm = { info, options: {}, start: run };
  const { history } = await minimize({ ...given, fun: () => 0, algorithm, progress: false } as never);
  return { problem: seen[0], least: [...history.row(1).params], most: [...history.row(2).params] };
}

const boxOf = ({ lower, upper, softLower, softUpper }: InternalProblem) =>
  [lower, upper, softLower, softUpper].map((one) => [...one]);

describe("soft bounds", () => {
  it("are the bounds where none are given, or infinite ones", async () => {
    const bounds = { lower: { w: 0 }, upper: { level: 200 } };
    const hard = [
      [-INF, -INF, 0, 0, -INF],
      [INF, INF, INF, INF, 200],
    ];
    for (const soft of [{}, { softLower: -INF, softUpper: INF }, { softLower: null, softUpper: undefined }])
      expect(boxOf((await sampled({ params, bounds: { ...bounds, ...soft } })).problem)).toEqual([...hard, ...hard]);
  });

  it("are partial trees; the start need not lie within", async () => {
    const bounds: Bounds<Params> = {
      lower: { w: 0 },
      softLower: { rates: new Map([["beta", 3]]), w: [0.5, null] },
      softUpper: { rates: 4, level: 10 },
    };
    const { problem, least, most } = await sampled({ params, bounds });
    expect([...problem.softLower]).toEqual([3, -INF, 0.5, 0, -INF]);
    expect([...problem.softUpper]).toEqual([4, 4, INF, INF, 10]);
    expect([...problem.lower]).toEqual([-INF, -INF, 0, 0, -INF]);
    expect([least, most]).toEqual([
      [3, 0.5, 0.5, 0, 100],
      [4, 4, 1, 1, 10],
    ]);
  });

  it.each<[string, Bounds<Params>, string]>([
    [
      "below the bounds",
      { lower: { w: 0 }, softLower: { w: [0, -1] } },
      "The soft bounds of w[1] must lie within its bounds [0, Infinity], received [-1, Infinity].",
    ],
    [
      "above the bounds",
      { upper: { level: 150 }, softUpper: 200, softLower: 0 },
      "The soft bounds of level must lie within its bounds [-Infinity, 150], received [0, 200].",
    ],
    [
      "all above the bounds",
      { upper: { level: 150 }, softLower: { level: 200 } },
      "The soft lower bound of level must not be above its soft upper bound, received [200, Infinity].",
    ],
    [
      "in the wrong order",
      { softLower: { rates: new Map([["gamma", 2]]) }, softUpper: 1 },
      'The soft lower bound of rates.get("gamma") must not be above its soft upper bound, received [2, 1].',
    ],
    [
      "of no number",
      { softLower: { level: INF } },
      "The soft bounds of level must lie within its bounds [-Infinity, Infinity], received [Infinity, Infinity].",
    ],
    [
      "not a number",
      { softUpper: { w: [Number.NaN, 1] } },
      "The soft bounds of w[0] must be numbers, received [-Infinity, NaN].",
    ],
    ["misspelt", { softUpper: { levl: 1 } as never }, "bounds.softUpper.levl is not in params. Did you mean level?"],
    ["misnamed", { softLowr: 1 } as never, "bounds: unknown option softLowr. Did you mean softLower?"],
  ])("are refused where they are %s", async (_what, bounds, message) => {
    await expect(sampled({ params, bounds })).rejects.toThrow(message);
  });

  it("stay those of the parameters that are free; equal ones have what is common to theirs", async () => {
    const constraints: Constraint<Params>[] = [fixed((p) => p.level), pairwiseEqual([(p) => p.w[0], (p) => p.w[1]])];
    const bounds: Bounds<Params> = {
      softLower: { rates: 0, w: [-1, -2], level: 7 },
      softUpper: { rates: 5, w: [4, 3] },
    };
    const { problem, least, most } = await sampled({ params, bounds, constraints });
    expect([[...problem.softLower], [...problem.softUpper]]).toEqual([
      [0, 0, -1],
      [5, 5, 3],
    ]);
    expect([least, most]).toEqual([
      [0, 0, -1, -1, 100],
      [5, 5, 3, 3, 100],
    ]);
    const apart = { softLower: { w: [-1, 2] }, softUpper: { w: [1, 3] } };
    await expect(sampled({ params, bounds: apart, constraints: [equal<Params>((p) => p.w)] })).rejects.toThrow(
      "The soft bounds of w[0] and w[1], which constraints make equal to it, have nothing in common",
    );
  });

  it("are not those of what a transformation puts in a parameter's place: the bounds are", async () => {
    const given = { cov: [2, 0.1, 1], shares: [0.5, 0.5], order: [1, 2], other: 3 };
    const constraints: Constraint<typeof given>[] = [
      covariance((p) => p.cov),
      probability((p) => p.shares),
      increasing((p) => p.order),
    ];
    const { problem } = await sampled({ params: given, bounds: { softLower: 0.01, softUpper: 4 }, constraints });
    const n = problem.x0.length;
    for (const [soft, hard] of [
      [problem.softLower, problem.lower],
      [problem.softUpper, problem.upper],
    ])
      expect(soft.slice(0, n - 1)).toEqual(hard.slice(0, n - 1));
    expect([problem.softLower[n - 1], problem.softUpper[n - 1]]).toEqual([0.01, 4]);
  });

  it("keep within bounds that constraints come to, or are told", async () => {
    const given = { s: [1, 2, 0.5] };
    const constraints: Constraint<typeof given>[] = [sdcorr((p) => p.s)];
    const { problem } = await sampled({ params: given, bounds: { softLower: -3, softUpper: 3 }, constraints });
    expect([[...problem.softLower], [...problem.softUpper]]).toEqual([
      [0, 0, -1],
      [3, 3, 1],
    ]);
    const bounds = { softLower: { s: [null, null, 2] } };
    await expect(sampled({ params: given, bounds, constraints })).rejects.toThrow(
      "The soft bounds of s[2] have nothing in common with each other and the bounds that constraints come to, [-1, 1]. Widen them.",
    );
  });

  it("are scaled as the parameters; scaling by bounds is by the bounds", async () => {
    const bounds = {
      lower: { w: 0, level: 0, rates: 0 },
      upper: { w: 4, level: 200, rates: 4 },
      softLower: { level: 50 },
      softUpper: { w: 2 },
    };
    const byBounds = await sampled({ params, bounds, scaling: { method: "bounds" } });
    expect([[...byBounds.problem.softLower], [...byBounds.problem.softUpper]]).toEqual([
      [0, 0, 0, 0, 0.25],
      [1, 1, 0.5, 0.5, 1],
    ]);
    const byStart = await sampled({ params, bounds, scaling: { method: "start-values" } });
    expect(byStart.problem.softLower[4]).toBe(0.5);
    for (const { least, most } of [byBounds, byStart])
      expect([least, most]).toEqual([
        [0, 0, 0, 0, 50],
        [4, 4, 2, 2, 200],
      ]);
  });

  const parameter = fc
    .tuple(
      fc.integer({ min: -50, max: 50 }),
      fc.array(fc.double({ min: 0, max: 20, noNaN: true }), { minLength: 3, maxLength: 3 }),
    )
    .map(([lower, [a, b, c]]) => ({ lower, softLower: lower + a, softUpper: lower + a + b, upper: lower + a + b + c }));
  it("hold at points of the box that an algorithm sees, under any scaling", () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(parameter, { minLength: 1, maxLength: 4 }),
        fc.constantFrom(undefined, "start-values" as const, "bounds" as const),
        async (list, method) => {
          const of = (key: keyof (typeof list)[number]) => list.map((one) => one[key]);
          const given = {
            params: of("upper"),
            bounds: { lower: of("lower"), upper: of("upper"), softLower: of("softLower"), softUpper: of("softUpper") },
            scaling: method === undefined ? undefined : { method },
          };
          const { problem, least, most } = await sampled(given as Given<number[]>);
          for (const i of list.keys()) {
            expect(problem.lower[i]).toBeLessThanOrEqual(problem.softLower[i]);
            expect(problem.softLower[i]).toBeLessThanOrEqual(problem.softUpper[i]);
            expect(problem.softUpper[i]).toBeLessThanOrEqual(problem.upper[i]);
            const rounding = 1e-13 * (Math.abs(list[i].lower) + Math.abs(list[i].upper));
            expect(Math.abs(least[i] - list[i].softLower)).toBeLessThanOrEqual(rounding);
            expect(Math.abs(most[i] - list[i].softUpper)).toBeLessThanOrEqual(rounding);
          }
        },
      ),
    ));
});
