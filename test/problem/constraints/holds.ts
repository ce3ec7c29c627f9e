import { determinant, EigenvalueDecomposition, Matrix } from "ml-matrix";
import type { Constraint, Selector } from "../../../src/problem/constraints/constraints.ts";
import { numbersIn } from "../tree-criterion.ts";

const ROUNDING = 1e-8;

/** Whether a constraint holds but for rounding, without anything of what is under test. */
export function holds<P>(constraint: Constraint<P>, params: P, start: P): boolean {
  const picked = (select: Selector<P>) => numbersIn(select(params));
  switch (constraint.type) {
    case "fixed": {
      const before = numbersIn(constraint.select(start));
      return picked(constraint.select).every((value, i) => value === before[i]);
    }
    case "equal":
      return picked(constraint.select).every((value, _, [first]) => value === first);
    case "pairwiseEqual": {
      const [first, ...others] = constraint.selectors.map(picked);
      return others.every((list) => list.every((value, i) => value === first[i]));
    }
    case "increasing":
      return picked(constraint.select).every((value, i, all) => i === 0 || isAtMost(all[i - 1], value));
    case "decreasing":
      return picked(constraint.select).every((value, i, all) => i === 0 || isAtMost(value, all[i - 1]));
    case "probability": {
      const list = picked(constraint.select);
      const sum = list.reduce((total, value) => total + value, 0);
      return list.every((value) => value >= 0) && Math.abs(sum - 1) <= ROUNDING;
    }
    case "covariance":
      return isCovariance(fromTriangle(picked(constraint.select)), constraint.regularization);
    case "sdcorr": {
      const matrix = fromDeviations(picked(constraint.select));
      return matrix !== null && isCovariance(matrix, constraint.regularization);
    }
    case "linear": {
      const { weights, value, lower = value, upper = value } = constraint;
      const terms = picked(constraint.select).map(
        (one, i) => one * (typeof weights === "number" ? weights : weights[i]),
      );
      const sum = terms.reduce((total, term) => total + term, 0);
      const slack = ROUNDING * terms.reduce((total, term) => total + Math.abs(term), 1);
      return (lower === undefined || sum >= lower - slack) && (upper === undefined || sum <= upper + slack);
    }
    default:
      throw new Error(`${(constraint as { type: string }).type} is not a constraint that holds at each point.`);
  }
}

function isAtMost(a: number, b: number): boolean {
  return a <= b + ROUNDING * (1 + Math.abs(a) + Math.abs(b));
}

/** By eigenvalues, and where it is regularized by quotients of leading minors: the squared diagonal of the Cholesky factor. */
function isCovariance(rows: number[][], regularization: number): boolean {
  const scale = Math.max(...rows.map((row, i) => Math.abs(row[i])));
  const { realEigenvalues } = new EigenvalueDecomposition(new Matrix(rows), { assumeSymmetric: true });
  if (realEigenvalues.some((value) => value < -ROUNDING * scale)) return false;
  if (regularization === 0) return true;
  const minors = rows.map((_, i) => determinant(new Matrix(rows.slice(0, i + 1).map((row) => row.slice(0, i + 1)))));
  return minors.every((minor, i) => {
    const before = i === 0 ? 1 : minors[i - 1];
    const size = rows.slice(0, i + 1).reduce((product, row, k) => product * row[k], 1);
    return minor >= regularization * before - ROUNDING * size;
  });
}

function fromTriangle(lower: readonly number[]): number[][] {
  const dimension = Math.floor(Math.sqrt(2 * lower.length));
  const at = (i: number, j: number) => lower[(Math.max(i, j) * (Math.max(i, j) + 1)) / 2 + Math.min(i, j)];
  return Array.from({ length: dimension }, (_, i) => Array.from({ length: dimension }, (__, j) => at(i, j)));
}

/** null where a standard deviation is negative. */
function fromDeviations(list: readonly number[]): number[][] | null {
  const dimension = Math.floor(Math.sqrt(2 * list.length));
  const deviations = list.slice(0, dimension);
  if (deviations.some((one) => one < 0)) return null;
  const correlation = (i: number, j: number) => (i === j ? 1 : list[dimension + (i * (i - 1)) / 2 + j]);
  return deviations.map((one, i) =>
    deviations.map((other, j) => one * other * correlation(Math.max(i, j), Math.min(i, j))),
  );
}
