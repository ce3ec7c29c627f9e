import { describe, expect, it } from "vitest";
import type { Answer, Point, PointAnswer, Request, Solution } from "../../src/algorithms/types.ts";
import { type StepSettings, withNumericalDerivatives } from "../../src/differentiation/index.ts";
import { drive, type PlainFunction, problem } from "../algorithms/solve.ts";

const of = (...values: number[]): Float64Array => Float64Array.from(values);

/** Asks for the batches in turn, and hands out the answers it got. */
function ask(
  batches: readonly (readonly Point[])[],
  fun: PlainFunction,
  box: { x0?: readonly number[]; lower?: readonly number[]; upper?: readonly number[] } & StepSettings = {},
): { answers: PointAnswer[][]; requests: readonly Request[]; evaluations: number } {
  const answers: PointAnswer[][] = [];
  function* script(): Generator<Request, Solution, Answer> {
    for (const points of batches) answers.push([...(yield { points })]);
    return { x: of(), fun: 0, success: true, message: "", nIterations: 0 };
  }
  const { x0 = Array.from(batches[0][0].x), lower, upper, ...steps } = box;
  const generator = withNumericalDerivatives(script(), { ...problem(x0, lower, upper), ...steps });
  const { requests, evaluations } = drive(generator, fun);
  return { answers, requests, evaluations };
}

const residuals = ([a, b]: Float64Array): Float64Array => of(a * a, a * b, Math.exp(b));
const jacobian = ([a, b]: Float64Array): number[] => [2 * a, 0, b, a, 0, Math.exp(b)];

describe("one batch", () => {
  it("holds the value and all differences, and only wishes for values", () => {
    const x = of(1.5, -0.5);
    const { answers, requests } = ask([[{ x, want: "funAndJac" }]], residuals);
    expect(requests.length).toBe(1);
    expect(requests[0].points.map(({ want }) => want)).toEqual(["fun", "fun", "fun"]);
    const [{ fun, residuals: values, jac, failed }] = answers[0];
    expect(values).toEqual(residuals(x));
    expect(fun).toBeCloseTo(
      residuals(x).reduce((sum, value) => sum + value ** 2, 0),
      14,
    );
    expect(failed).toBe(false);
    jacobian(x).forEach((value, k) => {
      expect(jac?.[k]).toBeCloseTo(value, 6);
    });
  });

  it("holds twice as many central differences, which have half as many digits more", () => {
    const x = of(1.5, -0.5);
    const { answers, requests } = ask([[{ x, want: "jac", difference: "central" }]], residuals);
    expect(requests.length).toBe(1);
    expect(requests[0].points.length).toBe(4);
    expect(answers[0][0]).toMatchObject({ fun: Number.NaN, residuals: null });
    jacobian(x).forEach((value, k) => {
      expect(answers[0][0].jac?.[k]).toBeCloseTo(value, 9);
    });
  });

  it("holds each x once, also between points", () => {
    const x = of(1.5, -0.5);
    const points: Point[] = [
      { x, want: "fun" },
      { x: x.slice(), want: "funAndJac" },
      { x: x.slice(), want: "jac" },
      { x: of(0, 0), want: "fun" },
    ];
    const { answers, evaluations } = ask([points], residuals);
    expect(evaluations).toBe(4);
    expect(answers[0][1].jac).toEqual(answers[0][2].jac);
    expect(answers[0][0].jac).toBeNull();
    expect(answers[0][3].residuals).toEqual(of(0, 0, 1));
  });

  it("gives the gradient of a scalar criterion", () => {
    const { answers } = ask([[{ x: of(1, 2), want: "funAndJac" }]], ([a, b]) => a * a * b);
    expect(answers[0][0].fun).toBe(2);
    expect(answers[0][0].residuals).toBeNull();
    expect(answers[0][0].jac?.[0]).toBeCloseTo(4, 6);
    expect(answers[0][0].jac?.[1]).toBeCloseTo(1, 6);
  });
});

describe("a derivative alone", () => {
  it("takes the value from an earlier request", () => {
    const x = of(1.5, -0.5);
    const { answers, requests } = ask([[{ x, want: "fun" }], [{ x: x.slice(), want: "jac" }]], residuals);
    expect(requests.map(({ points }) => points.length)).toEqual([1, 2]);
    expect(answers[1][0].jac?.[0]).toBeCloseTo(3, 6);
  });

  it("asks for the value where it is not known", () => {
    const { evaluations } = ask([[{ x: of(1.5, -0.5), want: "jac" }]], residuals);
    expect(evaluations).toBe(3);
  });
});

describe("steps", () => {
  it.each([1e-4, 1, 1e5])("are relative: a parameter of size %d has as many digits as any", (size) => {
    const { answers } = ask([[{ x: of(size), want: "jac", difference: "central" }]], ([a]) => of(Math.sin(a / size)));
    expect((answers[0][0].jac?.[0] ?? 0) * size).toBeCloseTo(Math.cos(1), 9);
  });

  it("can be widened for a criterion that is not accurate to the last digit", () => {
    const { requests } = ask([[{ x: of(2), want: "jac" }]], ([a]) => of(a), { relativeStep: 2 ** -10 });
    expect(requests[0].points.map(({ x }) => x[0]).sort()).toEqual([2, 2 + 2 ** -9]);
  });

  it("get longer where the start is too near zero to show an effect", () => {
    const { answers, requests } = ask([[{ x: of(1e-20), want: "funAndJac" }]], ([a]) => of(3 * a + 1));
    expect(requests.length).toBe(2);
    expect(answers[0][0].jac?.[0]).toBeCloseTo(3, 5);
  });

  it.each([1e-6, 1e6])(
    "suit a parameter that starts at zero beside one of size %d, of the scale 1 or of that size",
    (size) => {
      const x = of(size, 0, 0);
      const { answers } = ask([[{ x, want: "jac", difference: "central" }]], ([a, b, c]) =>
        of(a / size, Math.exp(b), Math.exp(c / size)),
      );
      const jac = answers[0][0].jac ?? [];
      expect([jac[4], jac[8] * size]).toEqual([expect.closeTo(1, 5), expect.closeTo(1, 5)]);
    },
  );

  it("are not lost to rounding, however short they are asked for", () => {
    const { answers, requests } = ask([[{ x: of(3), want: "jac" }]], ([a]) => of(a), {
      absoluteSteps: () => of(1e-20),
    });
    expect(requests[0].points.map(({ x }) => x[0])).toEqual([3, 3 + 3 * 2 ** -51]);
    expect(answers[0][0].jac?.[0]).toBe(1);
  });

  it("cost one request more, once, for a parameter without effect", () => {
    const x = of(1e-3, 2);
    const { answers, requests } = ask([[{ x, want: "jac" }], [{ x: of(2e-3, 3), want: "jac" }]], (p) => of(p[1]));
    expect(requests.length).toBe(3);
    expect(Array.from(answers[1][0].jac ?? [])).toEqual([0, expect.closeTo(1, 6)]);
  });
});

describe("a method that is given", () => {
  const x = of(1.5, -0.5);
  const wish: Point = { x, want: "funAndJac", difference: "central" };
  const asked = (requests: readonly Request[]) => requests.flatMap(({ points }) => points.map((point) => point.x[0]));

  it("governs, whatever the algorithm asks for", () => {
    const { answers, requests } = ask([[wish]], residuals, { method: "backward" });
    expect(requests.map(({ points }) => points.length)).toEqual([3]);
    expect(Math.max(...asked(requests))).toBe(1.5);
    jacobian(x).forEach((value, k) => {
      expect(answers[0][0].jac?.[k]).toBeCloseTo(value, 6);
    });
  });

  it("costs nothing more where the algorithm wants another approximation at the same x", () => {
    const forward: Point = { x, want: "funAndJac", difference: "forward" };
    const { answers, evaluations } = ask([[forward], [{ ...wish, want: "jac" }]], residuals, { method: "forward" });
    expect(evaluations).toBe(3);
    expect(answers[1][0].jac).toEqual(answers[0][0].jac);
    expect(ask([[forward], [{ ...wish, want: "jac" }]], residuals).evaluations).toBe(7);
  });

  it.each(["forward", "backward", "central"] as const)("has longer steps for less accurate values: %s", (method) => {
    // Noise of relative size 1e-6, the same at the same x.
    const noisy = ([a]: Float64Array) => Math.exp(a) * (1 + 1e-6 * Math.sin(1e9 * a));
    const errorOf = (steps: StepSettings) => {
      const { answers } = ask([[{ x: of(1), want: "jac" }]], noisy, { ...steps, method });
      return Math.abs((answers[0][0].jac?.[0] ?? Number.NaN) / Math.E - 1);
    };
    expect(errorOf({ accuracy: 1e-6 })).toBeLessThan(method === "central" ? 1e-3 : 5e-3);
    expect(errorOf({})).toBeGreaterThan(1e-2);
  });
});

describe("Richardson's extrapolation", () => {
  const wave = ([a]: Float64Array) => Math.sin(a) + Math.exp(a);
  const slope = Math.cos(1) + Math.E;
  const errorOf = (steps: StepSettings) => {
    const { answers, requests, evaluations } = ask([[{ x: of(1), want: "funAndJac" }]], wave, steps);
    expect(requests.length).toBe(1);
    return { error: Math.abs((answers[0][0].jac?.[0] ?? Number.NaN) - slope), evaluations };
  };

  it.each([
    ["central", 0, 3, 1e-9],
    ["central", 1, 5, 1e-11],
    ["central", 2, 7, 1e-12],
    ["forward", 0, 2, 1e-6],
    ["forward", 1, 3, 1e-8],
    ["forward", 3, 5, 1e-10],
    ["backward", 3, 5, 1e-10],
  ] as const)(
    "of %s differences, %d times, takes %d points in one batch for an error below %d",
    (method, n, m, most) => {
      const { error, evaluations } = errorOf({ method, richardson: n });
      expect(evaluations).toBe(m);
      expect(error).toBeLessThan(most);
    },
  );

  it("keeps its digits at a bound and beside it", () => {
    for (const lower of [[1], [1 - 1e-4], [1 - 1e-9]])
      for (const method of ["central", "forward", "backward"] as const) {
        const { answers, requests } = ask([[{ x: of(1), want: "jac" }]], wave, { method, richardson: 2, lower });
        for (const { x } of requests.flatMap(({ points }) => points)) expect(x[0]).toBeGreaterThanOrEqual(lower[0]);
        expect(Math.abs((answers[0][0].jac?.[0] ?? Number.NaN) - slope)).toBeLessThan(1e-8);
      }
  });

  it("goes on with fewer steps where the longer ones fail, without another request", () => {
    const fun = ([a]: Float64Array) => (Math.abs(a - 1) > 0.01 ? Number.NaN : wave(of(a)));
    const { answers, requests } = ask([[{ x: of(1), want: "funAndJac" }]], fun, { method: "central", richardson: 2 });
    expect(requests.length).toBe(1);
    expect(Math.abs((answers[0][0].jac?.[0] ?? Number.NaN) - slope)).toBeLessThan(2e-5);
  });
});

describe("bounds", () => {
  it("are never left, and turn differences to the other side", () => {
    const box = { lower: [0, -1], upper: [1, 5] };
    const x = of(1, -1);
    const { answers, requests } = ask([[{ x, want: "jac", difference: "central" }]], residuals, box);
    for (const { x: asked } of requests.flatMap(({ points }) => points)) {
      expect(asked[0]).toBeLessThanOrEqual(1);
      expect(asked[1]).toBeGreaterThanOrEqual(-1);
    }
    jacobian(x).forEach((value, k) => {
      expect(answers[0][0].jac?.[k]).toBeCloseTo(value, 8);
    });
  });

  it("that agree give a zero column at no cost", () => {
    const box = { lower: [1.5, -9], upper: [1.5, 9] };
    const { answers, evaluations } = ask([[{ x: of(1.5, 2), want: "funAndJac" }]], residuals, box);
    expect(evaluations).toBe(2);
    const jac = Array.from(answers[0][0].jac ?? []);
    expect([jac[0], jac[2], jac[4]]).toEqual([0, 0, 0]);
    expect(jac[3]).toBeCloseTo(1.5, 6);
  });

  it("that fix everything give a Jacobian of zeros of the right size", () => {
    const box = { lower: [1, 2], upper: [1, 2] };
    const { answers, evaluations } = ask([[{ x: of(1, 2), want: "jac" }]], residuals, box);
    expect(evaluations).toBe(1);
    expect(answers[0][0].jac).toEqual(new Float64Array(6));
  });
});

describe("failures", () => {
  const failsAbove = (limit: number) => (x: Float64Array) => {
    if (x[0] > limit) throw new Error("too large");
    return residuals(x);
  };

  it.each(["forward", "central"] as const)("on one side turn a %s difference to the other", (difference) => {
    const x = of(1.5, -0.5);
    const { answers, requests } = ask([[{ x, want: "funAndJac", difference }]], failsAbove(1.5));
    expect(requests.length).toBe(2);
    expect(answers[0][0].failed).toBe(false);
    jacobian(x).forEach((value, k) => {
      expect(answers[0][0].jac?.[k]).toBeCloseTo(value, 6);
    });
  });

  it("count where a residual is not finite", () => {
    const fun = ([a]: Float64Array) => of(a > 2 ? Number.NaN : a * a);
    const { answers } = ask([[{ x: of(2), want: "jac" }]], fun);
    expect(answers[0][0].jac?.[0]).toBeCloseTo(4, 6);
  });

  it("on both sides leave the value but no derivative", () => {
    const fun = (x: Float64Array) => {
      if (x[0] !== 1.5) throw new Error("only here");
      return residuals(x);
    };
    const { answers } = ask([[{ x: of(1.5, -0.5), want: "funAndJac" }]], fun);
    expect(answers[0][0]).toMatchObject({ failed: true, jac: null, residuals: residuals(of(1.5, -0.5)) });
  });

  it("at the point itself leave no derivative and ask for nothing more", () => {
    const { answers, requests } = ask([[{ x: of(2, 1), want: "funAndJac" }]], failsAbove(1.5));
    expect(requests.length).toBe(1);
    expect(answers[0][0]).toMatchObject({ failed: true, jac: null });
  });

  it("of the number of residuals to stay the same are errors", () => {
    const fun = (x: Float64Array) => new Float64Array(x[0] > 1 ? 3 : 2).fill(x[0]);
    expect(() => ask([[{ x: of(1), want: "jac" }]], fun)).toThrow(
      /same number of residuals everywhere, expected 2, received 3/,
    );
  });
});
