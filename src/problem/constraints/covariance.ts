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
 * ∂vech(L Lᵀ)/∂vech(L), row-major, square. ∂Σᵢⱼ/∂Lₐₖ = [i = a] Lⱼₖ + [j = a] Lᵢₖ.
 *
 * Source: Magnus and Neudecker, Matrix Differential Calculus (2019), chapter 9.
 */
export function covarianceDerivative(factor: ArrayLike<number>, dimension: number): Float64Array {
  const size = factor.length;
  const derivative = new Float64Array(size * size);
  for (let i = 0; i < dimension; i++)
    for (let j = 0; j <= i; j++) {
      const row = triangularIndex(i, j) * size;
      for (let k = 0; k <= j; k++) {
        derivative[row + triangularIndex(i, k)] += factor[triangularIndex(j, k)];
        derivative[row + triangularIndex(j, k)] += factor[triangularIndex(i, k)];
      }
    }
  return derivative;
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
  const covariance = timesTransposed(factor, dimension);
  const sdcorr = new Float64Array(factor.length);
  for (let i = 0; i < dimension; i++) sdcorr[i] = Math.sqrt(covariance[triangularIndex(i, i)]);
  for (let i = 0; i < dimension; i++)
    for (let j = 0; j < i; j++) {
      const correlation = covariance[triangularIndex(i, j)] / (sdcorr[i] * sdcorr[j]);
      // Rounding must not lead out of [−1, 1]; without a deviation there is no correlation.
      sdcorr[correlationIndex(i, j, dimension)] = Number.isNaN(correlation)
        ? 0
        : Math.min(Math.max(correlation, -1), 1);
    }
  return sdcorr;
}

/**
 * ∂sdcorr/∂vech(L), row-major, square: ∂sᵢ/∂Lᵢₖ = Lᵢₖ/sᵢ, and for ρᵢⱼ = Σᵢⱼ/(sᵢ sⱼ) by the quotient rule.
 *
 * Source: Magnus and Neudecker, as above.
 */
export function sdcorrDerivative(factor: ArrayLike<number>, dimension: number): Float64Array {
  const size = factor.length;
  const derivative = new Float64Array(size * size);
  const sdcorr = sdcorrFromInternal(factor, dimension);
  for (let i = 0; i < dimension; i++)
    for (let k = 0; k <= i; k++) {
      const at = triangularIndex(i, k);
      derivative[i * size + at] = sdcorr[i] === 0 ? 0 : factor[at] / sdcorr[i];
    }
  for (let i = 0; i < dimension; i++)
    for (let j = 0; j < i; j++) {
      const [si, sj] = [sdcorr[i], sdcorr[j]];
      if (si === 0 || sj === 0) continue;
      const row = correlationIndex(i, j, dimension) * size;
      const correlation = sdcorr[correlationIndex(i, j, dimension)];
      for (let k = 0; k <= i; k++) {
        const [li, lj] = [factor[triangularIndex(i, k)], k <= j ? factor[triangularIndex(j, k)] : 0];
        derivative[row + triangularIndex(i, k)] += lj / (si * sj) - (correlation * li) / (si * si);
        if (k <= j) derivative[row + triangularIndex(j, k)] += li / (si * sj) - (correlation * lj) / (sj * sj);
      }
    }
  return derivative;
}

/** Place of the correlation of i and j < i, behind the standard deviations. */
export function correlationIndex(i: number, j: number, dimension: number): number {
  return dimension + (i * (i - 1)) / 2 + j;
}
