import { describe, expect, it } from "vitest";
import {
  buildInternalFun,
  checkConstraints,
  countFreeParams,
  InvalidInputError,
  type NonlinearOptions,
  nonlinear,
  probability,
} from "../../../src/index.ts";

type P = { a: number; b: number[]; m: Map<string, number> };
const params: P = { a: 2, b: [3, 5], m: new Map([["u", 7]]) };
const messageOf = (make: () => unknown) => {
  try {
    make();
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidInputError);
    return (error as Error).message;
  }
  return "nothing was thrown";
};

describe("options", () => {
  const fun = (a: number) => a;
  it.each<[string, unknown, RegExp]>([
    ["none", undefined, /expected \{ fun, value or lower, upper \}, received undefined/],
    ["a name that is not known", { fun, uper: 1 }, /unknown option uper\. Did you mean upper\?/],
    ["no function", { fun: 3, upper: 1 }, /fun must be a function of the selected parameters, .* received 3/],
    ["a derivative that is none", { fun, upper: 1, jac: [1] }, /jac must be a function .* received \[1\]/],
    ["nothing asked", { fun }, /give either value, or lower or upper or both; received/],
    ["too much asked", { fun, value: 1, upper: 2 }, /give either value, or lower or upper or both/],
    ["limits that cross", { fun, lower: [0, 3], upper: 2 }, /lower must not be above upper, received 3 > 2/],
    ["limits of two lengths", { fun, lower: [0, 3], upper: [1, 4, 5] }, /must have the same length, received 2 and 3/],
    ["not a number", { fun, value: Number.NaN }, /value must be a number, or an array .* received NaN/],
    ["null for a value", { fun, value: null }, /value must be a number, or an array .* received null/],
    ["null for a bound", { fun, lower: null, upper: 3 }, /lower must be a number, or an array .* received null/],
    ["an array of others", { fun, upper: [1, "2"] }, /upper must be a number, or an array/],
    ["an empty array", { fun, lower: [] }, /lower must be a number, or an array/],
    ["an infinite value", { fun, value: Number.POSITIVE_INFINITY }, /a value cannot be asked to be Infinity/],
    ["no tolerance", { fun, value: 1, tolerance: 0 }, /tolerance must be a positive number, received 0/],
  ])("%s", (_name, options, message) => {
    expect(messageOf(() => nonlinear((p: P) => p.a, options as NonlinearOptions<number>))).toMatch(message);
  });

  it("has a selector as others do", () => {
    expect(messageOf(() => nonlinear("a" as never, { fun, upper: 1 } as never))).toMatch(
      /nonlinear: expected a function that picks parts of params/,
    );
    const constraints = [nonlinear((p: P) => p.a + 1, { fun, upper: 1 })];
    expect(messageOf(() => checkConstraints({ params, constraints }))).toMatch(
      /^constraints\[0\] \(nonlinear\): its selector must return parts of params as they are/,
    );
  });
});

describe("without evaluation", () => {
  const never = () => {
    throw new Error("evaluated");
  };
  const constraints = [nonlinear((p: P) => p, { fun: never, jac: never, upper: 1 })];
  it("checks and counts ignore what only functions know", () => {
    checkConstraints({ params, constraints });
    expect(countFreeParams({ params, constraints })).toBe(4);
    expect(
      countFreeParams({
        params: { s: [0.5, 0.5] },
        constraints: (c) => [c.probability((p) => p.s), c.nonlinear((p) => p.s, { fun: never, upper: 1 })],
      }),
    ).toBe(1);
  });
});

describe("values", () => {
  const at = async (options: NonlinearOptions<P>, x = Float64Array.of(2, 3, 5, 7)) =>
    buildInternalFun({ fun: () => 0, jac: () => [0, 0, 0, 0], params, constraints: [nonlinear((p: P) => p, options)] })(
      {
        x,
        want: "funAndJac",
      },
    );
  const jac: NonlinearOptions<P>["jac"] = ({ a, b }) => [{ a: b[0], b: [a, 0], m: new Map([["u", 0]]) }, [0, 0, 1, 2]];
  const fun = ({ a, b, m }: P) => Float32Array.of(a * b[0], b[1] + 2 * (m.get("u") ?? 0));

  it("come with derivatives, given or by differences, from trees like the selection", async () => {
    const given = await at({ fun, jac, upper: 1 });
    expect(given.constraints?.values).toEqual([Float64Array.of(6, 19)]);
    expect(given.constraints?.jac).toEqual(Float64Array.of(3, 2, 0, 0, 0, 0, 1, 2));
    const smooth = await at({ fun: ({ a, b, m }) => [a * b[0], b[1] + 2 * (m.get("u") ?? 0)], upper: 1 });
    smooth.constraints?.jac?.forEach((value, i) => {
      expect(value).toBeCloseTo([3, 2, 0, 0, 0, 0, 1, 2][i], 8);
    });
  });

  it("are evaluated for a derivative alone, too, and absent where the criterion failed", async () => {
    const constraints = [nonlinear((p: P) => p, { fun, jac, upper: 1 })];
    const options = { jac: () => [0, 0, 0, 0], params, constraints, errorHandling: "continue" } as const;
    const x = Float64Array.of(2, 3, 5, 7);
    const alone = await buildInternalFun({ ...options, fun: () => 0 })({ x, want: "jac" });
    expect(alone.constraints?.values).toEqual([Float64Array.of(6, 19)]);
    const failing = () => {
      throw new Error("no");
    };
    expect(await buildInternalFun({ ...options, fun: failing })(x)).not.toHaveProperty("constraints");
  });

  it.each<[string, Partial<NonlinearOptions<P>>, RegExp]>([
    [
      "nothing",
      { fun: (() => undefined) as never },
      /fun must return a number or a non-empty array of numbers, but returned undefined\. Is a return missing\?/,
    ],
    [
      "another length",
      { fun: () => [1, 2, 3], upper: [1, 2] },
      /fun returned 3 values, but its value, lower or upper has length 2/,
    ],
    [
      "too few rows",
      { jac: () => [[1, 2, 3, 4]] },
      /jac must return the derivative of 2 values with respect to the 4 selected parameters, as 2 rows, .* received 1 rows/,
    ],
    ["a flat one of another length", { jac: () => [1, 2, 3, 4] }, /received 4 numbers/],
    [
      "a short row",
      {
        jac: () => [
          [1, 2],
          [3, 4],
        ],
      },
      /received a row of 2/,
    ],
    ["a row that is no such tree", { jac: () => [{ a: 1 }, { a: 1 }] as never }, /row 0 of what jac returned/],
  ])("that are wrong: %s", async (_name, options, message) => {
    const all = { fun: () => [1, 2], upper: 1, ...options } as NonlinearOptions<P>;
    await expect(at(all)).rejects.toThrow(message);
    await expect(at(all)).rejects.toThrow(/^constraints\[0\] \(nonlinear\): /);
  });

  it("differences go through other constraints and stay within bounds", async () => {
    const seen: number[][] = [];
    const { constraints } = await buildInternalFun({
      fun: () => 0,
      jac: () => [0, 0],
      params: [0.25, 0.75],
      constraints: [
        probability((p: number[]) => p),
        nonlinear((p: number[]) => p, {
          fun: (p) => {
            seen.push(p);
            return p[0] * p[1];
          },
          upper: 1,
        }),
      ],
      // Internal x is the ratio to the largest at the start.
    })({ x: Float64Array.of(0), want: "funAndJac" });
    for (const [a, b] of seen) {
      expect(a).toBeGreaterThanOrEqual(0);
      expect(a + b).toBeCloseTo(1, 14);
    }
    // p = (r, 1) / (1 + r): the product is r / (1 + r)², of slope 1 at 0.
    expect(constraints?.jac?.[0]).toBeCloseTo(1, 6);
  });
});
