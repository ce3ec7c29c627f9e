/** Rows that say no more than others together: left out, so that what is left can be made bounds. */
import type { LinearRow } from "./linear-rows.ts";

/** By row: coefficients of a sum of rows that is zero; without any of them, the others are independent. */
export type Circuit = ReadonlyMap<number, number>;

/** Of a sum of some numbers, relative to their sizes. */
const ROUNDING = 64 * 2 ** -52;
/** Values that the start satisfies each, as exactly as `checkStart` asks. */
const VALUES = 1e-7;

/** Without a row of each circuit that has one that follows from the others. */
export function withoutImplied(rows: readonly LinearRow[], circuits: readonly Circuit[]): LinearRow[] {
  let left: readonly (LinearRow | null)[] = rows;
  for (const circuit of circuits) left = withoutOneOf(left, circuit) ?? left;
  return left.filter((row) => row !== null);
}

/**
 * With null for one of the circuit's rows that follows from its others; null where none does. Any of them is a sum of the others; these are independent,
 * so that it reaches what their bounds allow, and no more. A bound that is never reached is none: without it, another row may follow.
 */
function withoutOneOf(rows: readonly (LinearRow | null)[], circuit: Circuit): (LinearRow | null)[] | null {
  const own = new Map<number, LinearRow>();
  for (const k of circuit.keys()) {
    const row = rows[k];
    // What has been left out for another circuit proves nothing.
    if (row === null) return null;
    own.set(k, row);
  }
  // Values contradict each other by rounding at most, or the start would not satisfy them; bounds may be far larger than what they leave.
  const isOfValues = [...own.values()].every(({ lower, upper }) => lower === upper);
  const slackOf = (size: number) => (isOfValues ? VALUES * (1 + size) : ROUNDING * size);
  for (;;) {
    const open = [...own].map(([k, row]) => ({ k, before: row, row: withoutReached(own, circuit, k, slackOf) }));
    const implied = open.find(({ row }) => !hasBounds(row));
    if (implied !== undefined) return rows.map((row, k) => (k === implied.k ? null : (own.get(k) ?? row)));
    const wider = open.find(({ before, row }) => before.lower < before.upper && row !== before);
    if (wider === undefined) return null;
    own.set(wider.k, wider.row);
  }
}

function hasBounds({ lower, upper }: LinearRow): boolean {
  return lower > Number.NEGATIVE_INFINITY || upper < Number.POSITIVE_INFINITY;
}

/** The row without the bounds that the circuit's others keep; itself where they keep none. */
function withoutReached(
  rows: ReadonlyMap<number, LinearRow>,
  circuit: Circuit,
  k: number,
  slackOf: (size: number) => number,
): LinearRow {
  const row = rows.get(k) as LinearRow;
  const { lower, upper } = row;
  const reach = reachOf(rows, circuit, k);
  const slack = slackOf(reach.size);
  const isLowerKept = lower > Number.NEGATIVE_INFINITY && reach.lower + slack >= lower;
  const isUpperKept = upper < Number.POSITIVE_INFINITY && reach.upper - slack <= upper;
  if (!isLowerKept && !isUpperKept) return row;
  return {
    ...row,
    lower: isLowerKept ? Number.NEGATIVE_INFINITY : lower,
    upper: isUpperKept ? Number.POSITIVE_INFINITY : upper,
  };
}

const nothingKnown = { lower: Number.NEGATIVE_INFINITY, upper: Number.POSITIVE_INFINITY, size: 0 };

/** What the sum of row k can be by the bounds of the circuit's others. */
function reachOf(
  rows: ReadonlyMap<number, LinearRow>,
  circuit: Circuit,
  k: number,
): { lower: number; upper: number; size: number } {
  const own = circuit.get(k) ?? Number.NaN;
  let [lower, upper, size] = [0, 0, 0];
  for (const [l, row] of rows) {
    if (l === k) continue;
    const factor = -(circuit.get(l) as number) / own;
    const ends = [factor * row.lower, factor * row.upper];
    lower += Math.min(...ends);
    upper += Math.max(...ends);
    for (const end of ends) if (Number.isFinite(end)) size += Math.abs(end);
  }
  // More than there are numbers: what it leaves is not known.
  return size < Number.POSITIVE_INFINITY ? { lower, upper, size } : nothingKnown;
}
