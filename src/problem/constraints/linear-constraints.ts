import { weightsOf } from "./check-start.ts";
import { Groups } from "./groups.ts";
import { bundleOf, type LinearRow } from "./linear-rows.ts";
import type { NamedConstraint } from "./named-constraint.ts";
import type { InternalBlock, ParameterTable } from "./resolve-constraints.ts";

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
function rowsOf<P>({ constraint, indices, where }: NamedConstraint<P>): LinearRow[] {
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
function pluggedIn({ weights, lower, upper, from }: LinearRow, { groups, fixed, start }: ParameterTable): LinearRow[] {
  const plugged = new Map<number, number>();
  let constant = 0;
  for (const [place, weight] of weights) {
    const first = groups.representative(place);
    if (fixed.has(first)) constant += weight * start[first];
    else plugged.set(first, (plugged.get(first) ?? 0) + weight);
  }
  for (const [place, weight] of plugged) if (weight === 0) plugged.delete(place);
  return plugged.size === 0 ? [] : [{ weights: plugged, lower: lower - constant, upper: upper - constant, from }];
}

function blockOf(rows: readonly LinearRow[], { names, start, lower, upper }: ParameterTable): InternalBlock {
  const places = [...new Set(rows.flatMap(({ weights }) => [...weights.keys()]))];
  const bounded = places.filter((place) => lower[place] > -Infinity || upper[place] < Infinity);
  const ofBounds = bounded.map((place) => ({
    weights: new Map([[place, 1]]),
    lower: lower[place],
    upper: upper[place],
    from: [`the bounds of ${names[place]}`],
  }));
  const bundle = bundleOf([...rows, ...ofBounds], names);
  const { indices, toInternal } = bundle;
  const size = indices.length;
  const internal = Float64Array.from({ length: size }, (_, i) =>
    indices.reduce((sum, place, j) => sum + toInternal[i * size + j] * start[place], 0),
  );
  const isFree = indices.map((_, i) => bundle.lower[i] < bundle.upper[i]);
  return {
    transformation: { kind: "linear", indices, matrix: bundle.fromInternal },
    from: [...new Set(rows.flatMap(({ from }) => from))],
    start: internal.map((value, i) => (isFree[i] ? value : bundle.lower[i])),
    lower: bundle.lower,
    upper: bundle.upper,
    isFree,
  };
}
