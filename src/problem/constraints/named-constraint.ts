import { InvalidInputError, show } from "../../errors.ts";
import { unknownName } from "../../suggest.ts";
import type { ParamsShape } from "../tree.ts";
import type { Constraint, Selector } from "./constraints.ts";
import type { NonlinearConstraint } from "./nonlinear.ts";
import { selectedIndices } from "./select.ts";

/** A constraint that a reparametrization satisfies. */
export type ExactConstraint<P> = Exclude<Constraint<P>, { readonly type: "nonlinear" }>;

/** A constraint with what it is about. One of several selectors is one for each place. */
export interface NamedConstraint<P, C = ExactConstraint<P>> {
  readonly constraint: C;
  /** In messages: "constraints[1] (fixed)". */
  readonly where: string;
  readonly indices: readonly number[];
}

const TYPES: readonly string[] = [
  "fixed",
  "equal",
  "pairwiseEqual",
  "increasing",
  "decreasing",
  "probability",
  "covariance",
  "sdcorr",
  "linear",
  "nonlinear",
];

/** @throws InvalidInputError for what is no constraint, or picks no parameters. */
export function nameConstraints<P>(
  constraints: readonly Constraint<P>[],
  shape: ParamsShape<P>,
): {
  readonly exact: readonly NamedConstraint<P>[];
  readonly nonlinear: readonly NamedConstraint<P, NonlinearConstraint<P>>[];
} {
  if (!Array.isArray(constraints))
    throw new InvalidInputError(
      `constraints must be an array such as [fixed((p) => p.a)], received ${show(constraints)}.`,
    );
  const named = (constraints as readonly Constraint<P>[]).flatMap(
    (constraint, i): NamedConstraint<P, Constraint<P>>[] => {
      if (typeof constraint?.type !== "string" || !("select" in constraint || "selectors" in constraint))
        throw new InvalidInputError(
          `constraints[${i}] must be what fixed, equal, increasing or the like returned, received ${show(constraint)}.`,
        );
      if (!TYPES.includes(constraint.type))
        throw new InvalidInputError(
          unknownName(`type ${show(constraint.type)}`, constraint.type, TYPES, `constraints[${i}]`),
        );
      const where = `constraints[${i}] (${constraint.type})`;
      if (constraint.type !== "pairwiseEqual")
        return [{ constraint, where, indices: selectedIndices(constraint.select, shape, where) }];
      return pairs(constraint.selectors, shape, where).map((indices) => ({ constraint, where, indices }));
    },
  );
  const isNonlinear = (one: NamedConstraint<P, Constraint<P>>): one is NamedConstraint<P, NonlinearConstraint<P>> =>
    one.constraint.type === "nonlinear";
  const isExact = (one: NamedConstraint<P, Constraint<P>>): one is NamedConstraint<P> => !isNonlinear(one);
  return { exact: named.filter(isExact), nonlinear: named.filter(isNonlinear) };
}

function pairs<P>(selectors: readonly Selector<P>[], shape: ParamsShape<P>, where: string): number[][] {
  const lists = selectors.map((select) => selectedIndices(select, shape, where));
  const [first] = lists;
  const other = lists.find(({ length }) => length !== first.length);
  if (other !== undefined)
    throw new InvalidInputError(
      `${where}: its selectors must pick the same number of parameters, but they pick ${first.length} and ${other.length}.`,
    );
  return first.map((_, k) => lists.map((list) => list[k]));
}
