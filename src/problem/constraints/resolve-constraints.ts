/** Constraints, combined where they overlap, as a reparametrization; after optimagic's `process_constraints` and `consolidate_constraints`. */
import { InvalidInputError } from "../../errors.ts";
import type { FlatBounds } from "../bounds.ts";
import type { ParamsShape } from "../tree.ts";
import { checkStart } from "./check-start.ts";
import type { Constraint } from "./constraints.ts";
import { Groups } from "./groups.ts";
import { linearBundles } from "./linear-constraints.ts";
import { nameConstraints } from "./named-constraint.ts";
import type { Reparametrization } from "./reparametrization.ts";
import { transformationsOf } from "./transformations.ts";

/** What an algorithm sees of a constrained problem, k free parameters. */
export interface ResolvedConstraints {
  readonly reparametrization: Reparametrization;
  readonly start: Float64Array;
  readonly bounds: FlatBounds;
  /** Names of the parameters in whose places the free ones are. */
  readonly names: readonly string[];
}

/** What is known of the parameters, by their places. Of those that are equal, the first stands for all. */
export interface ParameterTable {
  readonly names: readonly string[];
  readonly start: Float64Array;
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  readonly groups: Groups;
  /** Places, representatives only, that keep their value. */
  readonly fixed: ReadonlySet<number>;
}

/** External parameters in other terms: internal values at the same places. */
export interface InternalBlock {
  readonly transformation: Reparametrization["transformations"][number];
  /** Constraints in messages. */
  readonly from: readonly string[];
  readonly start: Float64Array;
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  /** Whether each is free. */
  readonly isFree: readonly boolean[];
}

/**
 * @param start external, finite, within bounds.
 * @throws InvalidInputError where the start does not satisfy a constraint, or constraints do not go together.
 */
export function resolveConstraints<P>(
  constraints: readonly Constraint<P>[],
  shape: ParamsShape<P>,
  start: Float64Array,
  bounds: FlatBounds,
): ResolvedConstraints {
  const { names } = shape;
  const named = nameConstraints(constraints, shape);
  for (const one of named) checkStart(one, start, names);
  const groups = new Groups(shape.length);
  for (const { constraint, indices } of named)
    if (constraint.type === "equal" || constraint.type === "pairwiseEqual") groups.join(indices);
  const fixed = new Set<number>();
  for (const { constraint, indices } of named)
    if (constraint.type === "fixed") for (const place of indices) fixed.add(groups.representative(place));
  const table: ParameterTable = { names, start, groups, fixed, ...boundsOfGroups(groups, bounds) };
  const transformed = transformationsOf(named, table);
  const blocks = [...transformed, ...linearBundles(named, table)];
  rejectOverlaps(blocks, names);
  return assemble(blocks, table);
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
  const isFree = names.map((_, place) => groups.representative(place) === place && !fixed.has(place));
  for (const block of blocks)
    for (const [i, place] of block.transformation.indices.entries()) {
      values[place] = block.start[i];
      lower[place] = block.lower[i];
      upper[place] = block.upper[i];
      isFree[place] = block.isFree[i];
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
      copies: names.flatMap((_, place) => {
        const first = groups.representative(place);
        return first === place ? [] : [[place, first] as const];
      }),
    },
    start,
    bounds,
    names: free.map((place) => names[place]),
  };
}
