/** What the user's functions returned, checked and made flat. */
import { InvalidInputError, show } from "../errors.ts";
import type { FunctionKind } from "./function-kinds.ts";
import type { ParamsShape } from "./tree.ts";

/** The scalar that counts, and the vector behind it, length m (null for a scalar criterion). */
export interface CheckedValue {
  readonly scalar: number;
  readonly vector: Float64Array | null;
}

const WRAPPERS = { "least-squares": "leastSquares", likelihood: "likelihood" } as const;

/** Throws InvalidInputError saying what was returned and what to return instead. NaN and infinities are values. */
export function checkValue(returned: unknown, kind: FunctionKind): CheckedValue {
  if (kind === "scalar") {
    if (typeof returned === "number") return { scalar: returned, vector: null };
    throw new InvalidInputError(
      `The criterion must return a number, but returned ${show(returned)}.${adviceFor(returned)}`,
    );
  }
  const wrapper = WRAPPERS[kind];
  const vector = toVector(returned);
  if (vector === null || vector.length === 0)
    throw new InvalidInputError(
      `The criterion given to ${wrapper}(…) must return a non-empty array of numbers, but returned ${show(returned)}.` +
        (typeof returned === "number"
          ? ` Return the terms, not their sum, or leave ${wrapper} out.`
          : adviceForVector(returned)),
    );
  // In order of the index, here and on every worker: the same bits everywhere.
  let scalar = 0;
  for (const term of vector) scalar += kind === "least-squares" ? term * term : term;
  return { scalar, vector };
}

/**
 * The derivative as a flat array: the gradient, length n, of a scalar or likelihood criterion; the row-major m × n Jacobian of residuals.
 * A row may be a tree like params, an array or a Float64Array of length n; a Jacobian an array of m rows, or flat of length m·n.
 *
 * @param nResiduals m where it is known; null otherwise.
 * @throws InvalidInputError saying which shape was expected.
 */
export function checkDerivative<P>(
  returned: unknown,
  shape: ParamsShape<P>,
  kind: FunctionKind,
  nResiduals: number | null,
): Float64Array {
  const n = shape.length;
  if (kind !== "least-squares") return row(returned, shape, "the gradient that jac returned");
  const flat = toVector(returned);
  if (flat !== null) {
    if (flat.length === 0 || flat.length % n !== 0 || (nResiduals !== null && flat.length !== n * nResiduals))
      throw wrongJacobian(`${flat.length} numbers`, n, nResiduals);
    return flat;
  }
  if (!Array.isArray(returned) || (nResiduals !== null && returned.length !== nResiduals))
    throw wrongJacobian(Array.isArray(returned) ? `${returned.length} rows` : show(returned), n, nResiduals);
  const out = new Float64Array(returned.length * n);
  for (const [i, one] of returned.entries())
    out.set(row(one, shape, `row ${i} of the Jacobian that jac returned`), i * n);
  return out;
}

function row<P>(returned: unknown, shape: ParamsShape<P>, what: string): Float64Array {
  const flat = toVector(returned);
  if (flat === null) return shape.flatten(returned as P, what);
  if (flat.length !== shape.length)
    throw new InvalidInputError(
      `${what} must have one entry for each of the ${shape.length} parameters, but has ${flat.length}.`,
    );
  return flat;
}

function wrongJacobian(received: string, n: number, m: number | null): InvalidInputError {
  return new InvalidInputError(
    `jac must return the Jacobian of the residuals, ${m ?? "m"} rows × ${n} parameters, as an array of rows or flat in row-major order; received ${received}.`,
  );
}

/** A copy, for a criterion may use its arrays again: an array of numbers as Float64Array, null for anything else. */
function toVector(value: unknown): Float64Array | null {
  if (value instanceof Float64Array || value instanceof Float32Array) return Float64Array.from(value);
  if (!Array.isArray(value)) return null;
  return strangeEntry(value) < 0 ? Float64Array.from(value) : null;
}

/** Index of the first entry that is no number, holes included; −1: there is none. */
function strangeEntry(list: readonly unknown[]): number {
  return list.findIndex((item) => typeof item !== "number");
}

function adviceFor(returned: unknown): string {
  if (returned === undefined) return " Is a return missing?";
  if (toVector(returned) !== null)
    return " For residuals write fun: leastSquares(f), for log-likelihood contributions likelihood(f).";
  if (typeof returned === "bigint" || (typeof returned === "string" && isNumeric(returned)))
    return " Convert it by Number(…).";
  return "";
}

function adviceForVector(returned: unknown): string {
  if (returned === undefined) return " Is a return missing?";
  if (Array.isArray(returned) && returned.length > 0) {
    const index = strangeEntry(returned);
    return ` Entry ${index} is ${show(returned[index])}.`;
  }
  if (ArrayBuffer.isView(returned) && !(returned instanceof Float64Array || returned instanceof Float32Array))
    return " Convert it by Float64Array.from(…).";
  return "";
}

function isNumeric(text: string): boolean {
  return text.trim() !== "" && Number.isFinite(Number(text));
}
