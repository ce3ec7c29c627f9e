/** What is known of the parameters while constraints are combined. */
import type { Groups } from "./groups.ts";
import type { Transformation } from "./reparametrization.ts";

/** By place. Of those that are equal, the first stands for all. */
export interface ParameterTable {
  readonly names: readonly string[];
  readonly start: Float64Array;
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  /** Places of bounds that are not the user's, with the constraint that made them. */
  readonly madeBounds: ReadonlyMap<number, string>;
  readonly groups: Groups;
  /** Representatives that keep their value. */
  readonly fixed: ReadonlySet<number>;
}

/** External parameters in other terms: internal values at the same places. */
export interface InternalBlock {
  readonly transformation: Transformation;
  /** Constraints in messages. */
  readonly from: readonly string[];
  readonly start: Float64Array;
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  /** Whether each is free. */
  readonly isFree: readonly boolean[];
  /** What each is, for messages. */
  readonly names: readonly string[];
}

/** Bounds of a place in messages. */
export function boundsName({ names, madeBounds }: ParameterTable, place: number): string {
  const origin = madeBounds.get(place);
  return origin === undefined ? `the bounds of ${names[place]}` : `the bounds of ${names[place]} by ${origin}`;
}
