/** Lower triangular matrices of dimension d by rows: element (i, j), j ≤ i, is number i (i + 1) / 2 + j of d (d + 1) / 2. */

export function triangularIndex(i: number, j: number): number {
  return (i * (i + 1)) / 2 + j;
}

/** The dimension of a triangle with so many elements; undefined where no triangle has so many. */
export function dimensionOf(elements: number): number | undefined {
  const dimension = Math.round((Math.sqrt(8 * elements + 1) - 1) / 2);
  return elements > 0 && (dimension * (dimension + 1)) / 2 === elements ? dimension : undefined;
}

/** L Lᵀ of a lower triangular L: its lower triangle. */
export function timesTransposed(factor: ArrayLike<number>, dimension: number): Float64Array {
  const product = new Float64Array(factor.length);
  for (let i = 0; i < dimension; i++)
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let k = 0; k <= j; k++) sum += factor[triangularIndex(i, k)] * factor[triangularIndex(j, k)];
      product[triangularIndex(i, j)] = sum;
    }
  return product;
}

/** A pivot is zero when it is this part of its diagonal element: what is left of it is rounding. */
const ROUNDING = 1e-12;

/**
 * The Cholesky factor L, with diagonal ≥ 0, of a symmetric positive semidefinite matrix that is given by its lower triangle; undefined for any other
 * matrix. Where a pivot is zero its column is zero. Parameters may be of different sizes: what is zero is judged by each one's own.
 *
 * Source: Higham, Accuracy and Stability of Numerical Algorithms (2002), algorithm 10.2, section 10.3 for semidefinite matrices.
 */
export function choleskyFactor(matrix: ArrayLike<number>, dimension: number): Float64Array | undefined {
  const factor = new Float64Array(matrix.length);
  const at = (i: number, j: number) => matrix[triangularIndex(i, j)];
  for (let j = 0; j < dimension; j++) {
    for (let i = j; i < dimension; i++) {
      let rest = at(i, j);
      for (let k = 0; k < j; k++) rest -= factor[triangularIndex(i, k)] * factor[triangularIndex(j, k)];
      // Their product may be more than there are numbers.
      const size = Math.sqrt(at(i, i)) * Math.sqrt(at(j, j));
      const zero = ROUNDING * dimension * size;
      if (i === j) {
        // Also what is NaN.
        if (!(rest >= -zero)) return undefined;
        factor[triangularIndex(j, j)] = rest <= zero ? 0 : Math.sqrt(rest);
        continue;
      }
      const pivot = factor[triangularIndex(j, j)];
      // With a zero pivot, and one of √ε of its size, the column is of the order of √ε.
      if (pivot === 0 && !(Math.abs(rest) <= Math.sqrt(ROUNDING * dimension) * size)) return undefined;
      factor[triangularIndex(i, j)] = pivot === 0 ? 0 : rest / pivot;
    }
  }
  return factor;
}
