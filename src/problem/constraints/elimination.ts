/** Linear constraints that share parameters, as one change of variables: some parameters are given by the others and by the constrained sums. */
import { InvalidInputError } from "../../errors.ts";
import { type Circuit, withoutImplied } from "./implied-rows.ts";
import { type LinearRow, TOLERANCE } from "./linear-rows.ts";
import { orderOf } from "./order-constraints.ts";
import type { WeightedSum } from "./weighted-sums.ts";

/** Parameters that linear constraints connect: in the places of some are sums, those of the others stay. */
export interface LinearBundle {
  readonly indices: readonly number[];
  /** Those that are not themselves. */
  readonly sums: readonly WeightedSum[];
  /** The row whose sum is in a place; absent where the parameter stays. */
  readonly rowAt: ReadonlyMap<number, LinearRow>;
}

/**
 * The change of variables of rows that are connected, by elimination with complete pivoting: the parameter with the largest weight is given by the others.
 * Rows that follow from others are left out.
 *
 * Source: Golub and Van Loan, Matrix Computations (2013), section 3.4.8.
 *
 * @throws InvalidInputError where rows depend on each other and none follows from the rest: they cannot all be made bounds then.
 */
export function bundleOf(rows: readonly LinearRow[], names: readonly string[]): LinearBundle {
  const indices = [...new Set(rows.flatMap(({ weights }) => [...weights.keys()]))].sort((a, b) => a - b);
  let kept = rows;
  for (;;) {
    const ended = eliminated(kept, indices);
    if (!("circuits" in ended)) return ended;
    const left = withoutImplied(kept, ended.circuits);
    if (left.length === kept.length) throw dependent(kept, ended.circuits[0], names);
    kept = left;
  }
}

function eliminated(rows: readonly LinearRow[], indices: readonly number[]): LinearBundle | { circuits: Circuit[] } {
  const size = indices.length;
  // Each row with what it is of the sums: weights · parameter = part · sums.
  const left = rows.map(({ weights }) => sized(indices, (place) => weights.get(place) ?? 0));
  const right = rows.map((_, k) => sized(rows, (__, l) => (k === l ? 1 : 0)));
  const pivots: number[] = [];
  const isTaken = new Array<boolean>(size).fill(false);
  const largest = left.map(({ values }) => largestIn(values, isTaken));
  for (let k = 0; k < rows.length; k++) {
    let best = k;
    for (let row = k + 1; row < rows.length; row++) if (largest[row].value > largest[best].value) best = row;
    for (const list of [left, right, largest]) swap<unknown>(list, k, best);
    const { column, value } = largest[k];
    // What is left of the rows from here on is nothing.
    if (value === 0) return { circuits: right.slice(k).map(circuitOf) };
    pivots.push(column);
    isTaken[column] = true;
    for (const row of eliminate(left, right, k, column)) largest[row] = largestIn(left[row].values, isTaken);
  }
  // Sums are in the places of the pivots, in the order of the rows.
  const sums = pivots.flatMap((at, k): WeightedSum[] => {
    const weights = left[k].values.map((weight, j) => (isTaken[j] ? 0 : -weight));
    for (const [l, column] of pivots.entries()) weights[column] = right[k].values[l];
    const of = indices.flatMap((_, j) => (weights[j] === 0 ? [] : [j]));
    return of.length === 1 && of[0] === at && weights[at] === 1
      ? []
      : [{ at, of, weights: Float64Array.from(of, (j) => weights[j]) }];
  });
  const rowAt = new Map(pivots.map((column, l) => [indices[column], rows[l]]));
  return { indices, sums, rowAt };
}

function largestIn(row: Float64Array, isTaken: readonly boolean[]): { column: number; value: number } {
  let best = { column: -1, value: 0 };
  for (let column = 0; column < row.length; column++) {
    const value = Math.abs(row[column]);
    if (value > best.value && !isTaken[column]) best = { column, value };
  }
  return best;
}

function swap<T>(list: T[], a: number, b: number): void {
  [list[a], list[b]] = [list[b], list[a]];
}

/** Numbers with the largest that each was made of: what is left of it by rounding is zero, whatever the units of parameters and sums. */
interface Sized {
  readonly values: Float64Array;
  readonly sizes: Float64Array;
}

function sized<T>(list: readonly T[], of: (one: T, i: number) => number): Sized {
  const values = Float64Array.from(list, of);
  return { values, sizes: values.map(Math.abs) };
}

/** Makes the column that of the unit vector k; tells the other rows that it changes. */
function eliminate(left: readonly Sized[], right: readonly Sized[], k: number, column: number): number[] {
  const pivot = left[k].values[column];
  for (const { values, sizes } of [left[k], right[k]])
    for (let j = 0; j < values.length; j++) {
      values[j] /= pivot;
      sizes[j] /= Math.abs(pivot);
    }
  const changed: number[] = [];
  for (let row = 0; row < left.length; row++) {
    const factor = left[row].values[column];
    if (row === k || factor === 0) continue;
    const factorSize = left[row].sizes[column];
    for (const side of [left, right]) subtract(side[row], factor, factorSize, side[k]);
    left[row].values[column] = 0;
    changed.push(row);
  }
  return changed;
}

function subtract(to: Sized, factor: number, factorSize: number, from: Sized): void {
  for (let j = 0; j < to.values.length; j++) {
    if (from.values[j] === 0) continue;
    to.values[j] -= factor * from.values[j];
    to.sizes[j] = Math.max(to.sizes[j], Math.abs(factor) * from.sizes[j], factorSize * Math.abs(from.values[j]));
    if (Math.abs(to.values[j]) <= TOLERANCE * to.sizes[j]) to.values[j] = 0;
  }
}

function circuitOf({ values }: Sized): Circuit {
  return new Map([...values.entries()].filter(([, one]) => one !== 0));
}

function dependent(rows: readonly LinearRow[], circuit: Circuit, names: readonly string[]): InvalidInputError {
  const some = [...circuit.keys()].map((k) => rows[k]).sort((a, b) => b.weights.size - a.weights.size);
  const told = some.slice(0, 6).map((row) => describe(row, names));
  if (some.length > 6) told.push(`… ${some.length} in all`);
  return new InvalidInputError(
    `Too many or dependent linear constraints: ${told.join("; ")}. Each is a weighted sum of the others, so that they cannot all be bounds of free ` +
      `parameters. Leave one out, or widen it until it follows from the others.${remedy(some)}`,
  );
}

/** What else says the same. */
function remedy(rows: readonly LinearRow[]): string {
  const sums = rows.filter(({ weights }) => weights.size > 1);
  const bounds = rows.filter(({ weights }) => weights.size === 1);
  const isPositive = bounds.length > 1 && bounds.every(({ lower }) => lower === 0);
  const isSumOfAll = sums.length === 1 && [...sums[0].weights.values()].every((weight) => weight === 1);
  if (isPositive && isSumOfAll && sums[0].lower === 1 && sums[0].upper === 1)
    return " Parameters that are not negative and sum to 1 are probability(…), without bounds.";
  const orders = rows.flatMap((row) => orderOf(row) ?? []);
  // Each is once below and once above.
  if (orders.length === 2 * rows.length && new Set(orders).size === rows.length && isRound(orders))
    return " Parameters of which each is at most the next, all the way round, are equal(…).";
  const isOrder = sums.length > 0 && sums.every((row) => orderOf(row) !== null);
  return isOrder && bounds.length > 0 ? " Parameters in an order can have one lower and one upper bound for all." : "";
}

/** Of pairs [smaller, larger]. */
function isRound(orders: readonly number[]): boolean {
  return new Set(orders.filter((_, i) => i % 2 === 0)).size === orders.length / 2;
}

/** "0 <= b (the bounds of b)". */
function describe({ weights, lower, upper, from }: LinearRow, names: readonly string[]): string {
  const terms = [...weights].slice(0, 4).map(([place, weight], i) => {
    const sign = weight < 0 ? "- " : i > 0 ? "+ " : "";
    const size = Math.abs(weight);
    return `${sign}${size === 1 ? "" : `${Number(size.toPrecision(4))} `}${names[place]}`;
  });
  if (weights.size > 4) terms.push("+ …");
  const sum = terms.join(" ");
  const short = (value: number) => Number(value.toPrecision(6));
  const who = ` (${from.join(", ")})`;
  if (lower === upper) return `${sum} = ${short(lower)}${who}`;
  const least = lower === Number.NEGATIVE_INFINITY ? "" : `${short(lower)} <= `;
  return `${least}${sum}${upper === Number.POSITIVE_INFINITY ? "" : ` <= ${short(upper)}`}${who}`;
}
