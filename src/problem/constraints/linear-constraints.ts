import { bundleOf } from "./elimination.ts";
import { Groups } from "./groups.ts";
import { type LinearRow, mergeParallel } from "./linear-rows.ts";
import { orderBlocks, pathOf, withoutImpliedOrder } from "./order-constraints.ts";
import { boundsName, type InternalBlock, type ParameterTable } from "./parameter-table.ts";

/** Linear, increasing and decreasing constraints about two parameters or more each, by bundles that share parameters. */
export function linearBundles(rows: readonly LinearRow[], table: ParameterTable): InternalBlock[] {
  const connected = new Groups(table.names.length);
  for (const { weights } of rows) connected.join([...weights.keys()]);
  const byBundle = new Map<number, LinearRow[]>();
  for (const row of rows) {
    const [first] = row.weights.keys();
    const bundle = connected.representative(first);
    const known = byBundle.get(bundle);
    if (known === undefined) byBundle.set(bundle, [row]);
    else known.push(row);
  }
  return [...byBundle.values()].flatMap((bundle) => blocksOf(bundle, table));
}

function blocksOf(bundle: readonly LinearRow[], table: ParameterTable): InternalBlock[] {
  const rows = withoutImpliedOrder(bundle);
  const from = [...new Set(bundle.flatMap((row) => row.from))];
  const path = pathOf(rows);
  return (path === null ? null : orderBlocks(path, from, table)) ?? [sumsBlock(rows, from, table)];
}

/** Sums as parameters, bounds among them. */
function sumsBlock(rows: readonly LinearRow[], from: readonly string[], table: ParameterTable): InternalBlock {
  const { names, start } = table;
  const all = mergeParallel([...rows, ...rowsOfBounds(rows, table)], names);
  const { indices, sums, rowAt } = bundleOf(all, names);
  const of = (place: number, stays: number, ofRow: (row: LinearRow) => number) => {
    const row = rowAt.get(place);
    return row === undefined ? stays : ofRow(row);
  };
  const lower = Float64Array.from(indices, (place) => of(place, Number.NEGATIVE_INFINITY, (row) => row.lower));
  const upper = Float64Array.from(indices, (place) => of(place, Number.POSITIVE_INFINITY, (row) => row.upper));
  const isFree = indices.map((_, i) => lower[i] < upper[i]);
  return {
    transformation: { kind: "linear", indices, sums },
    from,
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

/** Bounds of parameters that are in sums are sums, too. */
function rowsOfBounds(rows: readonly LinearRow[], table: ParameterTable): LinearRow[] {
  const { lower, upper, start } = table;
  return [...new Set(rows.flatMap(({ weights }) => [...weights.keys()]))].flatMap((place) => {
    const [least, most] = [lower[place], upper[place]];
    if (least === Number.NEGATIVE_INFINITY && most === Number.POSITIVE_INFINITY) return [];
    const weights = new Map([[place, 1]]);
    return [{ weights, lower: least, upper: most, sum: start[place], from: [boundsName(table, place)] }];
  });
}
