/** Random sums, orders and bounds of few parameters, most of which overlap. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Constraint,
  decreasing,
  equal,
  fixed,
  increasing,
  linear,
} from "../../../src/problem/constraints/constraints.ts";
import { conversionOf } from "../../../src/problem/conversion.ts";
import { freeProblemOf } from "../../../src/problem/free-problem.ts";
import { shapeOf } from "../../../src/problem/tree.ts";

const SIZE = 4;
const some = fc.shuffledSubarray([0, 1, 2, 3], { minLength: 1 });
const room = fc.constantFrom(0, 1, 2, Number.POSITIVE_INFINITY);

/** How a constraint is made for a start that satisfies it, and how far another point is from satisfying it. */
interface Made {
  readonly constraint: Constraint<number[]>;
  readonly violation: (p: readonly number[]) => number;
}

const at = (places: readonly number[]) => (p: readonly number[]) => places.map((place) => p[place]);
const linearOne = fc
  .record({
    places: some,
    weights: fc.array(fc.constantFrom(-2, -1, 1, 1, 3), { minLength: 4, maxLength: 4 }),
    below: room,
    above: room,
  })
  .map(({ places, weights, below, above }) => (start: readonly number[]): Made => {
    const used = weights.slice(0, places.length);
    const total = (p: readonly number[]) => at(places)(p).reduce((sum, one, i) => sum + one * used[i], 0);
    const [lower, upper] = [total(start) - below, total(start) + (below === Number.POSITIVE_INFINITY ? 0 : above)];
    const violation = (p: readonly number[]) => Math.max(lower - total(p), total(p) - upper);
    return { constraint: linear(at(places), { weights: used, lower, upper }), violation };
  });
const order = some.map((places) => (start: readonly number[]): Made => {
  const sorted = places.toSorted((a, b) => start[a] - start[b]);
  const violation = (p: readonly number[]) =>
    Math.max(0, ...sorted.slice(1).map((place, i) => p[sorted[i]] - p[place]));
  const reversed = sorted.toReversed();
  return { constraint: places[0] < 2 ? increasing(at(sorted)) : decreasing(at(reversed)), violation };
});
const fix = some.map((places) => (start: readonly number[]): Made => {
  const place = places[0];
  return { constraint: fixed(at([place])), violation: (p) => Math.abs(p[place] - start[place]) };
});
const same = some.map((places) => (start: readonly number[]): Made => {
  const equals = places.filter((place) => start[place] === start[places[0]]);
  const violation = (p: readonly number[]) => Math.max(...equals.map((place) => Math.abs(p[place] - p[equals[0]])));
  return { constraint: equal(at(equals)), violation };
});

const problem = fc.record({
  start: fc.array(fc.integer({ min: -2, max: 2 }), { minLength: SIZE, maxLength: SIZE }),
  makers: fc.array(fc.oneof({ weight: 3, arbitrary: linearOne }, { weight: 3, arbitrary: order }, fix, same), {
    minLength: 1,
    maxLength: 4,
  }),
  rooms: fc.array(fc.tuple(room, room), { minLength: SIZE, maxLength: SIZE }),
  isScaled: fc.boolean(),
});

type Given = typeof problem extends fc.Arbitrary<infer T> ? T : never;

/** null where it is refused: that names a constraint or says that nothing is left. */
function made({ start, makers, rooms, isScaled }: Given, turn: (list: Made[]) => Made[] = (list) => list) {
  const list = turn(makers.map((make) => make(start)));
  const lower = start.map((value, i) => value - rooms[i][0]);
  const upper = start.map((value, i) => value + rooms[i][1]);
  const scaling = isScaled ? { magnitude: 3 } : undefined;
  const constraints = list.map(({ constraint }) => constraint);
  try {
    const free = freeProblemOf({ params: start, constraints, bounds: { lower, upper }, scaling }, shapeOf(start));
    return { list, lower, upper, free, conversion: conversionOf(free.conversion) };
  } catch (error) {
    expect((error as Error).message).toMatch(/constraints\[\d\] \(\w+\)|leave no free parameter/);
    return null;
  }
}

describe("sums, orders and bounds", () => {
  const moves = fc.array(fc.oneof(fc.double({ min: -3, max: 3, noNaN: true }), fc.constantFrom(-1e6, 0, 1e6)), {
    minLength: SIZE,
    maxLength: SIZE,
  });

  it("hold at every point within the internal bounds, and the start comes back", () => {
    let solved = 0;
    fc.assert(
      fc.property(problem, moves, (given, steps) => {
        const one = made(given);
        if (one === null) return;
        solved += 1;
        const { list, lower, upper, free, conversion } = one;
        const x0 = conversion.scaled(free.start);
        for (const [i, value] of conversion.toExternal(x0).entries()) expect(value).toBeCloseTo(given.start[i], 12);
        const x = x0.map((value, j) =>
          Math.min(Math.max(value + steps[j], conversion.bounds.lower[j]), conversion.bounds.upper[j]),
        );
        const external = Array.from(conversion.toExternal(x));
        const rounding = 1e-13 * (1 + Math.max(...external.map(Math.abs)));
        for (const { violation } of list) expect(violation(external)).toBeLessThanOrEqual(rounding);
        for (const [i, value] of external.entries()) {
          expect(value).toBeGreaterThanOrEqual(lower[i]);
          expect(value).toBeLessThanOrEqual(upper[i]);
        }
      }),
      { numRuns: 2_000 },
    );
    expect(solved).toBeGreaterThan(800);
  });

  it("mean the same in any order of the list", () =>
    fc.assert(
      fc.property(problem, (given) => {
        const [there, back] = [made(given), made(given, (list) => list.toReversed())];
        const count = (one: ReturnType<typeof made>) => one?.free.start.length ?? null;
        expect(count(back)).toBe(count(there));
      }),
      { numRuns: 1_000 },
    ));

  it("have the derivative of the composition", () =>
    fc.assert(
      fc.property(problem, (given) => {
        const one = made(given);
        if (one === null) return;
        const { free, conversion } = one;
        const x = conversion.scaled(free.start);
        const k = x.length;
        const identity = Float64Array.from({ length: SIZE * SIZE }, (_, i) => (i % (SIZE + 1) === 0 ? 1 : 0));
        const inside = x.map((value, j) => {
          const [from, to] = [conversion.bounds.lower[j], conversion.bounds.upper[j]];
          return (
            Math.min(Math.max(value, Math.min(from + 1e-3, (from + to) / 2)), Math.max(to - 1e-3, (from + to) / 2)) || 0
          );
        });
        const jac = conversion.derivativeToInternal(identity, inside);
        for (let j = 0; j < k; j++) {
          const [from, to] = [conversion.bounds.lower[j], conversion.bounds.upper[j]];
          const step = Math.min(1e-5, (to - from) / 4);
          const [above, below] = [step, -step].map((by) =>
            conversion.toExternal(inside.map((value, i) => (i === j ? value + by : value))),
          );
          for (let i = 0; i < SIZE; i++)
            expect(jac[i * k + j]).toBeCloseTo(step === 0 ? jac[i * k + j] : (above[i] - below[i]) / (2 * step), 5);
        }
      }),
      { numRuns: 500 },
    ));
});
