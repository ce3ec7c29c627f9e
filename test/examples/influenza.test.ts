import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { indexCases, population, residuals, simulate } from "../../examples/influenza/model.ts";
import { influenzaFile, parseInfluenzaData, readInfluenzaData } from "../../examples/influenza/read-data.ts";

const twoWeeks = Array.from({ length: 14 }, (_, k) => k + 1);

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  return Math.max(...Array.from(a, (value, k) => Math.abs(value - b[k])));
}

describe("the deterministic model", () => {
  // SciPy 1.17, solve_ivp with DOP853, rtol 1e-13, atol 1e-12.
  test("agrees with another integrator", () => {
    const expected = [
      2.707222979125572, 7.266288292988369, 19.064446897010352, 47.228147457513835, 102.75397260896607,
      176.77199964858315, 225.26392537221065, 221.21948647332667, 183.51697707889247, 138.4203430399962,
      99.07328409064803, 68.83843604314094, 47.00384630703006, 31.75635907798023,
    ];
    expect(largestDifference(simulate({ beta: 1.5, gamma: 0.5 }, twoWeeks), expected)).toBeLessThan(1e-9);
  });

  test("without recovery the epidemic is logistic", () => {
    const beta = 1.7;
    const logistic = twoWeeks.map((t) => {
      const growth = indexCases * Math.exp(beta * t);
      return (population * growth) / (population - indexCases + growth);
    });
    expect(largestDifference(simulate({ beta, gamma: 0 }, twoWeeks), logistic)).toBeLessThan(1e-8);
  });

  test("without transmission the index case recovers exponentially", () => {
    const gamma = 0.45;
    const decay = twoWeeks.map((t) => indexCases * Math.exp(-gamma * t));
    expect(largestDifference(simulate({ beta: 0, gamma }, twoWeeks), decay)).toBeLessThan(1e-12);
  });

  test("nothing happens at rates of zero, and day 0 is the start", () => {
    expect(Array.from(simulate({ beta: 0, gamma: 0 }, [0, 1, 14]))).toEqual([1, 1, 1]);
    expect(Array.from(simulate({ beta: 2, gamma: 1 }, [0]))).toEqual([1]);
  });

  test("peaks where the first integral of the equations says", () => {
    // Kermack and McKendrick: I + S − (N / R0) ln S is constant, and I is largest where S = N / R0.
    const [beta, gamma] = [1.6692, 0.4435];
    const r0 = beta / gamma;
    const s0 = population - indexCases;
    const expected = population - (population / r0) * (1 + Math.log((s0 * r0) / population));
    const fine = Array.from({ length: 14_000 }, (_, k) => (k + 1) / 1000);
    expect(Math.max(...simulate({ beta, gamma }, fine))).toBeCloseTo(expected, 4);
  });

  test("stays between 0 and the population, and does not depend on the days in between", () => {
    const rate = fc.double({ min: 0, max: 20, noNaN: true });
    fc.assert(
      fc.property(rate, rate, fc.double({ min: 0, max: 10, noNaN: true }), (beta, gamma, middle) => {
        const [atMiddle, atEnd] = simulate({ beta, gamma }, [middle, 10]);
        for (const infected of [atMiddle, atEnd]) {
          expect(infected).toBeGreaterThanOrEqual(0);
          expect(infected).toBeLessThanOrEqual(population + 1e-6);
        }
        expect(Math.abs(atEnd - simulate({ beta, gamma }, [10])[0])).toBeLessThan(1e-6);
      }),
      { numRuns: 50 },
    );
  });

  test.each([
    [{ beta: -1, gamma: 0.5 }, [1], /beta must be a finite rate per day, not negative, received -1/],
    [{ beta: 1, gamma: Number.NaN }, [1], /gamma must be .* received NaN/],
    [{ beta: 1, gamma: Number.POSITIVE_INFINITY }, [1], /gamma must be .* received Infinity/],
    [{ beta: 1, gamma: 1 }, [2, 1], /days must ascend from 0, received 1 after 2/],
    [{ beta: 1, gamma: 1 }, [-1], /days must ascend from 0, received -1/],
  ])("refuses %o on days %o", (params, days, message) => {
    expect(() => simulate(params, days)).toThrow(RangeError);
    expect(() => simulate(params, days)).toThrow(message);
  });
});

describe("the fit to the school's data", () => {
  const { days, inBed } = readInfluenzaData();
  const sumOfSquares = (beta: number, gamma: number): number =>
    residuals({ beta, gamma }, days, inBed).reduce((sum, r) => sum + r * r, 0);

  // Least squares with SciPy 1.17 (least_squares over DOP853); Murray's Mathematical Biology has 1.66 and 0.44.
  const [beta, gamma] = [1.66922614, 0.44345019];

  test("has the sum of squares that SciPy finds, and is a minimum", () => {
    expect(sumOfSquares(beta, gamma)).toBeCloseTo(4121.941482774599, 5);
    for (const [b, g] of [
      [1e-4, 0],
      [-1e-4, 0],
      [0, 1e-4],
      [0, -1e-4],
    ])
      expect(sumOfSquares(beta + b, gamma + g)).toBeGreaterThan(sumOfSquares(beta, gamma));
  });

  test("residuals are model minus data", () => {
    expect(Array.from(residuals({ beta: 0, gamma: 0 }, [1, 2], [3, 8]))).toEqual([-2, -7]);
    expect(() => residuals({ beta, gamma }, [1, 2], [3])).toThrow(/equally long, received 2 and 1/);
  });
});

describe("reading the data", () => {
  test("the file is the published series", () => {
    const { days, inBed } = readInfluenzaData();
    expect(days).toEqual(twoWeeks);
    expect(inBed).toEqual([3, 8, 26, 76, 225, 298, 258, 233, 189, 128, 68, 29, 14, 4]);
  });

  test("columns may come in any order, with others, line ends of Windows and a byte order mark", () => {
    expect(parseInfluenzaData("\uFEFFin_bed, note,day\r\n3,a,1\r\n8,b,2\r\n\r\n", "x.csv")).toEqual({
      days: [1, 2],
      inBed: [3, 8],
    });
  });

  test.each([
    ["", /x\.csv, line 1: expected a column day, found ""/],
    ["day,sick\n1,3", /line 1: expected a column in_bed/],
    ["day,in_bed\n", /expected at least one day below the header/],
    ["day,in_bed\n1", /line 2: expected 2 values, found "1"/],
    ["day,in_bed\n1,3\n2,many", /line 3: in_bed must be a whole number, not negative, found "many"/],
    ["day,in_bed\n1,-3", /line 2: in_bed must be/],
    ["day,in_bed\n,3", /line 2: day must be/],
    ["day,in_bed\n2,3\n2,8", /line 3: days must ascend, found day 2 after day 2/],
  ])("refuses %j", (text, message) => {
    expect(() => parseInfluenzaData(text, "x.csv")).toThrow(message);
  });

  test("a missing file is named", () => {
    expect(() => readInfluenzaData(new URL("./missing.csv", influenzaFile))).toThrow(
      /Cannot read .*missing\.csv: ENOENT/,
    );
  });
});
