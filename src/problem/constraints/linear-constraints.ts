import { weightsOf } from "./check-start.ts";
import { Groups } from "./groups.ts";
import { bundleOf, type LinearRow } from "./linear-rows.ts";
import type { NamedConstraint } from "./named-constraint.ts";
import { boundsName, type InternalBlock, type ParameterTable } from "./parameter-table.ts";

const CANCELLED = 1e-14;

/** Linear, increasing and decreasing constraints, by bundles that share parameters. */
export function linearBundles<P>(named: readonly NamedConstraint<P>[], table: ParameterTable): InternalBlock[] {
  const rows = named.flatMap((one) => rowsOf(one)).flatMap((row) => pluggedIn(row, table));
  const connected = new Groups(table.names.length);
  for (const { weights } of rows) connected.join([...weights.keys()]);
  const byBundle = new Map<number, LinearRow[]>();
  for (const row of rows) {
    const [first] = row.weights.keys();
    const bundle = connected.representative(first);
    byBundle.set(bundle, [...(byBundle.get(bundle) ?? []), row]);
  }
  return [...byBundle.values()].map((bundle) => blockOf(bundle, table));
}

/** A constraint as rows, by the places that its selector picks. */
function rowsOf<P>({ constraint, indices, where }: NamedConstraint<P>): Omit<LinearRow, "sum">[] {
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

/** In terms of parameters that are free; nothing where none is left: the start satisfies it. */
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
  return [{ weights: plugged, lower: lower - constant, upper: upper - constant, sum, from }];
}

function blockOf(rows: readonly LinearRow[], table: ParameterTable): InternalBlock {
  const { names, start } = table;
  const { indices, matrix, rowAt } = bundleOf([...rows, ...rowsOfBounds(rows, table)], names);
  const of = (place: number, stays: number, ofRow: (row: LinearRow) => number) => {
    const row = rowAt.get(place);
    return row === undefined ? stays : ofRow(row);
  };
  const lower = Float64Array.from(indices, (place) => of(place, Number.NEGATIVE_INFINITY, (row) => row.lower));
  const upper = Float64Array.from(indices, (place) => of(place, Number.POSITIVE_INFINITY, (row) => row.upper));
  const isFree = indices.map((_, i) => lower[i] < upper[i]);
  return {
    transformation: { kind: "linear", indices, matrix },
    from: [...new Set(rows.flatMap(({ from }) => from))],
    start: Float64Array.from(indices, (place, i) => (isFree[i] ? of(place, start[place], (row) => row.sum) : lower[i])),
    lower,
    upper,
    isFree,
    names: indices.map((place) => {
      const row = rowAt.get(place);
      return row === undefined ? names[place] : nameOf(row, names);
    }),
  };
}

/** A sum in messages: "b", "b - a", "the sum of constraints[0] (linear)". */
function nameOf({ weights, from }: LinearRow, names: readonly string[]): string {
  const [first, second, ...others] = [...weights].sort(([, a], [, b]) => b - a);
  if (second === undefined) return names[first[0]];
  if (others.length === 0 && first[1] === 1 && second[1] === -1) return `${names[first[0]]} - ${names[second[0]]}`;
  return `the sum of ${from.join(", ")}`;
}

/** Bounds of parameters that are in sums are sums, too; but for those that follow from another's and the order of both. */
function rowsOfBounds(rows: readonly LinearRow[], table: ParameterTable): LinearRow[] {
  const { lower, upper, start } = table;
  const order = new Order(rows);
  return [...new Set(rows.flatMap(({ weights }) => [...weights.keys()]))].flatMap((place) => {
    const isImplied = {
      lower: order.below(place).some((other) => lower[other] >= lower[place]),
      upper: order.above(place).some((other) => upper[other] <= upper[place]),
    };
    const least = isImplied.lower ? Number.NEGATIVE_INFINITY : lower[place];
    const most = isImplied.upper ? Number.POSITIVE_INFINITY : upper[place];
    if (least === Number.NEGATIVE_INFINITY && most === Number.POSITIVE_INFINITY) return [];
    const weights = new Map([[place, 1]]);
    return [{ weights, lower: least, upper: most, sum: start[place], from: [boundsName(table, place)] }];
  });
}

/** Which parameters are below which, by rows that say nothing else. */
class Order {
  readonly #below = new Map<number, number[]>();
  readonly #above = new Map<number, number[]>();

  constructor(rows: readonly LinearRow[]) {
    for (const { weights, lower, upper } of rows) {
      const [first, second] = [...weights];
      if (weights.size !== 2 || first[1] !== -second[1] || lower !== 0 || upper !== Number.POSITIVE_INFINITY) continue;
      const [smaller, larger] = first[1] < 0 ? [first[0], second[0]] : [second[0], first[0]];
      this.#below.set(larger, [...(this.#below.get(larger) ?? []), smaller]);
      this.#above.set(smaller, [...(this.#above.get(smaller) ?? []), larger]);
    }
  }

  below(place: number): number[] {
    return reached(place, this.#below);
  }

  above(place: number): number[] {
    return reached(place, this.#above);
  }
}

/** All but the first. */
function reached(first: number, next: ReadonlyMap<number, readonly number[]>): number[] {
  const seen = new Set<number>();
  const open = [...(next.get(first) ?? [])];
  for (let place = open.pop(); place !== undefined; place = open.pop()) {
    if (place === first || seen.has(place)) continue;
    seen.add(place);
    open.push(...(next.get(place) ?? []));
  }
  return [...seen];
}
