/** Linear constraints that share parameters, as one change of variables: some parameters are given by the others and by the constrained sums. */
import { InvalidInputError } from "../../errors.ts";
import { type LinearRow, TOLERANCE } from "./linear-rows.ts";

/** Of a sum of some numbers, relative to their sizes. */
const ROUNDING = 64 * 2 ** -52;

/** Parameters that linear constraints connect: in the places of some are sums, those of the others stay. */
export interface LinearBundle {
  readonly indices: readonly number[];
  /** Of `indices`, those that are weights · internal: one row of `weights` each. */
  readonly given: readonly number[];
  readonly weights: Float64Array;
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
    if (!("circuit" in ended)) return ended;
    const fewer = withoutImplied(kept, ended.circuit);
    if (fewer === null) throw dependent(kept, ended.circuit, names);
    kept = fewer;
  }
}

/** By row: coefficients of a sum of rows that is zero. */
type Circuit = ReadonlyMap<number, number>;

function eliminated(rows: readonly LinearRow[], indices: readonly number[]): LinearBundle | { circuit: Circuit } {
  const size = indices.length;
  // Each row with what it is of the sums: weights · parameter = part · sums.
  const left = rows.map(({ weights }) => Float64Array.from(indices, (place) => weights.get(place) ?? 0));
  const right = rows.map((_, k) => Float64Array.from(rows, (__, l) => (k === l ? 1 : 0)));
  const pivots: number[] = [];
  const isTaken = new Array<boolean>(size).fill(false);
  for (let k = 0; k < rows.length; k++) {
    const pivot = largestIn(left, k, isTaken);
    if (pivot === null) return { circuit: circuitOf(right[k]) };
    swap(left, k, pivot.row);
    swap(right, k, pivot.row);
    pivots.push(pivot.column);
    isTaken[pivot.column] = true;
    eliminate(left, right, k, pivot.column);
  }
  const weights = new Float64Array(rows.length * size);
  for (let k = 0; k < rows.length; k++) {
    for (let j = 0; j < size; j++) if (!isTaken[j]) weights[k * size + j] = -left[k][j];
    // Sums are in the places of the pivots, in the order of the rows.
    for (const [l, column] of pivots.entries()) weights[k * size + column] = right[k][l];
  }
  const rowAt = new Map(pivots.map((column, l) => [indices[column], rows[l]]));
  return { indices, given: pivots, weights, rowAt };
}

function largestIn(
  rows: readonly Float64Array[],
  from: number,
  isTaken: readonly boolean[],
): { row: number; column: number } | null {
  let best: { row: number; column: number } | null = null;
  let largest = TOLERANCE;
  for (let row = from; row < rows.length; row++)
    for (let column = 0; column < isTaken.length; column++) {
      const value = Math.abs(rows[row][column]);
      if (value <= largest || isTaken[column]) continue;
      largest = value;
      best = { row, column };
    }
  return best;
}

function swap(rows: Float64Array[], a: number, b: number): void {
  [rows[a], rows[b]] = [rows[b], rows[a]];
}

/** Makes the column that of the unit vector k. */
function eliminate(left: readonly Float64Array[], right: readonly Float64Array[], k: number, column: number): void {
  const pivot = left[k][column];
  for (const side of [left, right]) for (let j = 0; j < side[k].length; j++) side[k][j] /= pivot;
  for (let row = 0; row < left.length; row++) {
    const factor = left[row][column];
    if (row === k || factor === 0) continue;
    for (const side of [left, right]) {
      const [to, from] = [side[row], side[k]];
      for (let j = 0; j < to.length; j++) to[j] -= factor * from[j];
    }
    left[row][column] = 0;
  }
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
  for (;;) {
    const open = [...circuit.keys()].map((k) => ({ k, row: withoutReached(left, circuit, k) }));
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
function withoutReached(rows: readonly LinearRow[], circuit: Circuit, k: number): LinearRow {
  const { lower, upper } = rows[k];
  const reach = reachOf(rows, circuit, k);
  // Values contradict each other by rounding at most, or the start would not satisfy them; bounds may be far larger than what they leave.
  const isOfValues = [...circuit.keys()].every((l) => rows[l].lower === rows[l].upper);
  const slack = isOfValues ? TOLERANCE * (1 + reach.size) : ROUNDING * reach.size;
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
  const some = [...circuit.keys()].map((k) => rows[k]);
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
  const isOrder = sums.length > 0 && sums.every(({ weights }) => [...weights.values()].join() === "1,-1");
  return isOrder && bounds.length > 0 ? " Parameters in an order can have one lower and one upper bound for all." : "";
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
