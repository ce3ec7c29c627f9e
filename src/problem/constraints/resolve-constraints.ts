/** Constraints, combined where they overlap, as a reparametrization; after optimagic's `process_constraints` and `consolidate_constraints`. */
import { InvalidInputError } from "../../errors.ts";
import type { FlatBounds } from "../bounds.ts";
import type { ParamsShape } from "../tree.ts";
import { checkStart } from "./check-start.ts";
import { Groups } from "./groups.ts";
import { linearBundles } from "./linear-constraints.ts";
import { type LinearRow, rowsOf } from "./linear-rows.ts";
import type { NamedConstraint } from "./named-constraint.ts";
import type { InternalBlock, ParameterTable } from "./parameter-table.ts";
import type { Reparametrization } from "./reparametrization.ts";
import { blockOf, boundsInsteadOf, type MadeBound, transformedConstraints } from "./transformations.ts";

/** What an algorithm sees of a constrained problem, k free parameters. */
export interface ResolvedConstraints {
  readonly reparametrization: Reparametrization;
  readonly start: Float64Array;
  readonly bounds: FlatBounds;
  /** What users know the free ones by: a parameter's name, or what is in its place, such as "b[1] - b[0]". */
  readonly names: readonly string[];
}

/**
 * @param start external, finite, within bounds.
 * @throws InvalidInputError where the start does not satisfy a constraint, or constraints do not go together.
 */
export function resolveConstraints<P>(
  named: readonly NamedConstraint<P>[],
  shape: ParamsShape<P>,
  start: Float64Array,
  bounds: FlatBounds,
): ResolvedConstraints {
  const { names } = shape;
  for (const one of named) checkStart(one, start, names);
  const groups = new Groups(shape.length);
  for (const { constraint, indices } of named)
    if (constraint.type === "equal" || constraint.type === "pairwiseEqual") groups.join(indices);
  const fixed = new Set<number>();
  for (const { constraint, indices } of named)
    if (constraint.type === "fixed") for (const place of indices) fixed.add(groups.representative(place));
  const known = { names, start, groups, fixed, ...boundsOfGroups(groups, bounds), madeBounds: new Map() };
  const { rows, table: plugged } = sumsAndBounds(named, known);
  const transformed = transformedConstraints(named, plugged);
  const insteads = transformed.map((one) => boundsInsteadOf(one, plugged));
  const table = withBounds(
    plugged,
    insteads.flatMap((made) => made ?? []),
  );
  const needed = transformed.filter((_, i) => insteads[i] === null);
  const blocks = [...needed.map((one) => blockOf(one, table)), ...linearBundles(rows, table)];
  rejectOverlaps(blocks, names);
  return assemble(blocks, table);
}

/**
 * Sums of two parameters or more, and what those of one are: bounds. Parameters with equal bounds that other constraints are about are fixed, and then
 * part of no sum.
 */
function sumsAndBounds<P>(
  named: readonly NamedConstraint<P>[],
  known: ParameterTable,
): { rows: LinearRow[]; table: ParameterTable } {
  const involved = new Set<number>();
  for (const { constraint, indices } of named)
    if (!["fixed", "equal", "pairwiseEqual"].includes(constraint.type))
      for (const place of indices) involved.add(known.groups.representative(place));
  let table = known;
  for (;;) {
    const { fixed, lower, upper } = table;
    const held = [...involved].filter((place) => !fixed.has(place) && lower[place] === upper[place]);
    table = { ...table, fixed: new Set([...fixed, ...held]) };
    const rows = rowsOf(named, table);
    const single = rows.filter(({ weights }) => weights.size === 1);
    if (held.length === 0 && single.every((row) => isKept(row, table)))
      return { rows: rows.filter(({ weights }) => weights.size > 1), table };
    table = withBounds(
      table,
      single.map((row) => boundOf(row, table)),
    );
  }
}

/** A sum of one parameter as its bound. What the start passes by rounding only is where it is. */
function boundOf({ weights, lower, upper, from }: LinearRow, { start }: ParameterTable): MadeBound {
  const [place] = weights.keys();
  const [least, most] = lower === upper ? [start[place], start[place]] : [lower, upper];
  return { place, lower: Math.min(least, start[place]), upper: Math.max(most, start[place]), where: from.join(", ") };
}

function isKept(row: LinearRow, table: ParameterTable): boolean {
  const { place, lower, upper } = boundOf(row, table);
  return table.lower[place] >= lower && table.upper[place] <= upper;
}

/** The narrowest bounds of parameters that are equal, for each of them. */
function boundsOfGroups(groups: Groups, { lower, upper }: FlatBounds): FlatBounds {
  const merged = { lower: lower.slice(), upper: upper.slice() };
  for (const i of lower.keys()) {
    const first = groups.representative(i);
    merged.lower[first] = Math.max(merged.lower[first], lower[i]);
    merged.upper[first] = Math.min(merged.upper[first], upper[i]);
  }
  return merged;
}

/** With bounds that constraints come to. The start must be within them: they are what the constraint asks. */
function withBounds(table: ParameterTable, made: readonly MadeBound[]): ParameterTable {
  const [lower, upper, madeBounds] = [table.lower.slice(), table.upper.slice(), new Map(table.madeBounds)];
  for (const one of made) {
    const { place, where } = one;
    const value = table.start[place];
    if (value < one.lower || value > one.upper)
      throw new InvalidInputError(
        `${where} does not hold at the start: it asks ${table.names[place]} to be within [${one.lower}, ${one.upper}], but it is ${value}. Move the start.`,
      );
    if (one.lower > lower[place] || one.upper < upper[place]) madeBounds.set(place, where);
    lower[place] = Math.max(lower[place], one.lower);
    upper[place] = Math.min(upper[place], one.upper);
    if (lower[place] > upper[place])
      throw new InvalidInputError(
        `${where} and the bounds of ${table.names[place]} contradict each other: [${lower[place]}, ${upper[place]}] is empty.`,
      );
  }
  return { ...table, lower, upper, madeBounds };
}

/** What rounding in a transformation must not change. */
function limitsOf(
  blocks: readonly InternalBlock[],
  { start, fixed, lower, upper }: ParameterTable,
): Reparametrization["limits"] {
  return blocks.flatMap(({ transformation: { indices } }) =>
    indices.flatMap((place) => {
      if (fixed.has(place)) return [[place, start[place], start[place]] as const];
      const isBounded = lower[place] > Number.NEGATIVE_INFINITY || upper[place] < Number.POSITIVE_INFINITY;
      return isBounded ? [[place, lower[place], upper[place]] as const] : [];
    }),
  );
}

function rejectOverlaps(blocks: readonly InternalBlock[], names: readonly string[]): void {
  const owners = new Map<number, InternalBlock>();
  for (const block of blocks)
    for (const place of block.transformation.indices) {
      const other = owners.get(place);
      if (other !== undefined) {
        const who =
          other === block
            ? `${block.from.join(", ")} has it twice`
            : `${[...other.from, ...block.from].join(" and ")} both do`;
        throw new InvalidInputError(
          `A parameter can belong to one covariance, sdcorr, probability or group of linear constraints (increasing and decreasing are linear), also by ` +
            `way of parameters that are equal; but of ${names[place]} ${who}. Leave one out.`,
        );
      }
      owners.set(place, block);
    }
}

function assemble(blocks: readonly InternalBlock[], table: ParameterTable): ResolvedConstraints {
  const { names, groups, fixed } = table;
  const [values, lower, upper] = [table.start.slice(), table.lower.slice(), table.upper.slice()];
  const told = names.slice();
  const isFree = names.map((_, place) => groups.representative(place) === place && !fixed.has(place));
  for (const block of blocks)
    for (const [i, place] of block.transformation.indices.entries()) {
      values[place] = block.start[i];
      lower[place] = block.lower[i];
      upper[place] = block.upper[i];
      isFree[place] = block.isFree[i];
      told[place] = block.names[i];
    }
  const free = names.flatMap((_, place) => (isFree[place] ? [place] : []));
  if (free.length === 0)
    throw new InvalidInputError("The constraints leave no free parameter: there is nothing to optimise.");
  const pick = (list: Float64Array) => Float64Array.from(free, (place) => list[place]);
  const bounds = { lower: pick(lower), upper: pick(upper) };
  // Rounding must not lead out of the bounds.
  const start = pick(values).map((value, j) => Math.min(Math.max(value, bounds.lower[j]), bounds.upper[j]));
  return {
    reparametrization: {
      // Without the start's values: the same problem from another start is the same artifact.
      base: values.map((value, place) => (isFree[place] || groups.representative(place) !== place ? 0 : value)),
      free,
      transformations: blocks.map(({ transformation }) => transformation),
      limits: limitsOf(blocks, table),
      copies: names.flatMap((_, place) => {
        const first = groups.representative(place);
        return first === place ? [] : [[place, first] as const];
      }),
    },
    start,
    bounds,
    names: free.map((place) => told[place]),
  };
}
