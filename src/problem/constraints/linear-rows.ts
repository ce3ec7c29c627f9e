/** Linear constraints as rows: in terms of parameters that are free, in one form, each once. */
import { InvalidInputError } from "../../errors.ts";
import { weightsOf } from "./check-start.ts";
import type { NamedConstraint } from "./named-constraint.ts";
import type { ParameterTable } from "./parameter-table.ts";

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

/** Weights and sums of decimals are not exact. */
export const TOLERANCE = 1e-10;
const CANCELLED = 1e-14;

/** Linear, increasing and decreasing constraints as rows, each once; none for what fixes decide alone: the start satisfies it. */
export function rowsOf<P>(named: readonly NamedConstraint<P>[], table: ParameterTable): LinearRow[] {
  const rows = named.flatMap((one) => askedBy(one)).flatMap((row) => pluggedIn(row, table));
  return mergeParallel(rows, table.names);
}

/** A constraint by the places that its selector picks. */
function askedBy<P>({ constraint, indices, where }: NamedConstraint<P>): Omit<LinearRow, "sum">[] {
  const from = [where];
  if (constraint.type === "increasing" || constraint.type === "decreasing") {
    const sign = constraint.type === "increasing" ? 1 : -1;
    return indices.slice(1).map((place, i) => ({
      weights: new Map([
        [indices[i], -sign],
        [place, sign],
      ]),
      lower: 0,
      upper: Number.POSITIVE_INFINITY,
      from,
    }));
  }
  if (constraint.type !== "linear") return [];
  const { value } = constraint;
  const weights = weightsOf(constraint.weights, indices.length, where);
  return [
    {
      weights: new Map(indices.map((place, i) => [place, weights[i]])),
      lower: constraint.lower ?? value ?? Number.NEGATIVE_INFINITY,
      upper: constraint.upper ?? value ?? Number.POSITIVE_INFINITY,
      from,
    },
  ];
}

/** In terms of parameters that are free; nothing where none is left. */
function pluggedIn(
  { weights, lower, upper, from }: Omit<LinearRow, "sum">,
  { groups, fixed, start }: ParameterTable,
): LinearRow[] {
  const plugged = new Map<number, number>();
  const sizes = new Map<number, number>();
  let constant = 0;
  for (const [place, weight] of weights) {
    const first = groups.representative(place);
    if (fixed.has(first)) constant += weight * start[first];
    else {
      plugged.set(first, (plugged.get(first) ?? 0) + weight);
      sizes.set(first, (sizes.get(first) ?? 0) + Math.abs(weight));
    }
  }
  // Weights of equal parameters may cancel but for rounding.
  for (const [place, weight] of plugged)
    if (Math.abs(weight) <= CANCELLED * (sizes.get(place) as number)) plugged.delete(place);
  if (plugged.size === 0) return [];
  const sum = [...plugged].reduce((total, [place, weight]) => total + weight * start[place], 0);
  return [normalized({ weights: plugged, lower: lower - constant, upper: upper - constant, sum, from })];
}

/** The same with 1 for the largest weight, the first of those that are as large but for rounding, and by ascending places. */
function normalized({ weights, lower, upper, sum, from }: LinearRow): LinearRow {
  const ordered = [...weights].sort(([a], [b]) => a - b);
  const size = ordered.reduce((most, [, weight]) => Math.max(most, Math.abs(weight)), 0);
  const largest = ordered.find(([, weight]) => Math.abs(weight) >= size * (1 - TOLERANCE))?.[1] ?? size;
  const bounds = [lower / largest, upper / largest];
  return {
    weights: new Map(ordered.map(([place, weight]) => [place, weight / largest])),
    lower: Math.min(...bounds),
    upper: Math.max(...bounds),
    sum: sum / largest,
    from,
  };
}

/** Rows that are multiples of each other are one, with the narrower bounds. Whatever the order of the list, theirs is the same. */
export function mergeParallel(rows: readonly LinearRow[], names: readonly string[]): LinearRow[] {
  const merged: LinearRow[] = [];
  const byPlaces = new Map<string, number[]>();
  for (const row of rows) {
    const key = [...row.weights.keys()].join();
    const candidates = byPlaces.get(key) ?? [];
    const at = candidates.find((other) => areParallel(merged[other].weights, row.weights));
    if (at !== undefined) merged[at] = narrowed(merged[at], row, names);
    else byPlaces.set(key, [...candidates, merged.push(row) - 1]);
  }
  return merged.sort(
    (a, b) => a.weights.size - b.weights.size || compare([...a.weights].flat(), [...b.weights].flat()),
  );
}

function compare(some: readonly number[], others: readonly number[]): number {
  const at = some.findIndex((one, i) => one !== others[i]);
  return at < 0 ? 0 : some[at] - others[at];
}

function areParallel(some: ReadonlyMap<number, number>, others: ReadonlyMap<number, number>): boolean {
  for (const [place, weight] of some) {
    const other = others.get(place) as number;
    // Each by its own size: a parameter in small units has a small weight.
    if (!(Math.abs(weight - other) <= TOLERANCE * Math.abs(weight))) return false;
  }
  return true;
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
