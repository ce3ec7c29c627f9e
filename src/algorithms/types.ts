/** What is wanted at a point: the function value (and residuals), its derivative, or both. */
export type Want = "fun" | "jac" | "funAndJac";

/** A point that an algorithm asks for. */
export interface Point {
  /** Internal x: free, scaled parameters; length n; never changed after it was asked for. */
  readonly x: Float64Array;
  readonly want: Want;
  /**
   * How a derivative is approximated where the user gave none. Ignored with `want: "fun"` and with an analytical derivative.
   * @default "forward"
   */
  readonly difference?: "forward" | "central";
}

/** A batch: points that are evaluated at the same time, one round. */
export interface Request {
  readonly points: readonly Point[];
}

/** What came back for one point. */
export interface PointAnswer {
  /**
   * Scalar value to be minimised (sign already flipped for maximize; sum of squares for least squares). May be NaN or ±Infinity
   * when the criterion returned that. A penalty where the criterion failed. NaN where only the derivative was wanted.
   */
  readonly fun: number;
  /** Residuals (length m) of a least-squares criterion; null for scalar criteria and where only the derivative was wanted. */
  readonly residuals: Float64Array | null;
  /** Row-major m × n Jacobian of the residuals, or the gradient (length n) of a scalar criterion; null where not wanted. */
  readonly jac: Float64Array | null;
  /** Where there are nonlinear constraints: their values, and derivatives where one was wanted; absent where the point failed. */
  readonly constraints?: ConstraintValues;
  /** True when the criterion threw at this point under `errorHandling: "continue"`; fun and residuals are then penalties. */
  readonly failed: boolean;
}

/** What functions of nonlinear constraints returned at a point. */
export interface ConstraintValues {
  /** An array for each constraint. */
  readonly values: readonly Float64Array[];
  /** Row-major M × n Jacobian of the M values of all of them with respect to internal x; null where not wanted, or not analytical. */
  readonly jac: Float64Array | null;
}

/** What is asked of the values of all nonlinear constraints, one after the other: lower ≤ value ≤ upper. Each of length M. */
export interface ConstraintLimits {
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  /** By how much a value may lie outside. */
  readonly tolerance: Float64Array;
}

/** The answers to a request, in the order of its points. */
export type Answer = readonly PointAnswer[];

/** What an algorithm knows of the problem: a start and a box. */
export interface InternalProblem {
  /** Start, within bounds, finite, length n ≥ 1. */
  readonly x0: Float64Array;
  /** Lower bounds, −Infinity where there is none, length n. */
  readonly lower: Float64Array;
  /** Upper bounds, Infinity where there is none, length n. */
  readonly upper: Float64Array;
  /**
   * Where to sample, by the user's soft bounds: lower ≤ softLower ≤ softUpper ≤ upper, the bounds where there are none, so that it may be −Infinity;
   * length n. x0 need not lie within, and it is no restriction: an algorithm that does not explore has nothing to do with it.
   */
  readonly softLower: Float64Array;
  /** As softLower, Infinity where there is none, length n. */
  readonly softUpper: Float64Array;
  /** What users know the coordinates by, for messages: "rates.beta", "cov[2] (transformed)"; length n. */
  readonly names: readonly string[];
  /** True when the user gave a derivative: asking for "jac" then costs one evaluation, else n or 2n. */
  readonly hasJac: boolean;
}

/** How an algorithm ended. */
export interface Solution {
  /** Best point found, length n. */
  readonly x: Float64Array;
  /** Its value (to be minimised). */
  readonly fun: number;
  /** Whether a convergence criterion was met, not merely a limit. */
  readonly success: boolean;
  /** One sentence for people: which criterion or limit ended it, and how certain the solution is. */
  readonly message: string;
  readonly nIterations: number;
}

/** A synchronous generator: yields batches, receives their answers, returns the solution. No I/O, no clock, no randomness without a seed. */
export type Algorithm<O> = (problem: InternalProblem, options: O) => Generator<Request, Solution, Answer>;

/** What an algorithm needs and can. */
export interface AlgorithmInfo {
  /** Kebab-case name, as users write it. */
  readonly name: string;
  /** The kind of criterion it needs: "scalar" takes any, "least-squares" needs residuals. */
  readonly needs: "scalar" | "least-squares";
  /** Whether it keeps within bounds; one that does not is refused where a parameter has any. */
  readonly supportsBounds: boolean;
  /** Whether it asks for derivatives: where the user gives none they are differences, n or 2n evaluations more each. */
  readonly needsDerivative: boolean;
  /** Paper or book. */
  readonly source: string;
}

/** An algorithm with its info, defaults and option check: what `algorithm: …` of minimize resolves to. */
export interface AlgorithmDefinition<O extends object> {
  readonly info: AlgorithmInfo;
  readonly run: Algorithm<O>;
  readonly defaults: Readonly<O>;
  /** Throws InvalidInputError on an unknown option (suggesting the nearest) or a bad value; fills in defaults. */
  readonly resolveOptions: (options: Partial<O>) => O;
}

/** An algorithm together with resolved options, e.g. `algorithms.levenbergMarquardt({ trials: 8 })`. */
export interface ConfiguredAlgorithm {
  readonly info: AlgorithmInfo;
  readonly options: Readonly<Record<string, unknown>>;
  readonly start: (problem: InternalProblem) => Generator<Request, Solution, Answer>;
}
