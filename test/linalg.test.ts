import { describe, expect, it } from "vitest";
import { InvalidInputError } from "../src/errors.ts";
import {
  compressLeastSquares,
  type DenseMatrix,
  leastSquares,
  norm,
  symmetricEigen,
  thinSvd,
  times,
  transposeTimes,
} from "../src/linalg.ts";

const matrix = (rows: number, columns: number, ...data: number[]): DenseMatrix => ({
  rows,
  columns,
  data: Float64Array.from(data),
});

describe("thinSvd", () => {
  it.each([
    ["tall", matrix(3, 2, 1, 2, 3, 4, 5, 6)],
    ["wide", matrix(2, 3, 1, 2, 3, 4, 5, 6)],
    ["rank deficient", matrix(3, 2, 1, 2, 2, 4, 3, 6)],
    ["large elements", matrix(2, 2, 1e300, 2e300, 3e299, -1e300)],
    ["small elements", matrix(2, 2, 1e-300, 2e-300, 3e-300, -1e-300)],
    ["one element", matrix(1, 1, -7)],
    ["zero", matrix(3, 2, 0, 0, 0, 0, 0, 0)],
  ])("gives back a %s matrix as the product of its factors", (_, a) => {
    const { left, values, right } = thinSvd(a);
    const size = norm(a.data);
    expect(values).toEqual(values.toSorted().reverse());
    for (let i = 0; i < a.rows; i++)
      for (let j = 0; j < a.columns; j++) {
        let product = 0;
        values.forEach((value, k) => {
          product += left.data[i * values.length + k] * value * right.data[j * values.length + k];
        });
        expect(Math.abs(product - a.data[i * a.columns + j])).toBeLessThanOrEqual(1e-14 * size);
      }
  });

  it("finds the singular values of a diagonal matrix", () => {
    expect(Array.from(thinSvd(matrix(2, 2, 3, 0, 0, -4)).values)).toEqual([4, 3]);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])("rejects %d, for which it would be wrong without a word", (value) => {
    expect(() => thinSvd(matrix(2, 1, 1, value))).toThrow(InvalidInputError);
  });
});

describe("compressLeastSquares", () => {
  it("keeps AᵀA and Aᵀb in fewer rows", () => {
    const a = matrix(5, 2, 1, 2, 0, 1, -1, 3, 2, 2, 4, 0);
    const bs = [Float64Array.of(1, 2, 3, 4, 5), Float64Array.of(0, 1, 0, -1, 0)];
    const small = compressLeastSquares(a, bs);
    expect(small.a.rows).toBe(4);
    for (const v of [Float64Array.of(1, 0), Float64Array.of(0, 1)])
      for (const [j, value] of transposeTimes(small.a, times(small.a, v)).entries())
        expect(value).toBeCloseTo(transposeTimes(a, times(a, v))[j], 12);
    bs.forEach((b, k) => {
      for (const [j, value] of transposeTimes(small.a, small.bs[k]).entries())
        expect(value).toBeCloseTo(transposeTimes(a, b)[j], 12);
    });
  });

  it("rejects values that are not finite and right-hand sides of another length", () => {
    const a = matrix(2, 1, 1, 2);
    expect(() => compressLeastSquares(a, [Float64Array.of(1, Number.NaN)])).toThrow("received NaN at 1");
    expect(() => compressLeastSquares(a, [Float64Array.of(1)])).toThrow("expected 2 right-hand values, received 1");
  });
});

describe("leastSquares", () => {
  it("solves a regression with the textbook line through (0, 1), (1, 3), (2, 4)", () => {
    const solution = leastSquares(matrix(3, 2, 1, 0, 1, 1, 1, 2), Float64Array.of(1, 3, 4), 1e-12);
    expect(solution[0]).toBeCloseTo(7 / 6, 14);
    expect(solution[1]).toBeCloseTo(3 / 2, 14);
  });

  it("takes the shortest of many solutions", () => {
    const solution = leastSquares(matrix(1, 2, 1, 1), Float64Array.of(2), 1e-12);
    expect(solution[0]).toBeCloseTo(1, 14);
    expect(solution[1]).toBeCloseTo(1, 14);
  });
});

describe("symmetricEigen", () => {
  it("finds eigenvalues and vectors of [[2, 1], [1, 2]]", () => {
    const { values, vectors } = symmetricEigen(matrix(2, 2, 2, 1, 1, 2));
    expect(Array.from(values.toSorted())).toEqual([expect.closeTo(1, 14), expect.closeTo(3, 14)]);
    for (const k of [0, 1]) {
      const vector = Float64Array.of(vectors.data[k], vectors.data[2 + k]);
      const image = times(matrix(2, 2, 2, 1, 1, 2), vector);
      for (const j of [0, 1]) expect(image[j]).toBeCloseTo(values[k] * vector[j], 13);
    }
  });

  it("rejects NaN, on which it would never end, and matrices that are not square", () => {
    expect(() => symmetricEigen(matrix(2, 2, 1, Number.NaN, 0, 1))).toThrow(InvalidInputError);
    expect(() => symmetricEigen(matrix(1, 2, 1, 2))).toThrow("expected a square matrix, received 1 × 2");
  });
});

describe("norm", () => {
  it("neither overflows nor underflows", () => {
    expect(norm([3e200, 4e200])).toBeCloseTo(5e200, -190);
    expect(norm([3e-200, 4e-200]) / 5e-200).toBeCloseTo(1, 14);
    expect(norm([])).toBe(0);
  });

  it("passes on what is not finite", () => {
    expect(norm([1, Number.NaN])).toBeNaN();
    expect(norm([1, Number.NEGATIVE_INFINITY])).toBe(Number.POSITIVE_INFINITY);
  });
});
