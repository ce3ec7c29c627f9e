/** Transformations and their derivatives, against central differences and published examples. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  covarianceFromInternal,
  covariancePullback,
  covarianceToInternal,
  sdcorrFromInternal,
  sdcorrPullback,
  sdcorrToInternal,
} from "../../../src/problem/constraints/covariance.ts";
import { orderFromInternal, orderPullback, orderToInternal } from "../../../src/problem/constraints/order.ts";
import {
  breakingOrder,
  probabilityFromInternal,
  probabilityPullback,
  probabilityToInternal,
} from "../../../src/problem/constraints/probability.ts";
import { choleskyFactor, dimensionOf } from "../../../src/problem/constraints/triangular.ts";

/** Factors with a diagonal well above zero. */
const factor = fc.integer({ min: 1, max: 4 }).chain((dimension) =>
  fc
    .array(fc.double({ min: -2, max: 2, noNaN: true }), {
      minLength: (dimension * (dimension + 1)) / 2,
      maxLength: (dimension * (dimension + 1)) / 2,
    })
    .map((values) => {
      const diagonal = Array.from({ length: dimension }, (_, i) => (i * (i + 3)) / 2);
      return { dimension, values: Float64Array.from(values, (v, i) => (diagonal.includes(i) ? Math.abs(v) + 0.5 : v)) };
    }),
);

/** Pullbacks of the unit vectors are the rows of the derivative. */
function expectPullback(
  pullback: (outer: Float64Array) => Float64Array,
  from: (internal: Float64Array) => Float64Array,
  internal: Float64Array,
): void {
  const size = internal.length;
  const step = 1e-6;
  const rows = Array.from(internal, (_, i) => pullback(new Float64Array(size).fill(1, i, i + 1)));
  for (let j = 0; j < size; j++) {
    const [above, below] = [1, -1].map((sign) => from(internal.map((v, k) => (k === j ? v + sign * step : v))));
    for (let i = 0; i < size; i++) expect(rows[i][j]).toBeCloseTo((above[i] - below[i]) / (2 * step), 6);
  }
}

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) expect(actual[i]).toBeCloseTo(expected[i], 9);
}

describe("covariance", () => {
  it("is the Cholesky factor (the example of Wikipedia's Cholesky decomposition)", () => {
    const internal = covarianceToInternal([4, 12, 37, -16, -43, 98], 3);
    expect(internal).toEqual(Float64Array.of(2, 6, 1, -8, 5, 3));
  });

  it("comes back from its factor, with the derivative of differences", () =>
    fc.assert(
      fc.property(factor, ({ dimension, values }) => {
        const covariance = covarianceFromInternal(values, dimension);
        expectClose(covarianceToInternal(covariance, dimension) as Float64Array, values);
        expectPullback(
          (outer) => covariancePullback(values, dimension, outer),
          (v) => covarianceFromInternal(v, dimension),
          values,
        );
      }),
    ));

  it("may be singular, but not indefinite", () => {
    expect(choleskyFactor([1, 1, 1], 2)).toEqual(Float64Array.of(1, 1, 0));
    expect(choleskyFactor([0, 0, 1], 2)).toEqual(Float64Array.of(0, 0, 1));
    expect(choleskyFactor([1, 2, 1], 2)).toBeUndefined();
    expect(choleskyFactor([0, 1, 1], 2)).toBeUndefined();
    expect(choleskyFactor([1, Number.NaN, 1], 2)).toBeUndefined();
  });
});

describe("sdcorr", () => {
  it("is the factor of the covariance matrix", () => {
    // Variances 4 and 9, covariance 3: the factor is 2; 3/2, √(9 − 9/4).
    expectClose(sdcorrToInternal([2, 3, 0.5], 2) as Float64Array, [2, 1.5, Math.sqrt(6.75)]);
    expect(sdcorrToInternal([2, 3, 1.1], 2)).toBeUndefined();
    expect(sdcorrToInternal([-2, 3, 0.5], 2)).toBeUndefined();
  });

  it("comes back from its factor, with the derivative of differences", () =>
    fc.assert(
      fc.property(factor, ({ dimension, values }) => {
        const sdcorr = sdcorrFromInternal(values, dimension);
        expectClose(sdcorrToInternal(sdcorr, dimension) as Float64Array, values);
        expectPullback(
          (outer) => sdcorrPullback(values, dimension, outer),
          (v) => sdcorrFromInternal(v, dimension),
          values,
        );
      }),
    ));
});

describe("probability", () => {
  const share = fc.double({ min: 0.01, max: 0.99, noNaN: true });
  const sticks = fc
    .array(share, { minLength: 2, maxLength: 6 })
    .chain((list) =>
      fc.record({ list: fc.constant(list), order: fc.shuffledSubarray([...list.keys()], { minLength: list.length }) }),
    );

  it("comes back from its shares, with the derivative of differences", () =>
    fc.assert(
      fc.property(sticks, fc.double({ min: 0.1, max: 1, noNaN: true }), ({ list, order }, total) => {
        const internal = Float64Array.from(list, (value, i) => (i === order.at(-1) ? 0 : value));
        const from = (v: Float64Array) => probabilityFromInternal(v, order, total);
        const probabilities = from(internal);
        expect(probabilities.reduce((sum, one) => sum + one, 0)).toBeCloseTo(total, 14);
        expectClose(probabilityToInternal(probabilities, order), internal);
        expectPullback((outer) => probabilityPullback(internal, order, total, outer), from, internal);
      }),
    ));

  it("is that of Stan's reference manual: xₖ = (1 − x₁ − … − xₖ₋₁) zₖ, with ∂xₖ/∂zₖ = 1 − x₁ − … − xₖ₋₁", () => {
    const z = Float64Array.of(0.2, 0.5, 0.25, 0);
    const x = [0.2, 0.4, 0.1, 0.3];
    const order = [0, 1, 2, 3];
    expectClose(probabilityFromInternal(z, order, 1), Float64Array.from(x));
    for (const [k, left] of [1, 0.8, 0.4].entries()) {
      const outer = new Float64Array(4);
      outer[k] = 1;
      expect(probabilityPullback(z, order, 1, outer)[k]).toBeCloseTo(left, 15);
    }
  });

  it("breaks the smallest first, so that a share tells nothing only where all larger ones are zero, too", () => {
    expect(breakingOrder(Float64Array.of(0.5, 0, 0.3, 0.2))).toEqual([1, 3, 2, 0]);
  });
});

describe("order", () => {
  const chain = fc
    .record({
      distances: fc.array(fc.double({ min: 0.1, max: 3, noNaN: true }), { minLength: 2, maxLength: 6 }),
      start: fc.double({ min: -5, max: 5, noNaN: true }),
      ends: fc.tuple(fc.nat(), fc.nat()),
      reference: fc.nat(),
    })
    .map(({ distances, start, ends, reference }) => {
      const values = Float64Array.from(distances);
      for (const [i, distance] of distances.entries()) values[i] = (i === 0 ? start : values[i - 1]) + distance;
      const [from, to] = ends.map((end) => end % values.length).sort((a, b) => a - b);
      const bounds = { lower: values[from] - 0.5, upper: values[to] + 0.25 };
      const gaps = Array.from({ length: to - from + 2 }, (_, i) => i);
      const first = reference % gaps.length;
      return { values, spec: { from, to, ...bounds, breaking: [...gaps.slice(first), ...gaps.slice(0, first)] } };
    });

  it("comes back from its distances, with the derivative of differences", () =>
    fc.assert(
      fc.property(chain, ({ values, spec }) => {
        const internal = orderToInternal(values, spec);
        expectClose(orderFromInternal(internal, spec), values);
        expectPullback(
          (outer) => orderPullback(internal, spec, outer),
          (v) => orderFromInternal(v, spec),
          internal,
        );
      }),
    ));

  it("is in order and within the bounds, whatever the distances", () => {
    const distance = fc.oneof(
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.constantFrom(0, 5e-324, 1e-300, 1 - 2 ** -53, 1),
    );
    const orders = fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4 });
    fc.assert(
      fc.property(fc.array(distance, { minLength: 3, maxLength: 3 }), orders, (list, breaking) => {
        const spec = { from: 0, to: 2, lower: -0.1, upper: 0.7, breaking };
        const [a, b, c] = orderFromInternal(Float64Array.from(list), spec);
        expect(-0.1 <= a && a <= b && b <= c && c <= 0.7).toBe(true);
      }),
    );
  });
});

it("knows the dimensions of triangles", () => {
  expect([0, 1, 2, 3, 6, 7, 10].map(dimensionOf)).toEqual([undefined, 1, undefined, 2, 3, undefined, 4]);
});
