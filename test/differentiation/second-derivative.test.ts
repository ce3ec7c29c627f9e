import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type BatchEvaluator,
  CriterionError,
  type DenseMatrix,
  InvalidInputError,
  leastSquares,
  likelihood,
  resolveBatchEvaluator,
  type SecondDifferenceMethod,
  secondDerivative,
} from "../../src/index.ts";

const entries = ({ rows, columns, data }: DenseMatrix): number[][] =>
  Array.from({ length: rows }, (_, i) => Array.from(data.subarray(i * columns, (i + 1) * columns)));
const close = (value: number, digits = 5) => expect.closeTo(value, digits);
const methods: readonly SecondDifferenceMethod[] = ["central-cross", "central-average", "forward", "backward"];
const isCentral = (method: SecondDifferenceMethod) => method.startsWith("central");

function recorded(): { batches: unknown[][]; batchEvaluator: BatchEvaluator } {
  const batches: unknown[][] = [];
  const serial = resolveBatchEvaluator("serial");
  const batchEvaluator: BatchEvaluator = (fun, args, options) => {
    batches.push([...args]);
    return serial(fun, args, options);
  };
  return { batches, batchEvaluator };
}

describe.each(methods)("%s", (method) => {
  const digits = isCentral(method) ? 4 : 1;

  /** The examples of numdifftools' Hessian. */
  it.each<[string, (x: number[]) => number, number[], number[][]]>([
    [
      "Rosenbrock",
      ([x, y]) => (1 - x) ** 2 + 105 * (y - x * x) ** 2,
      [1, 1],
      [
        [842, -420],
        [-420, 210],
      ],
    ],
    [
      "cos(x - y)",
      ([x, y]) => Math.cos(x - y),
      [0, 0],
      [
        [-1, 1],
        [1, -1],
      ],
    ],
  ])("has the Hessian of %s, and more digits by extrapolation", async (_, fun, params, expected) => {
    const { hessian, hessianErrors } = await secondDerivative({ fun, params, method });
    expect(entries(hessian)).toEqual(expected.map((row) => row.map((value) => close(value, digits))));
    expect(hessianErrors).toBeNull();
    const further = await secondDerivative({ fun, params, method, richardson: 2 });
    const more = isCentral(method) ? 6 : 3;
    expect(entries(further.hessian)).toEqual(expected.map((row) => row.map((value) => close(value, more))));
    // Of Rosenbrock's function, which is zero there, more is lost to rounding than its value tells.
    if (fun(params) === 0) return;
    further.hessian.data.forEach((value, i) => {
      const error = Math.abs(value - expected.flat()[i]);
      expect(error).toBeLessThanOrEqual(10 * (further.hessianErrors as DenseMatrix).data[i]);
    });
  });

  it("takes its points in one batch: so many, within the bounds, and is symmetric", async () => {
    const { batches, batchEvaluator } = recorded();
    const params = { a: 1, b: [2, 3] };
    const fun = ({ a, b }: typeof params) => a * b[0] * b[1] + a ** 3 + Math.exp(b[0] - b[1]);
    const result = await secondDerivative({ fun, params, method, batchEvaluator });
    const n = 3;
    const count =
      method === "central-cross"
        ? 1 + 2 * n * n
        : method === "central-average"
          ? 1 + 3 * n + n * n
          : 1 + (n * (n + 3)) / 2;
    expect([batches.length, batches[0].length, result.nFunEvals, result.nBatches]).toEqual([1, count, count, 1]);
    const e = Math.exp(-1);
    expect(result.derivative).toEqual({
      a: { a: close(6, digits), b: [close(3, digits), close(2, digits)] },
      b: [
        { a: close(3, digits), b: [close(e, digits), close(1 - e, digits)] },
        { a: close(2, digits), b: [close(1 - e, digits), close(e, digits)] },
      ],
    });
    const [h] = [entries(result.hessian)];
    expect(h).toEqual(h.map((row, i) => row.map((_, j) => h[j][i])));
    const bounds = { lower: { a: 1 }, upper: { b: [2, null] } };
    const bounded = await secondDerivative({ fun, params, method, bounds, batchEvaluator });
    for (const { a, b } of batches[1] as (typeof params)[]) expect([a >= 1, b[0] <= 2]).toEqual([true, true]);
    bounded.hessian.data.forEach((value, i) => {
      expect(value).toBeCloseTo(result.hessian.data[i], isCentral(method) ? 4 : 1);
    });
  });

  it("is exact for polynomials of degree two, wherever the bounds are, with the same number of points a batch", () => {
    const small = fc.integer({ min: -9, max: 9 });
    const given = fc.record({
      hessian: fc.tuple(small, small, small, small, small, small),
      slope: fc.tuple(small, small, small),
      at: fc.tuple(small, small, small),
      room: fc.array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 20, max: 40 }), fc.boolean()), {
        minLength: 3,
        maxLength: 3,
      }),
      richardson: fc.nat(1),
    });
    return fc.assert(
      fc.asyncProperty(given, async ({ hessian: [a, b, c, d, e, f], slope, at, room, richardson }) => {
        const h = [
          [a, b, c],
          [b, d, e],
          [c, e, f],
        ];
        const fun = (p: readonly number[]) =>
          p.reduce((sum, v, i) => sum + slope[i] * v + v * p.reduce((s, w, j) => s + (h[i][j] * w) / 2, 0), 0);
        const sides = room.map(([near, far, isLow]) => (isLow ? [near, far] : [far, near]));
        const bounds = { lower: at.map((v, i) => v - sides[i][0]), upper: at.map((v, i) => v + sides[i][1]) };
        const { batches, batchEvaluator } = recorded();
        const result = await secondDerivative({
          fun,
          params: [...at],
          method,
          bounds,
          batchEvaluator,
          absoluteStep: 1,
          richardson,
        });
        result.hessian.data.forEach((value, i) => {
          expect(value).toBeCloseTo(h.flat()[i], 7);
        });
        for (const p of batches.flat() as number[][])
          p.forEach((value, i) => {
            expect(value).toBeGreaterThanOrEqual(bounds.lower[i]);
            expect(value).toBeLessThanOrEqual(bounds.upper[i]);
          });
        expect(batches.length).toBe(1);
      }),
      { numRuns: 40 },
    );
  });
});

describe("the second derivative", () => {
  it("of a single number is a number", async () => {
    const { derivative, hessian } = await secondDerivative({ fun: Math.sin, params: 1 });
    expect(derivative).toBeCloseTo(-Math.sin(1), 6);
    expect([hessian.rows, hessian.columns, hessian.data[0]]).toEqual([1, 1, derivative]);
  });

  it("of an array has a Hessian for each of its numbers", async () => {
    const { derivative, hessian } = await secondDerivative({
      fun: ([p, q]: number[]) => [p * q, p ** 3],
      params: [1, 2],
    });
    const expected = [
      [
        [close(0), close(1)],
        [close(1), close(0)],
      ],
      [
        [close(6), close(0)],
        [close(0), close(0)],
      ],
    ];
    expect(derivative).toEqual(expected);
    expect(hessian.map(entries)).toEqual(expected);
  });

  /** The information matrix of a binary logit is Σ p (1 − p) x xᵀ. */
  it("of a log-likelihood is that of the sum, of leastSquares that of the sum of squares", async () => {
    const x = [
      [1, 0.5],
      [1, -1],
      [1, 2],
      [1, 0.1],
      [1, -0.4],
    ];
    const y = [1, 0, 1, 0, 1];
    const p = (beta: number[], row: number[]) => 1 / (1 + Math.exp(-(beta[0] * row[0] + beta[1] * row[1])));
    const beta = [0.2, 0.7];
    const fun = likelihood((b: number[]) => x.map((row, i) => Math.log(y[i] === 1 ? p(b, row) : 1 - p(b, row))));
    const { hessian } = await secondDerivative({ fun, params: beta });
    const information = [0, 1].map((i) =>
      [0, 1].map((j) => x.reduce((sum, row) => sum + p(beta, row) * (1 - p(beta, row)) * row[i] * row[j], 0)),
    );
    expect(entries(hessian)).toEqual(information.map((row) => row.map((value) => close(-value))));
    const squares = await secondDerivative({ fun: leastSquares((a: number) => [a, 2 * a]), params: 3 });
    expect(squares.derivative).toBeCloseTo(10, 5);
  });

  it("is that of a small parameter's own scale, and of a longer one near zero", async () => {
    const rate = 3e-7;
    const small = await secondDerivative({ fun: ({ k }: { k: number }) => Math.exp(-k / rate), params: { k: rate } });
    expect(small.derivative.k.k * rate * rate).toBeCloseTo(Math.exp(-1), 5);
    const fun = ({ a, b }: { a: number; b: number }) => Math.cos(a) * Math.exp(b);
    const zero = await secondDerivative({ fun, params: { a: 1, b: 3e-11 } });
    expect(zero.derivative.b.b).toBeCloseTo(Math.cos(1), 3);
    expect(zero.nBatches).toBe(2);
  });

  it("is kept where the curvature is small beside a large value, as of a log-likelihood", async () => {
    const fun = ({ s, b }: { s: number; b: number }) => 1e5 + 1000 * (Math.cosh(b - 1) - 1) + (s / 1e4 - 1) ** 2;
    const { derivative } = await secondDerivative({ fun, params: { s: 1e4, b: 1 } });
    expect(derivative.b.b / 1000).toBeCloseTo(1, 5);
    expect(derivative.s.s * 1e8).toBeCloseTo(2, 3);
  });

  it("is that of a parameter at zero beside a large one", async () => {
    const fun = ({ people, growth }: { people: number; growth: number }) => (people / 1e6) * Math.exp(growth);
    const { derivative } = await secondDerivative({ fun, params: { people: 1e6, growth: 0 } });
    expect(derivative.growth).toEqual({ people: close(1e-6, 10), growth: close(1, 5) });
  });
});

it("of many parameters takes each point once, in one batch", async () => {
  const n = 60;
  const { batches, batchEvaluator } = recorded();
  const fun = (x: Float64Array) => x.reduce((sum, value, i) => sum + value * value * (i === 0 ? 1 : x[i - 1]), 0);
  const { hessian } = await secondDerivative({ fun, params: new Float64Array(n).fill(1.5), batchEvaluator });
  expect(batches.map((points) => new Set(points.map(String)).size)).toEqual([1 + 2 * n * n]);
  expect(batches[0].length).toBe(1 + 2 * n * n);
  const expected = (i: number, j: number) => (i === j ? (i === 0 ? 2 : 3) : Math.abs(i - j) === 1 ? 3 : 0);
  expect(entries(hessian).flat()).toEqual(
    entries(hessian).flatMap((row, i) => row.map((_, j) => close(expected(i, j), 4))),
  );
});

describe("failures", () => {
  const fun = ({ a, b }: { a: number; b: number }) => {
    if (a > 1) throw new RangeError("a is too large");
    return a ** 3 * b;
  };
  const params = { a: 1, b: 2 };

  it("are thrown with the point's parameters", async () => {
    const error = await secondDerivative({ fun, params }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(CriterionError);
    expect((error as Error).message).toMatch(/^secondDerivative: fun failed at a = 1\.0\d*, b = 2.*: RangeError/);
  });

  it.each(methods)('turn to the other side under "continue": %s', async (method) => {
    const result = await secondDerivative({ fun, params, method, errorHandling: "continue" });
    expect([result.nBatches, result.failures.length > 0]).toEqual([
      method === "backward" ? 1 : 2,
      method !== "backward",
    ]);
    const digits = isCentral(method) ? 4 : 1;
    expect(result.derivative.a).toEqual({ a: close(12, digits), b: close(3, digits) });
  });

  it("on all sides leave NaN", async () => {
    const strict = (p: typeof params) => {
      if (p.a !== 1) throw new Error("only here");
      return p.b ** 2;
    };
    const { derivative } = await secondDerivative({ fun: strict, params, errorHandling: "continue" });
    expect(derivative).toEqual({ a: { a: Number.NaN, b: Number.NaN }, b: { a: Number.NaN, b: close(2) } });
    const notFinite = (p: typeof params) => (p.a === 1 ? p.b : Number.NaN);
    await expect(secondDerivative({ fun: notFinite, params })).rejects.toThrow(
      /no second derivative with respect to a and a: fun is not finite near a = 1, b = 2/,
    );
  });
});

it.each<[object, RegExp | string]>([
  [{ method: "central" }, /option method must be "central-cross" or "central-average" or "forward" or "backward"/],
  [
    { bounds: { lower: 0.9, upper: 1.1 }, absoluteStep: 0.2 },
    /the bounds of a, \[0\.9, 1\.1\], leave no room for steps of 0\.2 from 1\./,
  ],
  [{ stepsize: 1 }, /secondDerivative: unknown option stepsize/],
])("%j is refused", async (options, message) => {
  const rejected = secondDerivative({ fun: ({ a }: { a: number }) => a, params: { a: 1 }, ...options } as never);
  await expect(rejected).rejects.toThrow(message);
  await expect(rejected).rejects.toBeInstanceOf(InvalidInputError);
});

it("prints as a table", async () => {
  const fun = ({ a, b }: { a: number; b: number }) => a * a * b;
  const result = await secondDerivative({ fun, params: { a: 1, b: 3 }, absoluteStep: 0.25 });
  expect(String(result)).toBe(
    [
      "Second derivative of a function whose value is 3. It took 9 evaluations in 1 batch.",
      "",
      "   a  b",
      "─  ─  ─",
      "a  6  2",
      "b  2  0",
    ].join("\n"),
  );
  const two = await secondDerivative({ fun: (p: number) => [p * p, 3 * p], params: 1, absoluteStep: 0.25 });
  expect(String(two)).toMatch(
    /^Second derivatives of 2 values\. It took 3 evaluations in 1 batch\.\n\nvalue\[0\] +params\n/,
  );
});
