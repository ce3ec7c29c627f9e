import { describe, expect, it } from "vitest";
import { checkDerivative } from "../../src/problem/returned-derivative.ts";
import { shapeOf } from "../../src/problem/tree.ts";

describe("checkDerivative", () => {
  const shape = shapeOf({ a: 1, b: [1, 1] });
  const gradient = new Float64Array([1, 2, 3]);

  it.each(["scalar", "likelihood"] as const)("takes a tree, an array or a Float64Array as gradient (%s)", (kind) => {
    for (const returned of [{ a: 1, b: [2, 3] }, [1, 2, 3], gradient, new Float32Array([1, 2, 3])])
      expect(checkDerivative(returned, shape, kind, null)).toEqual(gradient);
  });

  it("takes rows of any of these, or all in one, as Jacobian", () => {
    const jacobian = new Float64Array([1, 2, 3, 4, 5, 6]);
    const returns = [
      [{ a: 1, b: [2, 3] }, new Float64Array([4, 5, 6])],
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
      jacobian,
      [1, 2, 3, 4, 5, 6],
      new Float32Array([1, 2, 3, 4, 5, 6]),
    ];
    for (const returned of returns)
      for (const m of [2, null]) expect(checkDerivative(returned, shape, "least-squares", m)).toEqual(jacobian);
    expect(checkDerivative([7, 8], shapeOf(1), "least-squares", 2)).toEqual(new Float64Array([7, 8]));
    expect(checkDerivative([[7], [8]], shapeOf([1]), "least-squares", 2)).toEqual(new Float64Array([7, 8]));
  });

  it("takes trees with Maps, as gradient and as rows", () => {
    const ofMap = shapeOf({ rates: new Map([["beta", 1]]), k: new Map([[3, [1, 1]]]) });
    const tree = { k: new Map([[3, [2, 3]]]), rates: new Map([["beta", 1]]) };
    expect(checkDerivative(tree, ofMap, "scalar", null)).toEqual(gradient);
    expect(checkDerivative([tree, [4, 5, 6]], ofMap, "least-squares", 2)).toEqual(Float64Array.of(1, 2, 3, 4, 5, 6));
    const strange = { ...tree, rates: new Map([["betta", 1]]) };
    expect(() => checkDerivative([tree, strange], ofMap, "least-squares", 2)).toThrow(
      'jac(params)[1].rates.get("betta") is not in params. Did you mean "beta"?',
    );
  });

  it("copies: a derivative may use its array again", () => {
    for (const [kind, m] of [
      ["scalar", null],
      ["least-squares", 1],
    ] as const) {
      const buffer = Float64Array.from(gradient);
      const checked = checkDerivative(buffer, shape, kind, m);
      buffer.fill(0);
      expect(checked).toEqual(gradient);
    }
  });

  const JACOBIAN = (m: number | string, received: string) =>
    `jac must return the Jacobian of the residuals, ${m} rows × 3 parameters, as an array of rows or flat in row-major order; received ${received}.`;
  it.each([
    ["scalar", [1, 2], null, "jac(params) must have one entry for each of the 3 parameters, but has 2."],
    ["scalar", 3, null, "jac(params) must be an object as in params, received 3."],
    ["scalar", undefined, null, "jac(params) must be an object as in params, received undefined."],
    [
      "scalar",
      { a: 1, b: [2] },
      null,
      "jac(params).b must be an array of length 2, as in params; received one of length 1.",
    ],
    ["least-squares", new Float64Array(5), null, JACOBIAN("m", "5 numbers")],
    ["least-squares", new Float64Array(6), 3, JACOBIAN(3, "6 numbers")],
    ["least-squares", [], null, JACOBIAN("m", "0 numbers")],
    ["least-squares", [[1, 2, 3]], 2, JACOBIAN(2, "1 rows")],
    ["least-squares", "no", 2, JACOBIAN(2, '"no"')],
    [
      "least-squares",
      [
        [1, 2, 3],
        [4, 5],
      ],
      2,
      "jac(params)[1] must have one entry for each of the 3 parameters, but has 2.",
    ],
    ["least-squares", [[1, 2, 3], null], 2, "jac(params)[1] must be an object as in params, received null."],
  ] as const)("refuses, of a %s criterion, %o", (kind, returned, m, message) => {
    expect(() => checkDerivative(returned, shape, kind, m)).toThrow(message);
  });

  it.each(["scalar", "least-squares", "likelihood"] as const)(
    "knows value and derivative where jac returned both, of a %s criterion",
    (kind) => {
      const both = { value: [1, 2], jac: [gradient, gradient] };
      expect(() => checkDerivative(both, shape, kind, 2)).toThrow("Give a function that returns both as funAndJac.");
    },
  );

  it("takes a gradient of parameters that are called value and jac", () => {
    const named = shapeOf({ value: 1, jac: [1] });
    expect(checkDerivative({ value: 3, jac: [4] }, named, "scalar", null)).toEqual(Float64Array.of(3, 4));
  });

  it("names funAndJac where that returned it", () => {
    expect(() => checkDerivative([1], shape, "scalar", null, "funAndJac")).toThrow(
      "funAndJac(params).jac must have one entry",
    );
    expect(() => checkDerivative([], shape, "least-squares", 2, "funAndJac")).toThrow(
      "funAndJac must return the Jacobian of the residuals, 2 rows",
    );
  });
});

describe("checkDerivative of a likelihood", () => {
  const shape = shapeOf({ a: 1, b: [1, 1] });
  const sum = new Float64Array([11, 22, 33]);

  it("adds the rows of the contributions' Jacobian", () => {
    const returns = [
      [{ a: 1, b: [2, 3] }, new Float64Array([10, 20, 30])],
      [
        [1, 2, 3],
        [10, 20, 30],
      ],
      [1, 2, 3, 10, 20, 30],
      new Float64Array([1, 2, 3, 10, 20, 30]),
    ];
    for (const returned of returns)
      for (const m of [2, null]) expect(checkDerivative(returned, shape, "likelihood", m)).toEqual(sum);
  });

  it("tells gradient and rows apart where params is an array of arrays, or a number", () => {
    const nested = shapeOf([[1, 1], [1]]);
    expect(checkDerivative([[11, 22], [33]], nested, "likelihood", 2)).toEqual(sum);
    const rows = [
      [[1, 2], [3]],
      [10, 20, 30],
    ];
    expect(checkDerivative(rows, nested, "likelihood", 2)).toEqual(sum);
    const number = shapeOf(1);
    expect(checkDerivative(7, number, "likelihood", 3)).toEqual(Float64Array.of(7));
    expect(checkDerivative([7], number, "likelihood", 3)).toEqual(Float64Array.of(7));
    expect(checkDerivative([1, 2, 4], number, "likelihood", 3)).toEqual(Float64Array.of(7));
    expect(checkDerivative([[1], [2], [4]], number, "likelihood", 3)).toEqual(Float64Array.of(7));
  });

  const EITHER = (m: number | string) =>
    `jac must return the gradient, of length 3, or the Jacobian of the contributions, ${m} rows × 3 parameters, as an array of rows or flat in row-major order; received`;
  it.each([
    [[1, 2], null, `${EITHER("m")} 2 numbers.`],
    [[1, 2, 3, 4, 5, 6], 3, `${EITHER(3)} 6 numbers.`],
    [[[1, 2, 3]], 2, `${EITHER(2)} 1 rows.`],
    [
      [
        [1, 2, 3],
        [4, 5],
      ],
      2,
      "jac(params)[1] must have one entry for each of the 3 parameters, but has 2.",
    ],
    [[{ a: 1 }], 1, "jac(params) must be an object as in params"],
    [{ a: 1 }, 1, "b is missing: the shape must be that of params."],
  ])("refuses %o of %o contributions", (returned, m, message) => {
    expect(() => checkDerivative(returned, shape, "likelihood", m)).toThrow(message);
  });
});
