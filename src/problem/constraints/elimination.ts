/** Linear constraints that share parameters, as one change of variables: some parameters are given by the others and by the constrained sums. */
import { InvalidInputError } from "../../errors.ts";
import { type LinearRow, TOLERANCE } from "./linear-rows.ts";
import { orderOf } from "./order-constraints.ts";
import type { WeightedSum } from "./weighted-sums.ts";

/** Of a sum of some numbers, relative to their sizes. */
const ROUNDING = 64 * 2 ** -52;

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
    const before = kept;
    for (const circuit of ended.circuits) {
      kept = withoutImplied(before, circuit) ?? before;
      if (kept !== before) break;
    }
    if (kept === before) throw dependent(kept, ended.circuits[0], names);
  }
}

/** By row: coefficients of a sum of rows that is zero. */
type Circuit = ReadonlyMap<number, number>;

function eliminated(rows: readonly LinearRow[], indices: readonly number[]): LinearBundle | { circuits: Circuit[] } {
  const size = indices.length;
  // Each row with what it is of the sums: weights · parameter = part · sums.
  const left = rows.map(({ weights }) => Float64Array.from(indices, (place) => weights.get(place) ?? 0));
  const right = rows.map((_, k) => Float64Array.from(rows, (__, l) => (k === l ? 1 : 0)));
  const pivots: number[] = [];
  const isTaken = new Array<boolean>(size).fill(false);
  const largest = left.map((row) => largestIn(row, isTaken));
  for (let k = 0; k < rows.length; k++) {
    let best = k;
    for (let row = k + 1; row < rows.length; row++) if (largest[row].value > largest[best].value) best = row;
    for (const list of [left, right, largest]) swap<unknown>(list, k, best);
    const { column, value } = largest[k];
    // What is left of the rows from here on is nothing.
    if (value <= TOLERANCE) return { circuits: right.slice(k).map(circuitOf) };
    pivots.push(column);
    isTaken[column] = true;
    for (const row of eliminate(left, right, k, column)) largest[row] = largestIn(left[row], isTaken);
  }
  // Sums are in the places of the pivots, in the order of the rows.
  const sums = pivots.flatMap((at, k): WeightedSum[] => {
    const weights = left[k].map((weight, j) => (isTaken[j] ? 0 : -weight));
    for (const [l, column] of pivots.entries()) weights[column] = right[k][l];
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

/** Makes the column that of the unit vector k; tells the other rows that it changes. */
function eliminate(left: readonly Float64Array[], right: readonly Float64Array[], k: number, column: number): number[] {
  const pivot = left[k][column];
  for (const side of [left, right]) for (let j = 0; j < side[k].length; j++) side[k][j] /= pivot;
  const changed: number[] = [];
  for (let row = 0; row < left.length; row++) {
    const factor = left[row][column];
    if (row === k || factor === 0) continue;
    for (const side of [left, right]) {
      const [to, from] = [side[row], side[k]];
      for (let j = 0; j < to.length; j++) to[j] -= factor * from[j];
    }
    left[row][column] = 0;
    changed.push(row);
  }
  return changed;
}

function circuitOf(coefficients: Float64Array): Circuit {
  const largest = coefficients.reduce((most, one) => Math.max(most, Math.abs(one)), 0);
  return new Map([...coefficients.entries()].filter(([, one]) => Math.abs(one) > TOLERANCE * largest));
}

/**
 * Without one of the circuit's rows that follows from its others. Any of them is a sum of the others; these are independent, so that it reaches what
 * their bounds allow, and no more. A bound that is never reached is none: without it, another row may follow.
 */
function withoutImplied(rows: readonly LinearRow[], circuit: Circuit): LinearRow[] | null {
  const left = [...rows];
  // Values contradict each other by rounding at most, or the start would not satisfy them; bounds may be far larger than what they leave.
  const isOfValues = [...circuit.keys()].every((k) => rows[k].lower === rows[k].upper);
  const slackOf = (size: number) => (isOfValues ? TOLERANCE * (1 + size) : ROUNDING * size);
  for (;;) {
    const open = [...circuit.keys()].map((k) => ({ k, row: withoutReached(left, circuit, k, slackOf) }));
    const implied = open.find(({ row }) => !hasBounds(row));
    if (implied !== undefined) return left.filter((_, k) => k !== implied.k);
    const wider = open.find(({ k, row }) => left[k].lower < left[k].upper && row !== left[k]);
    if (wider === undefined) return null;
    left[wider.k] = wider.row;
  }
}

function hasBounds({ lower, upper }: LinearRow): boolean {
  return lower > Number.NEGATIVE_INFINITY || upper < Number.POSITIVE_INFINITY;
}

/** The row without the bounds that the circuit's others keep; itself where they keep none. */
function withoutReached(
  rows: readonly LinearRow[],
  circuit: Circuit,
  k: number,
  slackOf: (size: number) => number,
): LinearRow {
  const { lower, upper } = rows[k];
  const reach = reachOf(rows, circuit, k);
  const slack = slackOf(reach.size);
  const isLowerKept = lower > Number.NEGATIVE_INFINITY && reach.lower + slack >= lower;
  const isUpperKept = upper < Number.POSITIVE_INFINITY && reach.upper - slack <= upper;
  if (!isLowerKept && !isUpperKept) return rows[k];
  return {
    ...rows[k],
    lower: isLowerKept ? Number.NEGATIVE_INFINITY : lower,
    upper: isUpperKept ? Number.POSITIVE_INFINITY : upper,
  };
}

const nothingKnown = { lower: Number.NEGATIVE_INFINITY, upper: Number.POSITIVE_INFINITY, size: 0 };

/** What the sum of row k can be by the bounds of the circuit's others. */
function reachOf(
  rows: readonly LinearRow[],
  circuit: Circuit,
  k: number,
): { lower: number; upper: number; size: number } {
  const own = circuit.get(k) ?? Number.NaN;
  let [lower, upper, size] = [0, 0, 0];
  for (const [l, coefficient] of circuit) {
    if (l === k) continue;
    const factor = -coefficient / own;
    const ends = [factor * rows[l].lower, factor * rows[l].upper];
    lower += Math.min(...ends);
    upper += Math.max(...ends);
    for (const end of ends) if (Number.isFinite(end)) size += Math.abs(end);
  }
  // More than there are numbers: what it leaves is not known.
  return size < Number.POSITIVE_INFINITY ? { lower, upper, size } : nothingKnown;
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
  const isOrder = sums.length > 0 && sums.every(({ weights }) => [...weights.values()].join() === "1,-1");
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
