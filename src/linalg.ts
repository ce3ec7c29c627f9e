import { EigenvalueDecomposition, Matrix, QrDecomposition, SingularValueDecomposition } from "ml-matrix";
import { InvalidInputError } from "./errors.ts";

/** A dense matrix in row-major order: element (i, j) is `data[i * columns + j]`. */
export interface DenseMatrix {
  readonly rows: number;
  readonly columns: number;
  /** Length rows · columns. */
  readonly data: Float64Array;
}

/** Thin singular value decomposition A = U diag(s) Vᵀ with k = min(rows, columns). */
export interface ThinSvd {
  /** rows × k, orthonormal columns. */
  readonly left: DenseMatrix;
  /** Length k, descending, ≥ 0. */
  readonly values: Float64Array;
  /** columns × k, orthonormal columns. */
  readonly right: DenseMatrix;
}

/**
 * Replaces least-squares problems min ‖A p + b‖, one for each b, by ones with the same solutions and the same gradients
 * and at most columns + (number of b) rows: the triangular factor of the QR decomposition of [A b …].
 *
 * @throws InvalidInputError when an element is not finite or the shapes do not agree.
 */
export function compressLeastSquares(
  a: DenseMatrix,
  bs: readonly Float64Array[],
): { a: DenseMatrix; bs: readonly Float64Array[] } {
  requireShape(a, "compressLeastSquares: matrix");
  requireFinite(a.data, "compressLeastSquares: matrix");
  for (const b of bs) {
    requireFinite(b, "compressLeastSquares: right-hand side");
    if (b.length !== a.rows)
      throw new InvalidInputError(`compressLeastSquares: expected ${a.rows} right-hand values, received ${b.length}`);
  }
  const { rows, columns } = a;
  const width = columns + bs.length;
  if (rows <= width) return { a, bs };
  const augmented = new Matrix(rows, width);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) augmented.set(i, j, a.data[i * columns + j]);
    bs.forEach((b, k) => {
      augmented.set(i, columns + k, b[i]);
    });
  }
  const triangle = new QrDecomposition(augmented).upperTriangularMatrix;
  const data = new Float64Array(width * columns);
  for (let i = 0; i < width; i++) for (let j = 0; j < columns; j++) data[i * columns + j] = triangle.get(i, j);
  return {
    a: { rows: width, columns, data },
    bs: bs.map((_, k) => Float64Array.from({ length: width }, (_, i) => triangle.get(i, columns + k))),
  };
}

/**
 * Thin singular value decomposition of a matrix with at least one row and one column.
 *
 * @throws InvalidInputError when an element is not finite (the decomposition would be wrong without a word).
 */
export function thinSvd(a: DenseMatrix): ThinSvd {
  requireShape(a, "thinSvd: matrix");
  requireFinite(a.data, "thinSvd: matrix");
  const { rows, columns } = a;
  // Scaled to a largest element of 1: the rotations square elements, which may not overflow or vanish.
  const scale = a.data.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0) || 1;
  const matrix = new Matrix(rows, columns);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) matrix.set(i, j, a.data[i * columns + j] / scale);
  const svd = new SingularValueDecomposition(matrix, { autoTranspose: true });
  const k = Math.min(rows, columns);
  return {
    left: firstColumns(svd.leftSingularVectors, k),
    values: Float64Array.from(svd.diagonal.slice(0, k), (value) => value * scale),
    right: firstColumns(svd.rightSingularVectors, k),
  };
}

/**
 * Eigenvalues (in no promised order) and orthonormal eigenvectors (columns) of a symmetric matrix.
 *
 * @throws InvalidInputError when an element is not finite (the decomposition would never end) or it is not square.
 */
export function symmetricEigen(a: DenseMatrix): { values: Float64Array; vectors: DenseMatrix } {
  requireShape(a, "symmetricEigen: matrix");
  requireFinite(a.data, "symmetricEigen: matrix");
  if (a.rows !== a.columns)
    throw new InvalidInputError(`symmetricEigen: expected a square matrix, received ${a.rows} × ${a.columns}`);
  const matrix = new Matrix(a.rows, a.columns);
  for (let i = 0; i < a.rows; i++) for (let j = 0; j < a.columns; j++) matrix.set(i, j, a.data[i * a.columns + j]);
  const eigen = new EigenvalueDecomposition(matrix, { assumeSymmetric: true });
  return {
    values: Float64Array.from(eigen.realEigenvalues),
    vectors: firstColumns(eigen.eigenvectorMatrix, a.columns),
  };
}

/** Inner product of two vectors of the same length. */
export function dot(u: Float64Array, v: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < u.length; i++) sum += u[i] * v[i];
  return sum;
}

/** A v, length rows. */
export function times(a: DenseMatrix, v: Float64Array): Float64Array {
  const product = new Float64Array(a.rows);
  for (let i = 0; i < a.rows; i++) for (let j = 0; j < a.columns; j++) product[i] += a.data[i * a.columns + j] * v[j];
  return product;
}

/** Aᵀ v, length columns. */
export function transposeTimes(a: DenseMatrix, v: Float64Array): Float64Array {
  const product = new Float64Array(a.columns);
  for (let i = 0; i < a.rows; i++) for (let j = 0; j < a.columns; j++) product[j] += a.data[i * a.columns + j] * v[i];
  return product;
}

/** Minimum-norm solution of min ‖A v − b‖, singular values below `tolerance` times the largest counting as zero. */
export function leastSquares(a: DenseMatrix, b: Float64Array, tolerance: number): Float64Array {
  const { left, values, right } = thinSvd(a);
  const weights = transposeTimes(left, b).map((value, k) =>
    values[k] > tolerance * values[0] ? value / values[k] : 0,
  );
  return times(right, weights);
}

/** Euclidean norm without overflow or underflow; NaN when an element is NaN. */
export function norm(v: ArrayLike<number>): number {
  let scale = 0;
  for (let i = 0; i < v.length; i++) {
    const size = Math.abs(v[i]);
    if (!(size <= scale)) scale = size;
  }
  if (scale === 0 || !Number.isFinite(scale)) return scale;
  let sum = 0;
  for (let i = 0; i < v.length; i++) sum += (v[i] / scale) ** 2;
  return scale * Math.sqrt(sum);
}

/** True when every element is finite. */
export function isFiniteVector(v: Float64Array): boolean {
  return v.every(Number.isFinite);
}

function firstColumns(matrix: Matrix, k: number): DenseMatrix {
  const data = new Float64Array(matrix.rows * k);
  for (let i = 0; i < matrix.rows; i++) for (let j = 0; j < k; j++) data[i * k + j] = matrix.get(i, j);
  return { rows: matrix.rows, columns: k, data };
}

function requireShape(a: DenseMatrix, what: string): void {
  if (a.rows < 1 || a.columns < 1 || a.data.length !== a.rows * a.columns)
    throw new InvalidInputError(
      `${what}: expected at least 1 × 1 and rows · columns values, received ${a.rows} × ${a.columns} with ${a.data.length} values`,
    );
}

function requireFinite(values: Float64Array, what: string): void {
  const index = values.findIndex((value) => !Number.isFinite(value));
  if (index >= 0) throw new InvalidInputError(`${what}: expected finite values, received ${values[index]} at ${index}`);
}
