/** A derivative from differences with several steps. */
export interface Extrapolated {
  readonly value: number;
  /**
   * How far it is from those of one order less that it was made of, and so mostly more than its own error of truncation; NaN for a single
   * difference, of which nothing is known.
   */
  readonly error: number;
}

/**
 * Richardson's extrapolation to step zero, by the tableau of Neville: each column lacks one more term of the error. Its last entry counts, which is
 * linear in the estimates and exact for polynomials of its order.
 *
 * Source: Ridders (1982), Accurate computation of F'(x) and F'(x) F''(x), Advances in Engineering Software 4, 75-76, for the error; the
 * exponents as in Brodtkorb's numdifftools.
 *
 * @param estimates with steps h, 2h, 4h, …, length ≥ 1.
 * @param exponent of h in the q-th term of an estimate's error, q from 1.
 */
export function extrapolate(estimates: readonly number[], exponent: (q: number) => number): Extrapolated {
  let column = estimates;
  let error = Number.NaN;
  for (let q = 1; column.length > 1; q++) {
    const rest = 2 ** exponent(q) - 1;
    const before = column;
    column = before.slice(1).map((longer, i) => before[i] + (before[i] - longer) / rest);
    error = Math.max(Math.abs(column[0] - before[0]), Math.abs(column[0] - before[1]));
  }
  return { value: column[0], error };
}
