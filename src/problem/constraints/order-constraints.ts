/** Parameters in an order, where rows and bounds say nothing else: by their distances. */
import type { LinearRow } from "./linear-rows.ts";
import { gapsBetween, type OrderSpec, orderToInternal } from "./order.ts";
import type { InternalBlock, ParameterTable } from "./parameter-table.ts";
import { breakingOrder } from "./probability.ts";

type Next = Map<number, Set<number>>;

/** Places in ascending order of their values, of a row that says that one is below another; null for any other row. */
export function orderOf({ weights, lower, upper }: LinearRow): readonly [number, number] | null {
  const [first, second] = [...weights];
  if (weights.size !== 2 || first[1] !== -second[1]) return null;
  if (lower === 0 && upper === Number.POSITIVE_INFINITY) return [second[0], first[0]];
  return lower === Number.NEGATIVE_INFINITY && upper === 0 ? [first[0], second[0]] : null;
}

/** Without rows that follow from the order of others: a ≤ c where a ≤ b and b ≤ c. */
export function withoutImpliedOrder(rows: readonly LinearRow[]): LinearRow[] {
  const [above, below]: [Next, Next] = [new Map(), new Map()];
  const orders = rows.map(orderOf);
  for (const order of orders) {
    if (order === null) continue;
    const [smaller, larger] = order;
    above.set(smaller, (above.get(smaller) ?? new Set()).add(larger));
    below.set(larger, (below.get(larger) ?? new Set()).add(smaller));
  }
  return rows.filter((_, k) => {
    const order = orders[k];
    if (order === null) return true;
    const [smaller, larger] = order;
    const ways = above.get(smaller);
    if (ways === undefined || ways.size < 2 || (below.get(larger)?.size ?? 0) < 2) return true;
    ways.delete(larger);
    if (!reaches(smaller, larger, above)) {
      ways.add(larger);
      return true;
    }
    below.get(larger)?.delete(smaller);
    return false;
  });
}

function reaches(from: number, to: number, next: Next): boolean {
  const seen = new Set<number>();
  const open = [from];
  for (let place = open.pop(); place !== undefined; place = open.pop()) {
    if (place === to) return true;
    if (seen.has(place)) continue;
    seen.add(place);
    open.push(...(next.get(place) ?? []));
  }
  return false;
}

/** Places in ascending order of their values, where connected rows are one list in order; else null. */
export function pathOf(rows: readonly LinearRow[]): number[] | null {
  const next = new Map<number, number>();
  const isAbove = new Set<number>();
  for (const row of rows) {
    const order = orderOf(row);
    if (order === null || next.has(order[0]) || isAbove.has(order[1])) return null;
    next.set(order[0], order[1]);
    isAbove.add(order[1]);
  }
  const path: number[] = [];
  for (let at = [...next.keys()].find((place) => !isAbove.has(place)); at !== undefined; at = next.get(at))
    path.push(at);
  // A round has no first.
  return path.length === rows.length + 1 ? path : null;
}

/** Parameters in ascending order with their bounds; null where bounds differ along the list so that it takes more than distances. */
export function orderBlocks(
  path: readonly number[],
  from: readonly string[],
  table: ParameterTable,
): InternalBlock[] | null {
  // What bounds come to by the order.
  const lower = Float64Array.from(path, (place) => table.lower[place]);
  const upper = Float64Array.from(path, (place) => table.upper[place]);
  for (let i = 1; i < path.length; i++) lower[i] = Math.max(lower[i], lower[i - 1]);
  for (let i = path.length - 2; i >= 0; i--) upper[i] = Math.min(upper[i], upper[i + 1]);
  const blocks: InternalBlock[] = [];
  let first = 0;
  for (let i = 1; i <= path.length; i++) {
    // Where bounds alone keep the order the list falls into two.
    if (i < path.length && upper[i - 1] > lower[i]) continue;
    const places = path.slice(first, i);
    const bounds = { lower: lower.subarray(first, i), upper: upper.subarray(first, i) };
    first = i;
    // One by itself is as without constraints.
    const [one] = places;
    if (places.length === 1 && bounds.lower[0] === table.lower[one] && bounds.upper[0] === table.upper[one]) continue;
    const block = blockOf(places, bounds, from, table);
    if (block === null) return null;
    blocks.push(block);
  }
  return blocks;
}

function blockOf(
  indices: readonly number[],
  { lower, upper }: { lower: Float64Array; upper: Float64Array },
  from: readonly string[],
  { names, start }: ParameterTable,
): InternalBlock | null {
  const size = indices.length;
  const values = Float64Array.from(indices, (place) => start[place]);
  const spec = specOf(values, lower, upper);
  if (spec === null) return null;
  const isAlone = spec.from === spec.to;
  const [least, most] = [new Float64Array(size), new Float64Array(size).fill(Number.POSITIVE_INFINITY)];
  if (isAlone) {
    least[spec.from] = lower[spec.from];
    most[spec.from] = upper[spec.from];
  } else most.fill(1, spec.from, spec.to + 1);
  return {
    transformation: { kind: "order", indices, ...spec },
    from,
    start: orderToInternal(values, spec),
    lower: least,
    upper: most,
    isFree: indices.map((_, i) => least[i] < most[i]),
    names: indices.map((place, i) => {
      if (i > spec.to) return `${names[place]} - ${names[indices[i - 1]]}`;
      if (i < spec.from) return `${names[indices[i + 1]]} - ${names[place]}`;
      return isAlone ? names[place] : `${names[place]} (transformed)`;
    }),
  };
}

/** By bounds that do not descend; null where they differ. */
function specOf(values: Float64Array, lower: Float64Array, upper: Float64Array): OrderSpec | null {
  const last = values.length - 1;
  const firstBounded = lower.findIndex((bound) => bound > Number.NEGATIVE_INFINITY);
  const lastBounded = upper.findLastIndex((bound) => bound < Number.POSITIVE_INFINITY);
  if (firstBounded >= 0 && lower[firstBounded] !== lower[last]) return null;
  if (lastBounded >= 0 && upper[lastBounded] !== upper[0]) return null;
  if (firstBounded < 0 || lastBounded < 0) {
    const at = Math.max(firstBounded, lastBounded, 0);
    return { from: at, to: at, lower: Number.NEGATIVE_INFINITY, upper: Number.POSITIVE_INFINITY, breaking: [] };
  }
  if (firstBounded > lastBounded) return null;
  const [least, most] = [lower[firstBounded], upper[lastBounded]];
  if (!Number.isFinite(most - least)) return null;
  const gaps = gapsBetween(values.subarray(firstBounded, lastBounded + 1), least, most);
  return { from: firstBounded, to: lastBounded, lower: least, upper: most, breaking: breakingOrder(gaps) };
}
