/** Random parts of params, each with what is asked of it: the start satisfies it, and it goes together. */
import fc from "fast-check";
import {
  type Constraint,
  covariance,
  decreasing,
  equal,
  fixed,
  increasing,
  linear,
  pairwiseEqual,
  probability,
  type Selector,
  sdcorr,
} from "../../src/problem/constraints/constraints.ts";
import { numbersIn } from "./tree-criterion.ts";

/** A part of params, and what is asked of it. */
export interface Part {
  readonly values: readonly number[];
  /** Bounds, by the index of the value. */
  readonly bounds: ReadonlyMap<number, readonly [number, number]>;
  readonly constraints: (select: Selector<unknown>) => Constraint<unknown>[];
}

/** Decimals: their sums are rounded, and none is so near zero that a step of its own size leads to overflow elsewhere. */
const value = fc.integer({ min: -5_000, max: 5_000 }).map((thousandths) => thousandths / 1_000);
const width = fc.constantFrom(0, 0.1, 1, 7);
const size = fc.integer({ min: 500, max: 2_000 }).map((thousandths) => thousandths / 1_000);
const list = (minLength: number, maxLength: number) => fc.array(value, { minLength, maxLength });
const none: ReadonlyMap<number, readonly [number, number]> = new Map();

/** Selects some of what a selector picks, by index. */
const among =
  (select: Selector<unknown>, indices: readonly number[]): Selector<unknown> =>
  (params) =>
    indices.map((i) => numbersIn(select(params))[i]);

/** Bounds around values, closed or to one side; in a box always closed. They may fix values, but not the first. */
function boundsAround(
  values: readonly number[],
  indices: readonly number[],
  isBoxed: boolean,
): fc.Arbitrary<ReadonlyMap<number, readonly [number, number]>> {
  const bound = fc
    .record({ below: width, above: width, side: fc.constantFrom("lower", "upper", "both", "none") })
    .map(({ below, above, side }): readonly [number, number] => {
      if (isBoxed) return [-below, above];
      return [
        side === "lower" || side === "both" ? -below : -Infinity,
        side === "upper" || side === "both" ? above : Infinity,
      ];
    });
  return fc
    .tuple(...indices.map(() => bound))
    .map(
      (all) =>
        new Map(
          all.map(([below, above], k) => [
            indices[k],
            [values[indices[k]] + below, values[indices[k]] + above + (k === 0 ? 0.5 : 0)],
          ]),
        ),
    );
}

const free = (isBoxed: boolean): fc.Arbitrary<Part> =>
  list(1, 4).chain((values) =>
    boundsAround(values, [...values.keys()], isBoxed).map((bounds) => ({ values, bounds, constraints: () => [] })),
  );

const fixedPart: fc.Arbitrary<Part> = list(1, 3).map((values) => ({
  values,
  bounds: none,
  constraints: (select) => [fixed(select)],
}));

const equalPart = (isBoxed: boolean): fc.Arbitrary<Part> =>
  fc.tuple(value, fc.integer({ min: 2, max: 4 })).chain(([one, length]) => {
    const values = new Array<number>(length).fill(one);
    return boundsAround(values, isBoxed ? [...values.keys()] : [length - 1], isBoxed).map((bounds) => ({
      values,
      bounds,
      constraints: (select) => [equal(select)],
    }));
  });

/** Two halves that are equal; what is asked of the first is then so of the second. */
const twins: fc.Arbitrary<Part> = fc
  .record({ half: list(1, 3), more: fc.constantFrom("nothing", "order", "probability") })
  .map(({ half, more }) => {
    const sorted = more === "order" ? half.toSorted((a, b) => a - b) : half;
    const first = more === "probability" ? toProbabilities([...half, 1]) : sorted;
    const indices = [...first.keys()];
    return {
      values: [...first, ...first],
      bounds: none,
      constraints: (select) => {
        const one = among(select, indices);
        const other = among(
          select,
          indices.map((i) => i + first.length),
        );
        const pairs = pairwiseEqual([one, other]);
        if (more === "nothing" || (more === "order" && first.length === 1)) return [pairs];
        return more === "order" ? [pairs, increasing(other)] : [probability(one), pairs, probability(other)];
      },
    };
  });

/** In order; sometimes with equal neighbours, a fixed value, a bounded one, or a sum over all. */
const orderPart: fc.Arbitrary<Part> = fc
  .record({
    given: list(2, 5),
    falls: fc.boolean(),
    also: fc.constantFrom("nothing", "equal", "fixed", "bounds", "common bounds", "sum"),
    at: fc.nat(),
  })
  .map(({ given, falls, also, at }) => {
    const values = given.toSorted((a, b) => (falls ? b - a : a - b));
    const i = at % (values.length - 1);
    if (also === "equal") values[i + 1] = values[i];
    const common = [Math.min(...values) - 1, Math.max(...values) + 0.5] as const;
    const bounds = also === "bounds" ? new Map([[i, [values[i] - 1, values[i] + 2] as const]]) : none;
    return {
      values,
      bounds: also === "common bounds" ? new Map(values.map((_, k) => [k, common])) : bounds,
      constraints: (select) => [
        falls ? decreasing(select) : increasing(select),
        ...(also === "equal" ? [equal(among(select, [i, i + 1]))] : []),
        ...(also === "fixed" ? [fixed(among(select, [i]))] : []),
        ...(also === "sum" ? [linear(select, { weights: 1, lower: sumOf(values) - 1 })] : []),
      ],
    };
  });

const probabilityPart: fc.Arbitrary<Part> = list(2, 5).map((values) => ({
  values: toProbabilities(values),
  bounds: none,
  constraints: (select) => [probability(select)],
}));

/** A covariance matrix from a factor, as its lower triangle or as deviations with correlations; also without correlations. */
const matrixPart: fc.Arbitrary<Part> = fc.integer({ min: 1, max: 3 }).chain((dimension) =>
  fc
    .record({
      diagonal: fc.array(size, { minLength: dimension, maxLength: dimension }),
      // So that the factor is rounded.
      scale: size,
      below: list((dimension * (dimension - 1)) / 2, (dimension * (dimension - 1)) / 2),
      isSdcorr: fc.boolean(),
      isUncorrelated: fc.boolean(),
      regularization: fc.constantFrom(0, 0.01, 0.1),
      first: fc.constantFrom("nothing", "fixed", "bounds"),
    })
    .map(({ diagonal, scale, below, isSdcorr, isUncorrelated, regularization, first }) => {
      const factor = (i: number, j: number) =>
        i === j ? diagonal[i] : i < j || isUncorrelated ? 0 : below[(i * (i - 1)) / 2 + j];
      const pairs = diagonal.flatMap((_, i) => diagonal.slice(0, i + 1).map((__, j) => [i, j] as const));
      const element = (i: number, j: number) => scale * sumOf(diagonal.map((_, k) => factor(i, k) * factor(j, k)));
      const deviations = diagonal.map((_, i) => Math.sqrt(element(i, i)));
      const offDiagonal = pairs.filter(([i, j]) => i !== j);
      const values = isSdcorr
        ? [...deviations, ...offDiagonal.map(([i, j]) => element(i, j) / (deviations[i] * deviations[j]))]
        : pairs.map(([i, j]) => element(i, j));
      const zeros = isSdcorr
        ? offDiagonal.map((_, k) => dimension + k)
        : [...pairs.entries()].flatMap(([k, [i, j]]) => (i === j ? [] : [k]));
      const fixes = [...(first === "fixed" && dimension > 1 ? [0] : []), ...(isUncorrelated ? zeros : [])];
      return {
        values,
        bounds: first === "bounds" ? new Map([[0, [values[0] / 2, values[0] * 3]]]) : none,
        constraints: (select) => [
          (isSdcorr ? sdcorr : covariance)(select, { regularization }),
          ...(fixes.length > 0 ? [fixed(among(select, fixes))] : []),
        ],
      };
    }),
);

/** One or two sums; sometimes with a fixed value, or bounds on all values but one. */
const linearPart = (isBoxed: boolean): fc.Arbitrary<Part> =>
  fc
    .record({
      values: list(2, 4),
      signed: fc.array(fc.tuple(size, fc.boolean()), { minLength: 4, maxLength: 4 }),
      ask: fc.constantFrom("value", "lower", "upper", "both"),
      also: fc.constantFrom("nothing", "fixed", "bounds", "second"),
    })
    .chain(({ values, signed, ask, also }) => {
      const weights = values.map((_, i) => (signed[i][1] ? signed[i][0] : -signed[i][0]));
      const sum = sumOf(values.map((one, i) => one * weights[i]));
      const [lower, upper] = [sum - 1, sum + 0.5];
      const asked =
        isBoxed || ask === "both"
          ? { lower, upper }
          : ask === "value"
            ? { value: sum }
            : ask === "lower"
              ? { lower }
              : { upper };
      const others = [...values.keys()].slice(1);
      const bounded = isBoxed || also === "bounds" ? boundsAround(values, others, isBoxed) : fc.constant(none);
      return bounded.map(
        (bounds): Part => ({
          values,
          bounds,
          constraints: (select) => [
            linear(select, { weights, ...asked } as never),
            ...(!isBoxed && also === "fixed" && values.length > 2 ? [fixed(among(select, [0]))] : []),
            ...(!isBoxed && also === "second" && values.length > 2
              ? [linear(among(select, [2, 0]), { weights: [1, -1], lower: values[2] - values[0] - 1 })]
              : []),
          ],
        }),
      );
    });

function toProbabilities(values: readonly number[]): number[] {
  const positive = values.map((one) => Math.abs(one) + 0.1);
  return positive.map((one) => one / sumOf(positive));
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, one) => sum + one, 0);
}

/** @param isBoxed all of it must be bounded on both sides, as scaling by bounds needs. */
export function randomParts(isBoxed: boolean): fc.Arbitrary<Part[]> {
  const anywhere = [free(isBoxed), equalPart(isBoxed), linearPart(isBoxed)];
  const unfixed = fc.oneof(...anywhere, ...(isBoxed ? [] : [twins, orderPart, probabilityPart, matrixPart]));
  return fc
    .tuple(unfixed, fc.array(fc.oneof(fixedPart, unfixed, unfixed), { maxLength: 4 }))
    .map(([one, others]) => [...others, one]);
}
