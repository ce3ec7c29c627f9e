import { Matrix, QrDecomposition, SingularValueDecomposition } from "ml-matrix";
import { InvalidInputError } from "../errors.ts";

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
 * Replaces the least-squares problem min ‖A p + b‖ by one with the same solutions, the same gradient and at most
 * columns + 1 rows: the triangular factor of the QR decomposition of [A b].
 *
 * @throws InvalidInputError when an element is not finite or the shapes do not agree.
 */
export function compressLeastSquares(a: DenseMatrix, b: Float64Array): { a: DenseMatrix; b: Float64Array } {
  requireFinite(a.data, "compressLeastSquares: matrix");
  requireFinite(b, "compressLeastSquares: right-hand side");
  requireShape(a, "compressLeastSquares: matrix");
  if (b.length !== a.rows)
    throw new InvalidInputError(`compressLeastSquares: expected ${a.rows} right-hand values, received ${b.length}`);
  const { rows, columns } = a;
  if (rows <= columns + 1) return { a, b };
  const augmented = new Matrix(rows, columns + 1);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) augmented.set(i, j, a.data[i * columns + j]);
    augmented.set(i, columns, b[i]);
  }
  const triangle = new QrDecomposition(augmented).upperTriangularMatrix;
  const data = new Float64Array((columns + 1) * columns);
  const rest = new Float64Array(columns + 1);
  for (let i = 0; i <= columns; i++) {
    for (let j = 0; j < columns; j++) data[i * columns + j] = triangle.get(i, j);
    rest[i] = triangle.get(i, columns);
  }
  return { a: { rows: columns + 1, columns, data }, b: rest };
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
