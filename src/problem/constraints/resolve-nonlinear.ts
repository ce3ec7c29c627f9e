import type { ParamsShape } from "../tree.ts";
import { shapeOf } from "../tree.ts";
import type { NamedConstraint } from "./named-constraint.ts";
import type { NonlinearConstraint } from "./nonlinear.ts";
import type { NonlinearFunctions, NonlinearSpec } from "./nonlinear-values.ts";

/** A nonlinear constraint in two parts: what is plain data, and the user's functions. */
export interface ResolvedNonlinear extends NonlinearFunctions {
  readonly spec: NonlinearSpec;
}

/** Its selector stays on the driver: workers get the places that it picks, and a tree like what it returns. */
export function resolveNonlinear<P>(
  { constraint, where, indices }: NamedConstraint<P, NonlinearConstraint<P>>,
  shape: ParamsShape<P>,
): ResolvedNonlinear {
  const { select, lower, upper, tolerance } = constraint;
  const selected = shapeOf(select(shape.unflatten(new Float64Array(shape.length))));
  const template = selected.unflatten(new Float64Array(selected.length));
  // The types of its functions are checked where it is made: by the selector.
  const { fun, jac } = constraint as unknown as NonlinearFunctions;
  return { spec: { where, indices, template, lower, upper, tolerance }, fun, jac };
}
