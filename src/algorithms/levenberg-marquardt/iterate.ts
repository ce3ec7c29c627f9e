import type { DenseMatrix } from "../../linalg.ts";

/** How the derivative at a point came about, as far as its accuracy goes. */
export type Derivative = "analytical" | "central" | "forward";

/** An accepted point, with all that is known there. */
export interface Iterate {
  /** Length n. */
  readonly x: Float64Array;
  /** Sum of squares. */
  readonly fun: number;
  /** Length m. */
  readonly residuals: Float64Array;
  /** m × n. */
  readonly jac: DenseMatrix;
  readonly derivative: Derivative;
}
