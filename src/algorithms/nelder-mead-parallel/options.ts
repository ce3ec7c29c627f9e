import {
  integerFrom,
  nullOr,
  numberBetween,
  numberFrom,
  type OptionSchemas,
  trueOrFalse,
} from "../../option-schemas.ts";

/** Options of `nelder-mead-parallel`. */
export interface NelderMeadParallelOptions {
  /**
   * Worst vertices that are moved in one iteration, at most n. null: half of the parameters, rounded up.
   * @default null
   */
  parallelism: number | null;
  /**
   * Whether reflection, expansion and both contractions of all these vertices are evaluated at once: an iteration is
   * then one round of four points a vertex. false: the paper's two rounds, of at most one point a vertex each.
   * @default true
   */
  speculative: boolean;
  /**
   * Edge of the first simplex along each parameter, relative to its start (for a start at zero: to the median of the
   * others' magnitudes, 1 when all are zero), not more than half the width of its box.
   * @default 0.1
   */
  initialStep: number;
  /**
   * Whether a new simplex around the best vertex, of which one vertex moves at a time, must find nothing better before
   * it counts as converged. A simplex can collapse where there is no minimum, the more easily the more vertices are
   * moved at once.
   * @default true
   */
  restart: boolean;
  /**
   * Reflection M + α (M − v) of a vertex v through the centroid M.
   * @default 1
   */
  alpha: number;
  /**
   * Expansion M + γ (R − M) beyond the reflection R, above 1.
   * @default 2
   */
  gamma: number;
  /**
   * Contraction M + β (w − M), where w is the better of vertex and reflection, below 1.
   * @default 0.5
   */
  beta: number;
  /**
   * Shrinkage v₀ + (1 − τ) (v − v₀) towards the best vertex v₀, below 1.
   * @default 0.5
   */
  tau: number;
  /**
   * Iterations after which it gives up.
   * @default 10000
   */
  maxIterations: number;
  /**
   * Ends, together with `funTolerance`, when no parameter differs between vertices by more than this share of it.
   * @default 1e-8
   */
  simplexTolerance: number;
  /**
   * Ends, together with `simplexTolerance`, when the values at the vertices differ by no more than this share of the
   * best value, or of the difference that they had when the simplex was set up where that is more.
   * @default 1e-8
   */
  funTolerance: number;
}

export const nelderMeadParallelDefaults: Readonly<NelderMeadParallelOptions> = {
  parallelism: null,
  speculative: true,
  initialStep: 0.1,
  restart: true,
  alpha: 1,
  gamma: 2,
  beta: 0.5,
  tau: 0.5,
  maxIterations: 10_000,
  simplexTolerance: 1e-8,
  funTolerance: 1e-8,
};

export const nelderMeadParallelSchemas: OptionSchemas<NelderMeadParallelOptions> = {
  parallelism: nullOr(integerFrom(1), "an integer of at least 1"),
  speculative: trueOrFalse(),
  initialStep: numberBetween(0, Number.POSITIVE_INFINITY),
  restart: trueOrFalse(),
  alpha: numberBetween(0, Number.POSITIVE_INFINITY),
  gamma: numberBetween(1, Number.POSITIVE_INFINITY),
  beta: numberBetween(0, 1),
  tau: numberBetween(0, 1),
  maxIterations: integerFrom(1),
  simplexTolerance: numberFrom(0, 1),
  funTolerance: numberFrom(0, 1),
};
