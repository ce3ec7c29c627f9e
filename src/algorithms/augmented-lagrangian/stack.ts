/**
 * Criterion and nonlinear constraints as one vector, so that differences of one are differences of both, from the same points: an answer's
 * `residuals` are the residuals (or the scalar) followed by the values of the constraints, and `jac` has a row for each.
 */
import type { Answer, ConstraintLimits, Point, PointAnswer } from "../types.ts";

/** What there is, known from the first point that did not fail. */
export interface Layout {
  readonly limits: ConstraintLimits;
  /** Whether the criterion has residuals; else its part is one scalar. */
  readonly isLeastSquares: boolean;
}

export class Stack {
  readonly #limitsOf: (lengths: readonly number[]) => ConstraintLimits;
  #layout: Layout | null = null;

  /** @param limitsOf what is asked of the values, from how many there are of each constraint. */
  constructor(limitsOf: (lengths: readonly number[]) => ConstraintLimits) {
    this.#limitsOf = limitsOf;
  }

  /** The first request must have points that did not fail: the start is one. */
  get layout(): Layout {
    if (this.#layout === null) throw new Error("augmented Lagrangian: no point with a value yet");
    return this.#layout;
  }

  stacked(points: readonly Point[], answers: Answer): PointAnswer[] {
    this.#layout ??= this.#learn(points, answers);
    const nConstraints = this.layout.limits.lower.length;
    return answers.map((answer, i) => stackedAnswer(points[i], answer, nConstraints));
  }

  #learn(points: readonly Point[], answers: Answer): Layout | null {
    const valid = answers.find((answer, i) => points[i].want !== "jac" && answer.constraints !== undefined);
    if (valid?.constraints === undefined) return null;
    const limits = this.#limitsOf(valid.constraints.values.map(({ length }) => length));
    return { limits, isLeastSquares: valid.residuals !== null };
  }
}

function stackedAnswer(
  { x, want }: Point,
  { fun, residuals, jac, failed, constraints }: PointAnswer,
  nConstraints: number,
): PointAnswer {
  // Of a point that failed the constraints are not looked at.
  const values = constraints?.values ?? [new Float64Array(nConstraints)];
  const rows = constraints?.jac ?? new Float64Array(nConstraints * x.length);
  return {
    fun,
    residuals: want === "jac" ? null : concatenated([residuals ?? Float64Array.of(fun), ...values]),
    jac: jac === null ? null : concatenated([jac, rows]),
    failed,
  };
}

export function concatenated(parts: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
  let next = 0;
  for (const part of parts) {
    all.set(part, next);
    next += part.length;
  }
  return all;
}
