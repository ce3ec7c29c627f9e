/** Covariance matrices by their Cholesky factors: whatever the factor, the matrix is positive semidefinite. */
import { choleskyFactor, timesTransposed, triangularIndex } from "./triangular.ts";

/** The lower triangle of Σ, by rows, as that of L with Σ = L Lᵀ; undefined where Σ is no covariance matrix. */
export function covarianceToInternal(covariance: ArrayLike<number>, dimension: number): Float64Array | undefined {
  return choleskyFactor(covariance, dimension);
}

export function covarianceFromInternal(factor: ArrayLike<number>, dimension: number): Float64Array {
  return timesTransposed(factor, dimension);
}

/**
 * Outer derivatives ∂f/∂vech(Σ) times ∂vech(Σ)/∂vech(L), for Σ = L Lᵀ: ∂Σᵢⱼ/∂Lₐₖ = [i = a] Lⱼₖ + [j = a] Lᵢₖ.
 *
 * Source: Magnus and Neudecker, Matrix Differential Calculus (2019), chapter 9.
 */
export function covariancePullback(
  factor: ArrayLike<number>,
  dimension: number,
  outer: ArrayLike<number>,
): Float64Array {
  const inner = new Float64Array(factor.length);
  for (let i = 0; i < dimension; i++)
    for (let j = 0; j <= i; j++) {
      const one = outer[triangularIndex(i, j)];
      for (let k = 0; k <= j; k++) {
        inner[triangularIndex(i, k)] += one * factor[triangularIndex(j, k)];
        inner[triangularIndex(j, k)] += one * factor[triangularIndex(i, k)];
      }
    }
  return inner;
}

/**
 * Standard deviations, then the lower triangle of the correlation matrix without its diagonal, by rows, as the Cholesky factor of the covariance
 * matrix; undefined where they are none.
 */
export function sdcorrToInternal(sdcorr: ArrayLike<number>, dimension: number): Float64Array | undefined {
  const correlations = new Float64Array(sdcorr.length);
  for (let i = 0; i < dimension; i++) {
    if (!(sdcorr[i] >= 0)) return undefined;
    correlations[triangularIndex(i, i)] = 1;
    for (let j = 0; j < i; j++) correlations[triangularIndex(i, j)] = sdcorr[correlationIndex(i, j, dimension)];
  }
  const factor = choleskyFactor(correlations, dimension);
  for (let i = 0; i < dimension; i++)
    for (let j = 0; factor !== undefined && j <= i; j++) factor[triangularIndex(i, j)] *= sdcorr[i];
  return factor;
}

export function sdcorrFromInternal(factor: ArrayLike<number>, dimension: number): Float64Array {
  const { deviations, directions } = polarRows(factor, dimension);
  const sdcorr = new Float64Array(factor.length);
  sdcorr.set(deviations);
  for (let i = 0; i < dimension; i++)
    for (let j = 0; j < i; j++) {
      let correlation = 0;
      for (let k = 0; k <= j; k++) correlation += directions[triangularIndex(i, k)] * directions[triangularIndex(j, k)];
      // Rounding must not lead out of [−1, 1].
      sdcorr[correlationIndex(i, j, dimension)] = Math.min(Math.max(correlation, -1), 1);
    }
  return sdcorr;
}

/**
 * Outer derivatives ∂f/∂sdcorr times ∂sdcorr/∂vech(L). With rows Lᵢ = sᵢ uᵢ, ‖uᵢ‖ = 1: ∂sᵢ/∂Lᵢ = uᵢ, and for ρᵢⱼ = uᵢ · uⱼ:
 * ∂ρᵢⱼ/∂Lᵢ = (uⱼ − ρᵢⱼ uᵢ) / sᵢ. Zero where a deviation is.
 */
export function sdcorrPullback(factor: ArrayLike<number>, dimension: number, outer: ArrayLike<number>): Float64Array {
  const { deviations, directions } = polarRows(factor, dimension);
  // Σⱼ ∂f/∂ρᵢⱼ uⱼ, by rows.
  const inner = new Float64Array(factor.length);
  for (let i = 0; i < dimension; i++)
    for (let j = 0; j < i; j++) {
      const one = outer[correlationIndex(i, j, dimension)];
      for (let k = 0; k <= j; k++) {
        inner[triangularIndex(i, k)] += one * directions[triangularIndex(j, k)];
        inner[triangularIndex(j, k)] += one * directions[triangularIndex(i, k)];
      }
    }
  for (let i = 0; i < dimension; i++) {
    let along = 0;
    for (let k = 0; k <= i; k++) along += inner[triangularIndex(i, k)] * directions[triangularIndex(i, k)];
    for (let k = 0; k <= i; k++) {
      const at = triangularIndex(i, k);
      const across = inner[at] - along * directions[at];
      inner[at] = deviations[i] === 0 ? 0 : outer[i] * directions[at] + across / deviations[i];
    }
  }
  return inner;
}

/** Rows of a factor by length and direction; a row of zeros has none. Of any size: squares of lengths may be more than there are numbers. */
function polarRows(
  factor: ArrayLike<number>,
  dimension: number,
): { deviations: Float64Array; directions: Float64Array } {
  const deviations = new Float64Array(dimension);
  const directions = new Float64Array(factor.length);
  for (let i = 0; i < dimension; i++) {
    let largest = 0;
    for (let k = 0; k <= i; k++) largest = Math.max(largest, Math.abs(factor[triangularIndex(i, k)]));
    if (largest === 0) continue;
    let squares = 0;
    for (let k = 0; k <= i; k++) squares += (factor[triangularIndex(i, k)] / largest) ** 2;
    const length = Math.sqrt(squares);
    deviations[i] = largest * length;
    for (let k = 0; k <= i; k++) directions[triangularIndex(i, k)] = factor[triangularIndex(i, k)] / largest / length;
  }
  return { deviations, directions };
}

/** Place of the correlation of i and j < i, behind the standard deviations. */
export function correlationIndex(i: number, j: number, dimension: number): number {
  return dimension + (i * (i - 1)) / 2 + j;
}
