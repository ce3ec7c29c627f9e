/** How much criterion and parameters still moved between accepted points. */
export interface ConvergenceChange {
  /** |f_first − f_last| / max(|f_last|, 0.1). */
  readonly relativeCriterionChange: number;
  /** Largest Euclidean norm of (p − p_last) / max(|p_last|, 0.1), the division elementwise. */
  readonly relativeParamsChange: number;
  /** |f_first − f_last|. */
  readonly absoluteCriterionChange: number;
  /** Largest Euclidean norm of p − p_last. */
  readonly absoluteParamsChange: number;
}

/** Strength of convergence, whatever the algorithm's own criteria: over the last accepted step and over the last five. */
export interface ConvergenceReport {
  readonly oneStep: ConvergenceChange;
  readonly fiveSteps: ConvergenceChange;
}

/** The columns of a history that the report needs. */
export interface HistoryColumns {
  /** Criterion values in the user's sign, NaN where there is none; at least `length` long. */
  readonly fun: Float64Array;
  /** By how much each point violates nonlinear constraints, 0 where it does not. @default 0 everywhere */
  readonly violation?: ArrayLike<number> | undefined;
  /** External parameters, row-major, `length` × `nParams`. */
  readonly params: Float64Array;
  readonly nParams: number;
  /** Number of points. */
  readonly length: number;
}

/**
 * How much the last accepted points still changed. A point is accepted when it is at least as good as every point before
 * it, in the order of the history; points without a finite value are not, nor those that violate nonlinear constraints. `fiveSteps` looks at fewer steps when there are
 * fewer. Returns null with fewer than two accepted points.
 *
 * Source: optimagic, `optimization/convergence_report.py` and `History.is_accepted`, which define the four changes and
 * their floor of 0.1 in the denominators. There, infinite values count as accepted; here they do not, as a change from
 * infinity is not a number.
 */
export function convergenceReport(
  history: HistoryColumns,
  direction: "minimize" | "maximize",
): ConvergenceReport | null {
  const accepted = acceptedPoints(history, direction);
  if (accepted.length < 2) return null;
  return {
    oneStep: largestChange(history, accepted.slice(-2)),
    fiveSteps: largestChange(history, accepted.slice(-6)),
  };
}

/** Indices of the points at least as good as every earlier one, in order; those that violate nonlinear constraints do not count. */
export function acceptedPoints(
  history: Pick<HistoryColumns, "fun" | "violation" | "length">,
  direction: "minimize" | "maximize",
): number[] {
  const sign = direction === "minimize" ? 1 : -1;
  const accepted: number[] = [];
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < history.length; i++) {
    const fun = sign * history.fun[i];
    if (!Number.isFinite(fun) || fun > best || (history.violation?.[i] ?? 0) !== 0) continue;
    best = fun;
    accepted.push(i);
  }
  return accepted;
}

/** Changes towards the last of the points: of the criterion from the first, of the parameters from the farthest. */
function largestChange({ fun, params, nParams }: HistoryColumns, points: readonly number[]): ConvergenceChange {
  const last = points[points.length - 1];
  const absoluteCriterionChange = Math.abs(fun[last] - fun[points[0]]);
  let absoluteParamsChange = 0;
  let relativeParamsChange = 0;
  for (const point of points) {
    let absolute = 0;
    let relative = 0;
    for (let j = 0; j < nParams; j++) {
      const at = params[last * nParams + j];
      const difference = params[point * nParams + j] - at;
      absolute = Math.hypot(absolute, difference);
      relative = Math.hypot(relative, difference / Math.max(Math.abs(at), 0.1));
    }
    absoluteParamsChange = Math.max(absoluteParamsChange, absolute);
    relativeParamsChange = Math.max(relativeParamsChange, relative);
  }
  return {
    relativeCriterionChange: absoluteCriterionChange / Math.max(Math.abs(fun[last]), 0.1),
    relativeParamsChange,
    absoluteCriterionChange,
    absoluteParamsChange,
  };
}
