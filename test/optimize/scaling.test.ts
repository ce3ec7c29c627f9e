/** Certified values: NIST StRD, Misra1a, https://www.itl.nist.gov/div898/strd/nls/data/misra1a.shtml */
import { describe, expect, it } from "vitest";
import { CriterionError, leastSquares, minimize, type ScalingOptions } from "../../src/index.ts";

const y = [10.07, 14.73, 17.94, 23.93, 29.61, 35.18, 40.02, 44.82, 50.76, 55.05, 61.01, 66.4, 75.47, 81.78];
const x = [77.6, 114.9, 141.1, 190.8, 239.9, 289.0, 332.8, 378.4, 434.8, 477.3, 536.8, 593.1, 689.1, 760.0];
const certified = { b1: 2.3894212918e2, b2: 5.5015643181e-4 };
const certifiedRss = 1.2455138894e-1;

type Misra = typeof certified;
const params: Misra = { b1: 500, b2: 1e-4 };
const fun = leastSquares(({ b1, b2 }: Misra) => x.map((one, i) => b1 * (1 - Math.exp(-b2 * one)) - y[i]));
const jac = ({ b1, b2 }: Misra) => x.map((one) => [1 - Math.exp(-b2 * one), b1 * one * Math.exp(-b2 * one)]);
const bounds = { lower: { b1: 100, b2: 1e-5 }, upper: { b1: 500, b2: 1e-2 } };
const ways: ReadonlyArray<ScalingOptions> = [
  { clippingValue: 1e-6 },
  { method: "start-values", clippingValue: 1e-9, magnitude: 10 },
  { method: "bounds", clippingValue: 1e-9 },
];

describe.each(ways)("scaled by %j", (scaling) => {
  it.each([{}, { jac }])("reaches the certified values (%j)", async (derivative) => {
    const algorithm = "levenberg-marquardt";
    const result = await minimize({ fun, params, bounds, scaling, algorithm, progress: false, ...derivative });
    expect(result.params.b1 / certified.b1).toBeCloseTo(1, 7);
    expect(result.params.b2 / certified.b2).toBeCloseTo(1, 7);
    expect(result.fun / certifiedRss).toBeCloseTo(1, 8);
    expect(result.startParams).toEqual(params);
    for (let i = 0; i < result.history.length; i++) {
      const [b1, b2] = result.history.row(i).params;
      expect([b1 >= 100, b1 <= 500, b2 >= 1e-5, b2 <= 1e-2]).toEqual([true, true, true, true]);
    }
  });

  it("lets a simplex, whose steps know no sizes, reach them", async () => {
    const algorithm = "nelder-mead-parallel";
    // NIST's nearer start: at the other one b1 is at its bound.
    const start = { b1: 250, b2: 5e-4 };
    const result = await minimize({
      fun,
      params: start,
      bounds,
      scaling,
      algorithm,
      progress: false,
      maxFunEvals: 20_000,
    });
    expect(result.params.b1 / certified.b1).toBeCloseTo(1, 3);
    expect(result.params.b2 / certified.b2).toBeCloseTo(1, 3);
  });

  it("tells of external parameters where the criterion fails", async () => {
    const fails = ({ b1, b2 }: Misra): number => {
      if (b1 < 500) throw new RangeError("too small");
      return b2;
    };
    const failure = await minimize({
      fun: fails,
      params,
      bounds,
      scaling,
      algorithm: "nelder-mead-parallel",
      progress: false,
    }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(CriterionError);
    const at = (failure as CriterionError).params as Misra;
    expect(at.b1).toBeGreaterThanOrEqual(100);
    expect((failure as CriterionError).message).toContain(`(b1 = ${at.b1}, b2 = ${at.b2})`);
  });
});

it("tells wrong options before anything is evaluated", async () => {
  const wrong = minimize({
    fun: () => expect.fail("evaluated"),
    params: 1,
    algorithm: "nelder-mead-parallel",
    scaling: { method: "bounds" },
    progress: false,
  });
  await expect(wrong).rejects.toThrow('scaling by "bounds" needs a finite lower and upper bound');
});
