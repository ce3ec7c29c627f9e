/** Whether the start satisfies what is asked of it: told by the user's own constraints, before they are combined. */
import { InvalidInputError } from "../../errors.ts";
import { sdcorrToInternal } from "./covariance.ts";
import type { NamedConstraint } from "./named-constraint.ts";
import { choleskyFactor, dimensionOf } from "./triangular.ts";

/** Sums of decimals are not exact. */
const TOLERANCE = 1e-8;

/** @throws InvalidInputError naming the constraint and its parameters. */
export function checkStart<P>(named: NamedConstraint<P>, start: Float64Array, names: readonly string[]): void {
  const { where, indices } = named;
  const values = indices.map((place) => start[place]);
  const fail = (why: string): never => {
    const told = indices.slice(0, 8).map((place) => `${names[place]} = ${start[place]}`);
    if (indices.length > 8) told.push(`… ${indices.length} in all`);
    throw new InvalidInputError(`${where} does not hold at the start: ${why} (${told.join(", ")}). Move the start.`);
  };
  const { constraint } = named;
  switch (constraint.type) {
    case "fixed":
      return;
    case "equal":
    case "pairwiseEqual":
      if (values.some((value) => value !== values[0])) fail("the parameters are not equal");
      return;
    case "increasing":
      if (values.some((value, i) => i > 0 && value < values[i - 1])) fail("a parameter is below the one before it");
      return;
    case "decreasing":
      if (values.some((value, i) => i > 0 && value > values[i - 1])) fail("a parameter is above the one before it");
      return;
    case "probability":
      if (values.some((value) => value < 0)) fail("a probability is negative");
      if (Math.abs(values.reduce((sum, one) => sum + one, 0) - 1) > TOLERANCE) fail("they do not sum to 1");
      return;
    case "covariance":
    case "sdcorr": {
      const dimension = dimensionOf(indices.length);
      if (dimension === undefined)
        throw new InvalidInputError(
          `${where} must be about d (d + 1) / 2 parameters for a matrix of dimension d, but its selector picks ${indices.length}.`,
        );
      const factor =
        constraint.type === "sdcorr" ? sdcorrToInternal(values, dimension) : choleskyFactor(values, dimension);
      if (factor === undefined) fail("the matrix is not positive semidefinite");
      return;
    }
    case "linear": {
      const { value, lower = value, upper = value } = constraint;
      const weights = weightsOf(constraint.weights, indices.length, where);
      const terms = values.map((one, i) => one * weights[i]);
      const sum = terms.reduce((total, one) => total + one, 0);
      const size = terms.reduce((total, one) => total + Math.abs(one), 1e-8);
      if (size === Number.POSITIVE_INFINITY) fail("its terms add up to more than there are numbers");
      const slack = TOLERANCE * size;
      if (lower !== undefined && sum < lower - slack) fail(`the weighted sum is ${sum}, which is below ${lower}`);
      if (upper !== undefined && sum > upper + slack) fail(`the weighted sum is ${sum}, which is above ${upper}`);
    }
  }
}

/** One weight for each parameter. */
export function weightsOf(
  weights: number | readonly number[] | Float64Array,
  count: number,
  where: string,
): readonly number[] {
  if (typeof weights === "number") return new Array<number>(count).fill(weights);
  if (weights.length !== count)
    throw new InvalidInputError(
      `${where}: expected a weight for each of the ${count} parameters that its selector picks, received ${weights.length}.`,
    );
  return Array.from(weights);
}
