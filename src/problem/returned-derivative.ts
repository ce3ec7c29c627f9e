/** Derivatives that the user's functions returned, checked and made flat. */
import { InvalidInputError, show } from "../errors.ts";
import type { FunctionKind } from "./function-kinds.ts";
import { toVector } from "./returned.ts";
import type { ParamsShape } from "./tree.ts";

/** Which of the user's functions returned a derivative. */
export type DerivativeFunction = "jac" | "funAndJac";

/** Names what was returned, and what is in it, as JavaScript reads it. */
const RETURNED = { jac: "jac(params)", funAndJac: "funAndJac(params).jac" } as const;

/**
 * The derivative as a flat array: the gradient, length n, of a scalar or likelihood criterion; the row-major m × n Jacobian of residuals.
 * A row may be a tree like params, an array or a Float64Array of length n; a Jacobian an array of m rows, or flat of length m·n. Of a
 * likelihood the Jacobian of the contributions will do too: its rows are added up.
 *
 * @param m number of residuals or contributions where it is known; null otherwise.
 * @param by who returned it, for messages.
 * @throws InvalidInputError saying which shape was expected.
 */
export function checkDerivative<P>(
  returned: unknown,
  shape: ParamsShape<P>,
  kind: FunctionKind,
  m: number | null,
  by: DerivativeFunction = "jac",
): Float64Array {
  if (by === "jac" && isValueAndJac(returned) && !isRow(returned, shape))
    throw new InvalidInputError(
      "jac returned { value, jac }, but must return the derivative alone. Give a function that returns both as funAndJac.",
    );
  if (kind === "scalar" || (kind === "likelihood" && !isJacobian(returned, shape)))
    return row(returned, shape, RETURNED[by]);
  const jacobian = jacobianOf(returned, shape, kind, m, by);
  return kind === "likelihood" ? sumOfRows(jacobian, shape.length) : jacobian;
}

function jacobianOf<P>(
  returned: unknown,
  shape: ParamsShape<P>,
  kind: "least-squares" | "likelihood",
  m: number | null,
  by: DerivativeFunction,
): Float64Array {
  const n = shape.length;
  const wrong = (received: string) => wrongJacobian(kind, by, received, n, m);
  const flat = toVector(returned);
  if (flat !== null) {
    if (flat.length === 0 || flat.length % n !== 0 || (m !== null && flat.length !== n * m))
      throw wrong(`${flat.length} numbers`);
    return flat;
  }
  if (!Array.isArray(returned) || (m !== null && returned.length !== m))
    throw wrong(Array.isArray(returned) ? `${returned.length} rows` : show(returned));
  const out = new Float64Array(returned.length * n);
  for (const [i, one] of returned.entries()) out.set(row(one, shape, `${RETURNED[by]}[${i}]`), i * n);
  return out;
}

/** Whether a likelihood's derivative is one of its contributions, and no gradient. Where it may be both it has one row, and both are the same. */
function isJacobian<P>(returned: unknown, shape: ParamsShape<P>): boolean {
  const flat = toVector(returned);
  if (flat !== null) return flat.length !== shape.length;
  return Array.isArray(returned) && !isRow(returned, shape) && isRow(returned[0], shape);
}

function isValueAndJac(returned: unknown): boolean {
  return Object(returned) === returned && ["value", "jac"].every((key) => Object.hasOwn(returned as object, key));
}

function isRow<P>(value: unknown, shape: ParamsShape<P>): boolean {
  try {
    row(value, shape, "");
    return true;
  } catch {
    return false;
  }
}

/** In order of the rows, here and on every worker: the same bits everywhere. */
function sumOfRows(jacobian: Float64Array, n: number): Float64Array {
  const sum = jacobian.slice(0, n);
  for (let i = n; i < jacobian.length; i++) sum[i % n] += jacobian[i];
  return sum;
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

function wrongJacobian(
  kind: "least-squares" | "likelihood",
  by: DerivativeFunction,
  received: string,
  n: number,
  m: number | null,
): InvalidInputError {
  const rows = `${m ?? "m"} rows × ${n} parameters, as an array of rows or flat in row-major order`;
  const expected =
    kind === "least-squares"
      ? `the Jacobian of the residuals, ${rows}`
      : `the gradient, of length ${n}, or the Jacobian of the contributions, ${rows}`;
  return new InvalidInputError(`${by} must return ${expected}; received ${received}.`);
}
