/** Linear constraints that share parameters, as one change of variables: some parameters are given by the others and by the constrained sums. */
import { InvalidInputError } from "../../errors.ts";

/** lower ≤ Σ weights · parameter ≤ upper; equal where they are the same. */
export interface LinearRow {
  /** By place of the parameter; none is zero. */
  readonly weights: ReadonlyMap<number, number>;
  readonly lower: number;
  readonly upper: number;
  /** Of the start, which satisfies it. */
  readonly sum: number;
  /** Constraints in messages. */
  readonly from: readonly string[];
}

/** Parameters that linear constraints connect: in the places of some are sums, those of the others stay. */
export interface LinearBundle {
  readonly indices: readonly number[];
  /** Row-major, square: external = matrix · internal. */
  readonly matrix: Float64Array;
  /** The row whose sum is in a place; absent where the parameter stays. */
  readonly rowAt: ReadonlyMap<number, LinearRow>;
}

/** Weights and sums of decimals are not exact. */
const TOLERANCE = 1e-10;

/**
 * The change of variables of rows that are connected, by elimination with complete pivoting: the parameter with the largest weight is given by the others.
 *
 * Source: Golub and Van Loan, Matrix Computations (2013), section 3.4.8.
 *
 * @throws InvalidInputError where they contradict each other, or are too many or dependent: they cannot be made bounds then.
 */
export function bundleOf(rows: readonly LinearRow[], names: readonly string[]): LinearBundle {
  const merged = mergeParallel(rows, names);
  const indices = [...new Set(merged.flatMap(({ weights }) => [...weights.keys()]))].sort((a, b) => a - b);
  const size = indices.length;
  // Each row with what it is of the sums: weights · parameter = part · sums.
  const left = merged.map(({ weights }) => Float64Array.from(indices, (place) => weights.get(place) ?? 0));
  const right = merged.map((_, k) => Float64Array.from(merged, (__, l) => (k === l ? 1 : 0)));
  const pivots: number[] = [];
  for (let k = 0; k < merged.length; k++) {
    const pivot = largestIn(left, k, pivots);
    if (pivot === null) throw notIndependent(merged, indices, names);
    swap(left, k, pivot.row);
    swap(right, k, pivot.row);
    pivots.push(pivot.column);
    eliminate(left, right, k, pivot.column);
  }
  const rowOfColumn = new Map(pivots.map((column, k) => [column, k]));
  const matrix = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    const k = rowOfColumn.get(i);
    if (k === undefined) {
      matrix[i * size + i] = 1;
      continue;
    }
    for (let j = 0; j < size; j++) if (!rowOfColumn.has(j)) matrix[i * size + j] = -left[k][j];
    // Sums are in the places of the pivots, in the order of the rows.
    for (const [l, column] of pivots.entries()) matrix[i * size + column] = right[k][l];
  }
  return { indices, matrix, rowAt: new Map(pivots.map((column, l) => [indices[column], merged[l]])) };
}

function largestIn(
  rows: readonly Float64Array[],
  from: number,
  taken: readonly number[],
): { row: number; column: number } | null {
  let best: { row: number; column: number } | null = null;
  let largest = TOLERANCE;
  for (let row = from; row < rows.length; row++)
    for (const [column, value] of rows[row].entries())
      if (!taken.includes(column) && Math.abs(value) > largest) {
        largest = Math.abs(value);
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
  for (const side of [left, right]) for (const j of side[k].keys()) side[k][j] /= pivot;
  for (let row = 0; row < left.length; row++) {
    const factor = left[row][column];
    if (row === k || factor === 0) continue;
    for (const side of [left, right]) for (const j of side[row].keys()) side[row][j] -= factor * side[k][j];
    left[row][column] = 0;
  }
}

/** Rows that are multiples of each other are one, with the narrower bounds. */
function mergeParallel(rows: readonly LinearRow[], names: readonly string[]): LinearRow[] {
  const merged: LinearRow[] = [];
  for (const row of rows.map(normalized)) {
    const at = merged.findIndex((other) => areParallel(other.weights, row.weights));
    if (at < 0) merged.push(row);
    else merged[at] = narrowed(merged[at], row, names);
  }
  return merged;
}

function narrowed(a: LinearRow, b: LinearRow, names: readonly string[]): LinearRow {
  const [lower, upper] = [Math.max(a.lower, b.lower), Math.min(a.upper, b.upper)];
  const from = [...new Set([...a.from, ...b.from])];
  if (lower <= upper) return { ...a, lower, upper, from };
  const size = [...a.weights.values()].reduce((total, weight) => total + Math.abs(weight), 0);
  // The start satisfies both: they differ by rounding only.
  if (lower - upper <= 1e-7 * (size + Math.abs(a.sum))) return { ...a, lower: a.sum, upper: a.sum, from };
  throw new InvalidInputError(
    `The constraints ${from.join(" and ")} contradict each other on ${[...a.weights.keys()].map((place) => names[place]).join(", ")}.`,
  );
}

/** The same with 1 for the largest weight. */
function normalized({ weights, lower, upper, sum, from }: LinearRow): LinearRow {
  let largest = 0;
  for (const weight of weights.values()) if (Math.abs(weight) > Math.abs(largest)) largest = weight;
  const bounds = [lower / largest, upper / largest];
  return {
    weights: new Map([...weights].map(([place, weight]) => [place, weight / largest])),
    lower: Math.min(...bounds),
    upper: Math.max(...bounds),
    sum: sum / largest,
    from,
  };
}

function areParallel(some: ReadonlyMap<number, number>, others: ReadonlyMap<number, number>): boolean {
  if (some.size !== others.size) return false;
  const same = (sign: number) =>
    [...some].every(([place, weight]) => Math.abs(weight - sign * (others.get(place) ?? Number.NaN)) <= TOLERANCE);
  return same(1);
}

function notIndependent(
  rows: readonly LinearRow[],
  indices: readonly number[],
  names: readonly string[],
): InvalidInputError {
  const who = [...new Set(rows.flatMap(({ from }) => from))].join(", ");
  return new InvalidInputError(
    `Too many or dependent linear constraints: ${rows.length} sums and bounds on ${indices.map((place) => names[place]).join(", ")} (${who}). At most as many ` +
      "as there are parameters can become bounds of others, and none may follow from the rest. Leave some out, or widen bounds.",
  );
}
