import { describe, expect, it } from "vitest";
import { kindOf, leastSquares, likelihood } from "../../src/problem/function-kinds.ts";
import { checkValue, checkValueAndJac } from "../../src/problem/returned.ts";

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
    expect(checkValue(value, "scalar")).toEqual({ scalar: value, vector: null, info: null });
  });

  it("sums squares, and contributions", () => {
    expect(checkValue([1, -2, 3], "least-squares")).toEqual({
      scalar: 14,
      vector: new Float64Array([1, -2, 3]),
      info: null,
    });
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
    [
      "scalar",
      { fun: 1 },
      'The criterion must return a number, but returned {"fun":1}. To have more than the value kept, return { value, info }.',
    ],
    [
      "least-squares",
      { residuals: [1] },
      `${LEAST_SQUARES} {"residuals":[1]}. To have more than the value kept, return { value, info }.`,
    ],
    [
      "scalar",
      { value: "1.5" },
      'The criterion must return { value, info } with a number as value, but the value is "1.5". Convert it by Number(…).',
    ],
    [
      "least-squares",
      { value: 3, info: 1 },
      "The criterion given to leastSquares(…) must return { value, info } with a non-empty array of numbers as value, but the value is 3. " +
        "Return the terms, not their sum, or leave leastSquares out.",
    ],
    ["scalar", { info: 1 }, 'The criterion returned info without a value: {"info":1}. Return { value, info }.'],
    [
      "scalar",
      { value: 1, inof: 2 },
      "In what the criterion returned: unknown key inof. Did you mean info? Known: info, value.",
    ],
    [
      "scalar",
      { value: 1, jac: [2] },
      "fun returned { value, jac }, but must return the value alone, or { value, info }. Give a function that returns both as funAndJac, beside fun.",
    ],
    [
      "scalar",
      { value: Promise.resolve(1) },
      "The criterion must return { value, info } with a number as value, but the value is a Promise. Await it.",
    ],
    [
      "likelihood",
      { value: Promise.resolve([1]), info: 1 },
      "The criterion given to likelihood(…) must return { value, info } with a non-empty array of numbers as value, but the value is a Promise. Await it.",
    ],
    [
      "scalar",
      { value: 1, info: { solver: { log: console.log } } },
      "info.solver.log is function log, which the history cannot keep. It keeps numbers, strings, typed arrays, Map, Set, " +
        "Date, and plain objects and arrays of them.",
    ],
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

describe("info", () => {
  it("comes with a value of any kind", () => {
    const info = { steps: 12, path: [1, 2, 3], at: new Date(0), sizes: new Map([["a", Float64Array.of(-0)]]) };
    expect(checkValue({ value: 3, info }, "scalar")).toEqual({ scalar: 3, vector: null, info });
    const vector = Float64Array.of(1, 2);
    expect(checkValue({ value: [1, 2], info }, "least-squares")).toEqual({ scalar: 5, vector, info });
    expect(checkValue({ value: vector, info: "fine" }, "likelihood")).toEqual({ scalar: 3, vector, info: "fine" });
  });

  it("is none where it is left out, null or undefined", () => {
    for (const returned of [{ value: 3 }, { value: 3, info: null }, { value: 3, info: undefined }])
      expect(checkValue(returned, "scalar").info).toBeNull();
    for (const info of [0, "", false, Number.NaN]) expect(checkValue({ value: 3, info }, "scalar").info).toBe(info);
  });

  it("is a copy: a criterion may use its objects again", () => {
    const info = { steps: [1] };
    const kept = checkValue({ value: 3, info }, "scalar").info;
    info.steps[0] = 2;
    expect(kept).toEqual({ steps: [1] });
  });
});

describe("checkValueAndJac", () => {
  it("takes the value of each kind, whatever the derivative, and info", () => {
    const jac = [[1], [2]];
    expect(checkValueAndJac({ value: 3, jac }, "scalar")).toEqual({
      value: { scalar: 3, vector: null, info: null },
      jac,
    });
    const { value } = checkValueAndJac({ value: [1, 2], jac, info: { n: 1 } }, "least-squares");
    expect(value).toEqual({ scalar: 5, vector: Float64Array.of(1, 2), info: { n: 1 } });
    expect(checkValueAndJac({ value: [1, 2], jac }, "likelihood").value.scalar).toBe(3);
  });

  const MUST = "funAndJac must return { value, jac }";
  it.each([
    ["scalar", undefined, `${MUST}, but returned undefined. Is a return missing?`],
    ["scalar", 3, `${MUST}, but returned 3.`],
    ["scalar", [3, [1]], `${MUST}, but returned [3, [1]]. Name what is in the array.`],
    ["scalar", { value: 3 }, `${MUST}, but what it returned has no jac: {"value":3}.`],
    ["scalar", { jac: [1], info: 1 }, `${MUST}, but what it returned has no value: {"jac":[1],"info":1}.`],
    [
      "scalar",
      { value: 3, jca: [1] },
      "In what funAndJac returned: unknown key jca. Did you mean jac? Known: info, jac, value.",
    ],
    [
      "scalar",
      { value: { value: 3, info: 1 }, jac: [1] },
      `${MUST} with a number as value, but the value is {"value":3,"info":1}. Put info beside value.`,
    ],
    [
      "scalar",
      { value: [3], jac: [1] },
      `${MUST} with a number as value, but the value is [3]. For residuals write fun: leastSquares(f), for log-likelihood contributions likelihood(f).`,
    ],
    [
      "least-squares",
      { value: 3, jac: [1] },
      `${MUST} with a non-empty array of numbers as value, but the value is 3. Return the terms, not their sum, or leave leastSquares out.`,
    ],
    [
      "scalar",
      { value: 3, jac: [1], info: { fit: Symbol("s") } },
      /^info\.fit is Symbol\(s\), which the history cannot keep\./,
    ],
  ] as const)("refuses, of a %s criterion, %o", (kind, returned, message) => {
    expect(() => checkValueAndJac(returned, kind)).toThrow(message);
  });
});
