/** What goes to a worker for a point, and what comes back. */
import type { ConstraintValues, Want } from "../algorithms/types.ts";
import type { WireError } from "../transport/wire-error.ts";

/** What a worker gets for a point: internal x (free and scaled parameters), length k, and what is wanted there. */
export interface InternalPoint {
  readonly x: Float64Array;
  /** @default "fun" */
  readonly want?: Want;
}

/** What a worker gives back for a point. */
export interface Outcome<P = unknown> {
  /** What the algorithm sees: residuals, or the scalar to be minimised (sign flipped under maximize); null: failed or not wanted. */
  readonly value: number | Float64Array | null;
  /**
   * Row-major m × k Jacobian of residuals, or the gradient of the scalar to be minimised, length k, with respect to internal x; null: failed or not
   * wanted.
   */
  readonly jac: Float64Array | null;
  /** Of the nonlinear constraints, as their functions gave them; absent where there are none, and where the point failed. */
  readonly constraints?: ConstraintValues;
  readonly historyEntry: {
    readonly params: P;
    /** Scalar in the user's sign; null: failed, or not evaluated. Where `funAndJac` gave a derivative alone it is here all the same. */
    readonly fun: number | null;
    /** What the criterion returned beside its value, also where its derivative failed; absent: nothing. */
    readonly info?: unknown;
    readonly task: "fun" | "jac" | "fun-and-jac";
    /** Milliseconds that the worker took, by its own clock. */
    readonly workerDuration: number;
    /** Which worker evaluated it; "driver" in the driver's own process. */
    readonly worker: string;
  };
  readonly logEntry: {
    readonly params: P;
    readonly fun: number | null;
    /** What the criterion returned: the number, or the vector behind it. */
    readonly rawFun: number | Float64Array | null;
    readonly valid: boolean;
    /** Stamped by the driver. */
    readonly step: number | null;
    readonly exception: WireError | null;
  };
}

/** The function that driver and workers share: same x, same bits. It has no side effects. */
export type InternalFun<P> = (point: Float64Array | InternalPoint) => Promise<Outcome<P>>;

/** What an evaluation is called in the history, by what was wanted. */
export const TASKS = { fun: "fun", jac: "jac", funAndJac: "fun-and-jac" } as const;
