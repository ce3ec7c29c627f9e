/** Parameters of many shapes, through whole runs. */
import { describe, expect, it } from "vitest";
import { type Constraint, fixed, leastSquares, minimize } from "../../src/index.ts";

interface Params {
  readonly rates: ReadonlyMap<string, number>;
  readonly cutoffs: ReadonlyMap<number, readonly number[]>;
  readonly weights: Float64Array;
}

const params: Params = {
  rates: new Map([
    ["beta", 1],
    ["gamma", 2],
  ]),
  cutoffs: new Map([[3, [0, 0]]]),
  weights: new Float64Array(1),
};

const read = ({ rates, cutoffs, weights }: Params) => [...rates.values(), ...(cutoffs.get(3) ?? []), ...weights];
const target = [3, -4, 5, -6, 7];
const distance = leastSquares((p: Params) => read(p).map((one, i) => one - target[i]));
/** Rows of the unit matrix, as trees. */
const jac = (p: Params): Params[] =>
  read(p).map((_, row) => {
    const [beta, gamma, first, second, weight] = read(p).map((__, i) => (i === row ? 1 : 0));
    return {
      weights: Float64Array.of(weight),
      rates: new Map([
        ["gamma", gamma],
        ["beta", beta],
      ]),
      cutoffs: new Map([[3, [first, second]]]),
    };
  });

describe("params with Maps", () => {
  const constraints: Constraint<Params>[] = [fixed((p) => p.rates.get("gamma"))];
  const bounds = {
    lower: { cutoffs: new Map([[3, [null, -2]]]) },
    upper: { rates: new Map([["beta", 2]]), weights: 4 },
  };
  const solution: Params = {
    rates: new Map([
      ["beta", 2],
      ["gamma", 2],
    ]),
    cutoffs: new Map([[3, [5, -2]]]),
    weights: Float64Array.of(4),
  };

  it.each([
    ["differences", undefined],
    ["a derivative that is a tree", jac],
  ])("keep their shape through bounds, constraints and scaling, with %s", async (_what, derivative) => {
    const result = await minimize({
      fun: distance,
      params,
      jac: derivative,
      bounds,
      constraints,
      scaling: {},
      algorithm: "levenberg-marquardt",
      progress: false,
    });
    expect(result.success).toBe(true);
    read(result.params).forEach((value, i) => {
      expect(value).toBeCloseTo(read(solution)[i], 6);
    });
    expect(result.params.rates).toBeInstanceOf(Map);
    expect([...result.params.rates.keys()]).toEqual(["beta", "gamma"]);
    expect(result.startParams).toEqual(params);
    expect(result.history.paramNames).toEqual([
      'rates.get("beta")',
      'rates.get("gamma")',
      "cutoffs.get(3)[0]",
      "cutoffs.get(3)[1]",
      "weights[0]",
    ]);
    expect(String(result)).toContain('rates.get("beta")');
  });

  it("are named in errors", async () => {
    const options = { fun: distance, params, algorithm: "levenberg-marquardt", progress: false } as const;
    await expect(minimize({ ...options, bounds: { lower: { rates: new Map([["gamma", 3]]) } } })).rejects.toThrow(
      'The start value of rates.get("gamma") must lie within its bounds [3, Infinity], received 2.',
    );
    await expect(minimize({ ...options, bounds: { upper: { rates: new Map([["gama", 3]]) } } })).rejects.toThrow(
      'bounds.upper.rates.get("gama") is not in params. Did you mean "gamma"?',
    );
  });
});
