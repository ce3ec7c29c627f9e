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

/** What the makers give a constraint of each type: one written by hand may lack it. */
const PARTS: Readonly<Record<string, readonly string[]>> = {
  fixed: ["select"],
  equal: ["select"],
  pairwiseEqual: ["selectors"],
  increasing: ["select"],
  decreasing: ["select"],
  probability: ["select"],
  covariance: ["select", "regularization"],
  sdcorr: ["select", "regularization"],
  linear: ["select", "weights"],
  nonlinear: ["select", "fun", "jac", "lower", "upper", "tolerance"],
};

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
      const type: unknown = constraint?.type;
      if (typeof type === "string" && !Object.hasOwn(PARTS, type))
        throw new InvalidInputError(unknownName(`type ${show(type)}`, type, Object.keys(PARTS), `constraints[${i}]`));
      if (typeof type !== "string" || !PARTS[type].every((part) => part in constraint))
        throw new InvalidInputError(
          `constraints[${i}] must be what ${typeof type === "string" ? type : "fixed, equal, increasing or the like"} returned, received ${show(constraint)}.`,
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
