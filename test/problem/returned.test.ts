import { describe, expect, it } from "vitest";
import { kindOf, leastSquares, likelihood } from "../../src/problem/function-kinds.ts";
import { checkDerivative, checkValue } from "../../src/problem/returned.ts";
import { shapeOf } from "../../src/problem/tree.ts";

describe("function kinds", () => {
  it("mark a function and leave the original alone", () => {
    const residuals = (p: number) => [p];
    const marked = leastSquares(residuals);
    expect([kindOf(marked), kindOf(likelihood(residuals)), kindOf(residuals)]).toEqual([
      "least-squares",
      "likelihood",
      undefined,
    ]);
    expect(marked.name).toBe("residuals");
    expect(marked(3)).toEqual([3]);
  });

  it.each([
    ["leastSquares", leastSquares],
    ["likelihood", likelihood],
  ])("%s refuses what is no function", (name, mark) => {
    expect(() => mark([1, 2] as never)).toThrow(`${name}: expected a function of the parameters, received [1, 2].`);
  });

  it("has a kind for functions only", () => {
    expect([kindOf(null), kindOf({})]).toEqual([undefined, undefined]);
  });
});

describe("checkValue", () => {
  it.each([1, -0, Number.NaN, Number.NEGATIVE_INFINITY])("takes the number %d", (value) => {
    expect(checkValue(value, "scalar")).toEqual({ scalar: value, vector: null });
  });

  it("sums squares, and contributions", () => {
    expect(checkValue([1, -2, 3], "least-squares")).toEqual({ scalar: 14, vector: new Float64Array([1, -2, 3]) });
    expect(checkValue(new Float32Array([0.5, -2]), "likelihood").scalar).toBe(-1.5);
    expect(checkValue([1, Number.NaN], "least-squares").scalar).toBeNaN();
  });

  it("copies: a criterion may use its array again", () => {
    const buffer = new Float64Array([1, 2]);
    const { vector } = checkValue(buffer, "least-squares");
    buffer.fill(7);
    expect(vector).toEqual(new Float64Array([1, 2]));
  });

  const LEAST_SQUARES = "The criterion given to leastSquares(…) must return a non-empty array of numbers, but returned";
  it.each([
    ["scalar", undefined, "The criterion must return a number, but returned undefined. Is a return missing?"],
    ["scalar", null, "The criterion must return a number, but returned null."],
    ["scalar", true, "The criterion must return a number, but returned true."],
    ["scalar", "1.5", 'The criterion must return a number, but returned "1.5". Convert it by Number(…).'],
    ["scalar", "", 'The criterion must return a number, but returned "".'],
    ["scalar", "abc", 'The criterion must return a number, but returned "abc".'],
    ["scalar", 3n, "The criterion must return a number, but returned 3n. Convert it by Number(…)."],
    [
      "scalar",
      [1, 2],
      "The criterion must return a number, but returned [1, 2]. For residuals write fun: leastSquares(f), for log-likelihood contributions likelihood(f).",
    ],
    ["scalar", { fun: 1 }, 'The criterion must return a number, but returned {"fun":1}.'],
    ["least-squares", undefined, `${LEAST_SQUARES} undefined. Is a return missing?`],
    ["least-squares", 3, `${LEAST_SQUARES} 3. Return the terms, not their sum, or leave leastSquares out.`],
    ["least-squares", [], `${LEAST_SQUARES} [].`],
    ["least-squares", new Float64Array(), `${LEAST_SQUARES} Float64Array [].`],
    ["least-squares", [1, 2, 3, 4, 5, "6"], `${LEAST_SQUARES} [1, 2, 3, 4, … 6 in all]. Entry 5 is "6".`],
    ["least-squares", [1, [2]], `${LEAST_SQUARES} [1, [2]]. Entry 1 is [2].`],
    ["least-squares", new Array(3), `${LEAST_SQUARES} [undefined, undefined, undefined]. Entry 0 is undefined.`],
    ["least-squares", new Int32Array(1), `${LEAST_SQUARES} Int32Array [0]. Convert it by Float64Array.from(…).`],
    [
      "likelihood",
      -12.5,
      "given to likelihood(…) must return a non-empty array of numbers, but returned -12.5. Return the terms, not their sum, or leave likelihood out.",
    ],
  ] as const)("refuses, of a %s criterion, %o", (kind, value, message) => {
    let caught: unknown;
    try {
      checkValue(value, kind);
    } catch (error) {
      caught = error;
    }
    const text = (caught as Error).message;
    if (kind === "likelihood") expect(text).toContain(message);
    else expect(text).toBe(message);
  });
});

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
      'row 1 of the Jacobian that jac returned.rates.get("betta") is not in params. Did you mean "beta"?',
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
    [
      "scalar",
      [1, 2],
      null,
      "the gradient that jac returned must have one entry for each of the 3 parameters, but has 2.",
    ],
    ["scalar", 3, null, "the gradient that jac returned must be an object as in params, received 3."],
    ["scalar", undefined, null, "the gradient that jac returned must be an object as in params, received undefined."],
    [
      "scalar",
      { a: 1, b: [2] },
      null,
      "the gradient that jac returned.b must be an array of length 2, as in params; received one of length 1.",
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
      "row 1 of the Jacobian that jac returned must have one entry for each of the 3 parameters, but has 2.",
    ],
    [
      "least-squares",
      [[1, 2, 3], null],
      2,
      "row 1 of the Jacobian that jac returned must be an object as in params, received null.",
    ],
  ] as const)("refuses, of a %s criterion, %o", (kind, returned, m, message) => {
    expect(() => checkDerivative(returned, shape, kind, m)).toThrow(message);
  });
});
