import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  AbortError,
  type BatchEvaluator,
  CriterionError,
  type DenseMatrix,
  firstDerivative,
  InvalidInputError,
  leastSquares,
  likelihood,
  resolveBatchEvaluator,
} from "../../src/index.ts";

const entries = ({ rows, columns, data }: DenseMatrix): number[][] =>
  Array.from({ length: rows }, (_, i) => Array.from(data.subarray(i * columns, (i + 1) * columns)));
const close = (value: number, digits = 8) => expect.closeTo(value, digits);

/** The points of each batch. */
function recorded(): { batches: unknown[][]; batchEvaluator: BatchEvaluator } {
  const batches: unknown[][] = [];
  const serial = resolveBatchEvaluator("serial");
  const batchEvaluator: BatchEvaluator = (fun, args, options) => {
    batches.push([...args]);
    return serial(fun, args, options);
  };
  return { batches, batchEvaluator };
}

describe("the derivative", () => {
  it("of a number is a tree like params, and a matrix of one row", async () => {
    const fun = ({ a, b }: { a: number; b: { c: number[]; d: Float64Array } }) =>
      a * Math.exp(b.c[0]) + b.c[1] ** 2 * b.d[0];
    const params = { a: 2, b: { c: [0, 3], d: Float64Array.of(5) } };
    const result = await firstDerivative({ fun, params });
    expect(result.derivative).toEqual({
      a: close(1),
      b: { c: [close(2), close(30)], d: Float64Array.of(result.jacobian.data[3]) },
    });
    expect(entries(result.jacobian)).toEqual([[close(1), close(2), close(30), close(9)]]);
    expect(result.paramNames).toEqual(["a", "b.c[0]", "b.c[1]", "b.d[0]"]);
    expect(result.valueNames).toEqual(["value"]);
    expect([result.value, result.nFunEvals, result.nBatches]).toEqual([47, 9, 1]);
    expect([result.derivativeErrors, result.jacobianErrors]).toEqual([null, null]);
  });

  it("of an array has a tree for each of its numbers", async () => {
    const result = await firstDerivative({ fun: ({ a, b }) => [a * b, a, b ** 3], params: { a: 2, b: 3 } });
    expect(result.derivative).toEqual([
      { a: close(3), b: close(2) },
      { a: close(1), b: close(0) },
      { a: close(0), b: close(27) },
    ]);
    expect([result.value, result.valueNames]).toEqual([
      [6, 2, 27],
      ["value[0]", "value[1]", "value[2]"],
    ]);
  });

  it("of a tree is a tree of trees", async () => {
    const fun = ([p, q]: number[]) => ({
      sum: p + q,
      moments: new Map([["one", p * q]]),
      floats: Float64Array.of(p * p),
    });
    const { derivative } = await firstDerivative({ fun, params: [2, 3] });
    expect(derivative).toEqual({
      sum: [close(1), close(1)],
      moments: new Map([["one", [close(3), close(2)]]]),
      floats: [[close(4), close(0)]],
    });
  });

  it("is right, too, where the function writes into the same tree at each point", async () => {
    const flat = Float64Array.of(0, 0);
    const tree = { p: 0, q: new Map([["both", flat]]) };
    const fun = ([p, q]: number[]) => {
      flat[0] = p * q;
      flat[1] = q;
      tree.p = p;
      return tree;
    };
    const { derivative, value } = await firstDerivative({ fun, params: [2, 3] });
    expect(derivative).toEqual({
      p: [close(1), close(0)],
      q: new Map([
        [
          "both",
          [
            [close(3), close(2)],
            [close(0), close(1)],
          ],
        ],
      ]),
    });
    expect(value).toEqual({ p: 2, q: new Map([["both", Float64Array.of(6, 3)]]) });
    expect((await firstDerivative({ fun: (p) => ({ value: fun(p), info: fun }), params: [2, 3] })).value.p).toBe(2);
  });

  it("of a single number is a number", async () => {
    expect((await firstDerivative({ fun: Math.sin, params: 1 })).derivative).toBeCloseTo(Math.cos(1), 9);
  });

  it("of leastSquares and likelihood is that of the terms; of { value, info } that of the value", async () => {
    const terms = (p: number) => [p * p, 3 * p];
    const expected = [close(4), close(3)];
    expect((await firstDerivative({ fun: leastSquares(terms), params: 2 })).derivative).toEqual(expected);
    expect((await firstDerivative({ fun: likelihood(terms), params: 2 })).derivative).toEqual(expected);
    const informed = (p: number) => ({ value: terms(p), info: { iterations: 7 } });
    expect((await firstDerivative({ fun: informed, params: 2 })).derivative).toEqual(expected);
    const floats = (p: number) => Float32Array.of(p, 2 * p);
    expect((await firstDerivative({ fun: floats, params: 2, accuracy: 1e-7 })).derivative).toEqual([
      close(1, 3),
      close(2, 3),
    ]);
  });
});

describe("points", () => {
  it("are all in one batch, params first", async () => {
    const { batches, batchEvaluator } = recorded();
    const params = { a: 2, b: 4 };
    const options = { fun: (p: typeof params) => p.a * p.b, params, batchEvaluator };
    await firstDerivative({ ...options, method: "forward", absoluteStep: { a: 0.5, b: 0.25 } });
    expect(batches).toEqual([[params, { a: 2.5, b: 4 }, { a: 2, b: 4.25 }]]);
  });

  it("stay within the bounds, for the same number of digits", async () => {
    const { batches, batchEvaluator } = recorded();
    const bounds = { lower: { a: 1 }, upper: { b: 2 } };
    const fun = ({ a, b }: { a: number; b: number }) => Math.log(a) + Math.exp(b);
    for (const method of ["central", "forward", "backward"] as const) {
      const { derivative } = await firstDerivative({ fun, params: { a: 1, b: 2 }, bounds, batchEvaluator, method });
      const digits = method === "central" ? 8 : 5;
      expect(derivative).toEqual({ a: close(1, digits), b: close(Math.exp(2), digits) });
    }
    expect(batches.length).toBe(3);
    for (const { a, b } of batches.flat() as { a: number; b: number }[]) expect([a >= 1, b <= 2]).toEqual([true, true]);
  });
});

describe("accuracy", () => {
  const rate = 3e-7;
  const decay = ({ k }: { k: number }) => Math.exp(-k / rate);

  it("is that of a small parameter's own scale, not of 1", async () => {
    const { derivative } = await firstDerivative({ fun: decay, params: { k: rate } });
    expect(derivative.k * rate).toBeCloseTo(-Math.exp(-1), 8);
  });

  it("comes with longer steps where a parameter is near zero by chance", async () => {
    const fun = ({ a, b }: { a: number; b: number }) => Math.cos(a) + Math.sin(b);
    const { derivative, nBatches } = await firstDerivative({ fun, params: { a: 1, b: 3e-11 } });
    expect(derivative.b).toBeCloseTo(1, 6);
    expect(nBatches).toBe(2);
  });

  it("is kept where the effect of a parameter is small beside a large value", async () => {
    const fun = ({ k }: { k: number }) => 1e6 + Math.exp(-k / rate);
    for (const richardson of [0, 2]) {
      const { derivative } = await firstDerivative({ fun, params: { k: rate }, richardson });
      expect(derivative.k * rate).toBeCloseTo(-Math.exp(-1), 4);
    }
  });

  it("is that of a parameter at zero beside others of any magnitude", async () => {
    const others = fc.integer({ min: -12, max: 12 }).map((exponent) => 10 ** exponent);
    await fc.assert(
      fc.asyncProperty(others, others, async (size, scale) => {
        // All that tells of its scale are 1 and the other parameter.
        fc.pre(scale >= Math.min(1, size) && scale <= Math.max(1, size));
        const fun = ({ a, b }: { a: number; b: number }) => a / size + Math.exp(b / scale);
        const { derivative } = await firstDerivative({ fun, params: { a: size, b: 0 } });
        expect(derivative.b * scale).toBeCloseTo(1, 4);
      }),
    );
  });

  it("is estimated with extrapolations, not by much too little", async () => {
    const functions: readonly [(x: number) => number, (x: number) => number][] = [
      [Math.exp, Math.exp],
      [Math.sin, Math.cos],
      [Math.log, (x) => 1 / x],
      [Math.sqrt, (x) => 0.5 / Math.sqrt(x)],
      [(x) => 1 / (1 + x * x), (x) => (-2 * x) / (1 + x * x) ** 2],
    ];
    const given = [
      fc.constantFrom(...functions),
      fc.double({ min: 0.1, max: 20, noNaN: true }),
      fc.constantFrom("central" as const, "forward" as const, "backward" as const),
      fc.integer({ min: 1, max: 4 }),
    ] as const;
    await fc.assert(
      fc.asyncProperty(...given, async ([fun, slope], params, method, richardson) => {
        const { derivative, derivativeErrors } = await firstDerivative({ fun, params, method, richardson });
        const error = Math.abs(derivative - slope(params));
        expect(error).toBeLessThanOrEqual(20 * (derivativeErrors as number));
        if (method === "central") expect(error).toBeLessThan(1e-8 * (1 + Math.abs(fun(params))));
      }),
    );
  });
});

describe("failures", () => {
  const failsAbove = ({ a, b }: { a: number; b: number }) => {
    if (a > 1) throw new RangeError("a is too large");
    return a * a + b;
  };
  const params = { a: 1, b: 2 };

  it("are thrown with the point's parameters", async () => {
    const error = await firstDerivative({ fun: failsAbove, params }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(CriterionError);
    expect((error as CriterionError).params).toEqual({ a: expect.any(Number), b: 2 });
    expect((error as CriterionError).cause).toBeInstanceOf(RangeError);
    expect((error as Error).message).toMatch(
      /^firstDerivative: fun failed at a = 1\.0\d*, b = 2: RangeError: a is too large$/,
    );
  });

  it('turn the difference to the other side under "continue", and are listed', async () => {
    const result = await firstDerivative({ fun: failsAbove, params, errorHandling: "continue" });
    expect(result.derivative).toEqual({ a: close(2), b: close(1) });
    expect(result.nBatches).toBe(2);
    expect(result.failures).toEqual([{ params: { a: expect.any(Number), b: 2 }, error: expect.any(RangeError) }]);
  });

  it("on all sides leave NaN", async () => {
    const fun = ({ a, b }: { a: number; b: number }) => {
      if (a !== 1) throw new Error("only here");
      return a * b;
    };
    const { derivative } = await firstDerivative({ fun, params, errorHandling: "continue" });
    expect(derivative).toEqual({ a: Number.NaN, b: close(1) });
  });

  it("by values that are not finite need no errorHandling where the other side has some", async () => {
    const fun = (a: number) => (a > 1 ? Number.NaN : a ** 3);
    expect((await firstDerivative({ fun, params: 1 })).derivative).toBeCloseTo(3, 7);
    const nowhere = (a: number) => (a === 1 ? 1 : Number.NaN);
    await expect(firstDerivative({ fun: nowhere, params: 1 })).rejects.toThrow(
      /no derivative with respect to params: fun is not finite at points on both sides of params = 1/,
    );
    expect((await firstDerivative({ fun: nowhere, params: 1, errorHandling: "continue" })).derivative).toBeNaN();
  });

  it("at params itself are thrown always", async () => {
    const options = { params, errorHandling: "continue" } as const;
    const fails = () => {
      throw new Error("nowhere");
    };
    await expect(firstDerivative({ fun: fails, ...options })).rejects.toThrow(CriterionError);
    await expect(firstDerivative({ fun: () => [1, Number.NaN], ...options })).rejects.toThrow(
      "firstDerivative: fun must be finite at params, but value[1] is NaN at a = 1, b = 2.",
    );
  });

  it("by an abort are AbortErrors", async () => {
    const controller = new AbortController();
    const fun = (a: number) => {
      controller.abort();
      return a;
    };
    await expect(firstDerivative({ fun, params: 1, signal: controller.signal })).rejects.toThrow(AbortError);
  });
});

describe("wrong input", () => {
  const fun = ({ a }: { a: number }) => a;
  const params = { a: 1 };
  it.each<[object, RegExp | string]>([
    [{ params }, "firstDerivative: fun must be a function of params, received undefined."],
    [{ fun }, "firstDerivative: the option params is missing."],
    [{ fun, params, metod: "central" }, "firstDerivative: unknown option metod. Did you mean method?"],
    [{ fun, params, method: "central-cross" }, /option method must be "central" or "forward" or "backward"/],
    [
      { fun, params, absoluteStep: 0 },
      "firstDerivative: absoluteStep: the step of a must be a positive number, received 0.",
    ],
    [{ fun, params, bounds: { lower: 1, upper: 1 } }, /the bounds of a are equal, which leaves no room/],
    [{ fun, params, bounds: { lower: 2 } }, /a must lie within its bounds/],
    [{ fun, params: { a: Number.NaN } }, /a must be finite/],
    [{ fun, params, batchEvaluator: "thread" }, /Did you mean threads/],
    [{ fun: () => "3", params }, /fun must return a number, an array of numbers, or numbers in .* but returned "3"/],
    [{ fun: () => {}, params }, /returned undefined\. Is a return missing\?/],
    [
      { fun: ({ a }: { a: number }) => (a > 1 ? [a] : [a, a]), params },
      /as many numbers, under the same names, everywhere/,
    ],
  ])("%j is refused", async (options, message) => {
    const rejected = expect(firstDerivative(options as never)).rejects;
    await rejected.toThrow(message);
    await expect(firstDerivative(options as never)).rejects.toBeInstanceOf(InvalidInputError);
  });
});

it("prints as a table", async () => {
  const one = await firstDerivative({ fun: ({ a, b }) => a + 2 * b, params: { a: 1, b: 1 }, absoluteStep: 0.25 });
  expect(String(one)).toBe(
    [
      "First derivative of a function whose value is 3. It took 5 evaluations in 1 batch.",
      "",
      "parameter  derivative",
      "─────────  ──────────",
      "a                   1",
      "b                   2",
    ].join("\n"),
  );
  const two = await firstDerivative({ fun: ([p, q]) => ({ f: p, g: 3 * q }), params: [1, 1], absoluteStep: 0.25 });
  expect(String(two)).toBe(
    [
      "First derivative of 2 values with respect to 2 parameters. It took 5 evaluations in 1 batch.",
      "",
      "   params[0]  params[1]",
      "─  ─────────  ─────────",
      "f          1          0",
      "g          0          3",
    ].join("\n"),
  );
});
