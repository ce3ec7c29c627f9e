/** A problem's parameters as an algorithm sees them. */
import { InvalidInputError, show } from "../errors.ts";
import { type Bounds, type FlatBounds, resolveBounds } from "./bounds.ts";
import { type Constraints, listOf } from "./constraints/constraints.ts";
import { nameConstraints } from "./constraints/named-constraint.ts";
import { resolveConstraints } from "./constraints/resolve-constraints.ts";
import { type ResolvedNonlinear, resolveNonlinear } from "./constraints/resolve-nonlinear.ts";
import type { ConversionSpec } from "./conversion.ts";
import { resolveScaling, type ScalingOptions } from "./scaling.ts";
import { resolveSoftBounds, softBoundsOfFree } from "./soft-bounds.ts";
import type { ParamsShape } from "./tree.ts";

/** The options of `minimize` that say which parameters there are. */
export interface ParamsOptions<P> {
  readonly params: P;
  readonly bounds?: Bounds<NoInfer<P>> | undefined;
  readonly constraints?: Constraints<NoInfer<P>> | undefined;
  readonly scaling?: ScalingOptions | undefined;
}

export interface FreeProblem {
  readonly conversion: ConversionSpec;
  /** What users know the free parameters by, for messages, length k. */
  readonly names: readonly string[];
  /** Free parameters at the start, not scaled, length k. */
  readonly start: Float64Array;
  /** Soft bounds of the free parameters, not scaled, length k; their bounds where there are none. No evaluation depends on them. */
  readonly soft: FlatBounds;
  /** What no reparametrization satisfies. */
  readonly nonlinear: readonly ResolvedNonlinear[];
}

/**
 * @throws InvalidInputError for start values that are not finite, not within their bounds or against a constraint, and for wrong bounds, constraints or
 *   scaling.
 */
export function freeProblemOf<P>(
  { params, bounds, constraints, scaling }: ParamsOptions<P>,
  shape: ParamsShape<P>,
): FreeProblem {
  const external = shape.flatten(params, "params");
  for (const [i, value] of external.entries())
    if (!Number.isFinite(value))
      throw new InvalidInputError(`The start value of ${shape.names[i]} must be finite, received ${show(value)}.`);
  const flatBounds = resolveBounds(params, shape, external, bounds);
  const soft = resolveSoftBounds(params, shape, bounds, flatBounds);
  const list = constraints === undefined ? [] : listOf<P>(constraints as Constraints<P>);
  const named = nameConstraints(list, shape);
  const nonlinear = named.nonlinear.map((one) => resolveNonlinear(one, shape));
  if (named.exact.length === 0) return { ...freeOf(shape.names, external, flatBounds, soft, null, scaling), nonlinear };
  const resolved = resolveConstraints(named.exact, shape, external, flatBounds);
  const { reparametrization } = resolved;
  const freeSoft =
    soft === flatBounds ? resolved.bounds : softBoundsOfFree(soft, resolved.bounds, reparametrization, shape.names);
  return {
    ...freeOf(resolved.names, resolved.start, resolved.bounds, freeSoft, reparametrization, scaling),
    nonlinear,
  };
}

function freeOf(
  names: readonly string[],
  start: Float64Array,
  bounds: FlatBounds,
  soft: FlatBounds,
  reparametrization: ConversionSpec["reparametrization"],
  scaling: ScalingOptions | undefined,
): Omit<FreeProblem, "nonlinear"> {
  return {
    conversion: { bounds, reparametrization, scaling: resolveScaling(scaling, names, start, bounds) },
    names,
    start,
    soft,
  };
}
