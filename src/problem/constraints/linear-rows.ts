/** Linear constraints that share parameters, as one change of basis: the constrained sums are internal parameters with bounds. */
import { invertMatrix, rankOf } from "../../algorithms/linalg.ts";
import { InvalidInputError } from "../../errors.ts";

/** lower ≤ Σ weights · parameter ≤ upper; equal where they are the same. */
export interface LinearRow {
  /** By place of the parameter; none is zero. */
  readonly weights: ReadonlyMap<number, number>;
  readonly lower: number;
  readonly upper: number;
  /** Constraints in messages. */
  readonly from: readonly string[];
}

/** Parameters that linear constraints connect. */
export interface LinearBundle {
  readonly indices: readonly number[];
  /** Row-major, square: internal = toInternal · external. */
  readonly toInternal: Float64Array;
  readonly fromInternal: Float64Array;
  /** Of the internal values: infinite for the first ones, which are external parameters; equal where a sum has a value. */
  readonly lower: Float64Array;
  readonly upper: Float64Array;
}

/**
 * The change of basis of rows that are connected.
 *
 * @throws InvalidInputError where they contradict each other, or are more than there are parameters: they cannot be made bounds then.
 */
export function bundleOf(rows: readonly LinearRow[], names: readonly string[]): LinearBundle {
  const merged = mergeParallel(rows, names);
  const indices = [...new Set(merged.flatMap(({ weights }) => [...weights.keys()]))].sort((a, b) => a - b);
  const size = indices.length;
  const dense = merged.map(({ weights }) => Float64Array.from(indices, (place) => weights.get(place) ?? 0));
  if (merged.length > size || rankOf(stacked(dense, size)) < merged.length)
    throw new InvalidInputError(
      `The linear constraints ${listed(merged)} are not independent: they are ${merged.length} on ${indices.map((place) => names[place]).join(", ")}` +
        " (bounds on these count, too), and cannot all become bounds of other parameters. Leave out those that follow from others, or widen bounds.",
    );
  const basis: Float64Array[] = [];
  for (let i = 0; i < size && basis.length < size - dense.length; i++) {
    const unit = new Float64Array(size);
    unit[i] = 1;
    if (rankOf(stacked([...basis, unit, ...dense], size)) === basis.length + 1 + dense.length) basis.push(unit);
  }
  const toInternal = stacked([...basis, ...dense], size);
  const free = basis.map(() => Number.POSITIVE_INFINITY);
  return {
    indices,
    toInternal: toInternal.data,
    fromInternal: invertMatrix(toInternal).data,
    lower: Float64Array.from([...free.map((one) => -one), ...merged.map(({ lower }) => lower)]),
    upper: Float64Array.from([...free, ...merged.map(({ upper }) => upper)]),
  };
}

function stacked(rows: readonly Float64Array[], columns: number) {
  const data = new Float64Array(rows.length * columns);
  for (const [i, row] of rows.entries()) data.set(row, i * columns);
  return { rows: rows.length, columns, data };
}

/** Rows that are multiples of each other are one, with the narrower bounds. */
function mergeParallel(rows: readonly LinearRow[], names: readonly string[]): LinearRow[] {
  const byDirection = new Map<string, LinearRow>();
  for (const row of rows.map(normalized)) {
    const direction = [...row.weights].map(([place, weight]) => `${place}:${weight}`).join();
    const known = byDirection.get(direction);
    const lower = Math.max(row.lower, known?.lower ?? Number.NEGATIVE_INFINITY);
    const upper = Math.min(row.upper, known?.upper ?? Number.POSITIVE_INFINITY);
    const from = [...new Set([...(known?.from ?? []), ...row.from])];
    if (lower > upper)
      throw new InvalidInputError(
        `The constraints ${from.join(" and ")} contradict each other on ${[...row.weights.keys()].map((place) => names[place]).join(", ")}.`,
      );
    byDirection.set(direction, { ...row, lower, upper, from });
  }
  return [...byDirection.values()];
}

/** The same with 1 for the first weight. */
function normalized({ weights, lower, upper, from }: LinearRow): LinearRow {
  const sorted = [...weights].sort(([a], [b]) => a - b);
  const [, first] = sorted[0];
  const bounds = [lower / first, upper / first];
  return {
    weights: new Map(sorted.map(([place, weight]) => [place, weight / first])),
    lower: Math.min(...bounds),
    upper: Math.max(...bounds),
    from,
  };
}

function listed(rows: readonly LinearRow[]): string {
  return [...new Set(rows.flatMap(({ from }) => from))].join(", ");
}
