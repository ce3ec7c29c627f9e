/** Values that the user's functions returned, checked and made flat. */
import { types } from "node:util";
import { InvalidInputError, show } from "../errors.ts";
import { unknownName } from "../suggest.ts";
import { copyOf } from "../transport/codec.ts";
import type { FunctionKind } from "./function-kinds.ts";

/** The scalar that counts, the vector behind it, length m (null for a scalar criterion), and what it came with. */
export interface CheckedValue {
  readonly scalar: number;
  readonly vector: Float64Array | null;
  /** A copy; null: none. */
  readonly info: unknown;
}

const WRAPPERS = { "least-squares": "leastSquares", likelihood: "likelihood" } as const;

const VALUE_KEYS = ["value", "info"];
const VALUE_AND_JAC_KEYS = ["value", "jac", "info"];

const NOT_KEPT =
  "which the history cannot keep. It keeps numbers, strings, typed arrays, Map, Set, Date, and plain objects and arrays of them.";

/**
 * A value, bare or in { value, info }. NaN and infinities are values.
 *
 * @throws InvalidInputError saying what was returned and what to return instead.
 */
export function checkValue(returned: unknown, kind: FunctionKind): CheckedValue {
  if (!hasSomeOf(returned, VALUE_KEYS)) return checkedValue(returned, kind, null, "bare");
  if (Object.hasOwn(returned, "value") && Object.hasOwn(returned, "jac"))
    throw new InvalidInputError(
      "fun returned { value, jac }, but must return the value alone, or { value, info }. Give a function that returns both as funAndJac, beside fun.",
    );
  rejectOtherKeys(returned, VALUE_KEYS, "the criterion returned");
  if (!Object.hasOwn(returned, "value"))
    throw new InvalidInputError(
      `The criterion returned info without a value: ${show(returned)}. Return { value, info }.`,
    );
  return checkedValue(returned.value, kind, infoOf(returned.info), "with info");
}

/**
 * What `funAndJac` returned: { value, jac, info }. `jac` is for `checkDerivative`.
 *
 * @throws InvalidInputError saying what was returned and what to return instead.
 */
export function checkValueAndJac(returned: unknown, kind: FunctionKind): { value: CheckedValue; jac: unknown } {
  if (!hasSomeOf(returned, VALUE_AND_JAC_KEYS)) {
    const advice =
      returned === undefined ? " Is a return missing?" : Array.isArray(returned) ? " Name what is in the array." : "";
    throw new InvalidInputError(`funAndJac must return { value, jac }, but returned ${show(returned)}.${advice}`);
  }
  rejectOtherKeys(returned, VALUE_AND_JAC_KEYS, "funAndJac returned");
  for (const key of ["value", "jac"])
    if (returned[key] === undefined)
      throw new InvalidInputError(
        `funAndJac must return { value, jac }, but what it returned has no ${key}: ${show(returned)}.`,
      );
  const info = infoOf(returned.info);
  return { value: checkedValue(returned.value, kind, info, "with jac"), jac: returned.jac };
}

/** How a value was returned, for messages. */
type Form = "bare" | "with info" | "with jac";

function checkedValue(value: unknown, kind: FunctionKind, info: unknown, form: Form): CheckedValue {
  if (kind === "scalar") {
    if (typeof value === "number") return { scalar: value, vector: null, info };
    throw wrongValue(form, "The criterion", "a number", value, adviceFor(value));
  }
  const wrapper = WRAPPERS[kind];
  const vector = toVector(value);
  if (vector === null || vector.length === 0) {
    const advice =
      typeof value === "number" ? ` Return the terms, not their sum, or leave ${wrapper} out.` : adviceForVector(value);
    throw wrongValue(form, `The criterion given to ${wrapper}(…)`, "a non-empty array of numbers", value, advice);
  }
  // In order of the index, here and on every worker: the same bits everywhere.
  let scalar = 0;
  for (const term of vector) scalar += kind === "least-squares" ? term * term : term;
  return { scalar, vector, info };
}

function wrongValue(
  form: Form,
  criterion: string,
  expected: string,
  received: unknown,
  advice: string,
): InvalidInputError {
  if (form === "bare") {
    const other = isRecord(received) ? " To have more than the value kept, return { value, info }." : advice;
    return new InvalidInputError(`${criterion} must return ${expected}, but returned ${show(received)}.${other}`);
  }
  const [who, what] = form === "with info" ? [criterion, "{ value, info }"] : ["funAndJac", "{ value, jac }"];
  const nested = hasSomeOf(received, VALUE_KEYS) ? " Put info beside value." : advice;
  return new InvalidInputError(
    `${who} must return ${what} with ${expected} as value, but the value is ${show(received)}.${nested}`,
  );
}

/** A copy: whoever returned it may use it again. */
function infoOf(info: unknown): unknown {
  return info === undefined || info === null ? null : copyOf(info, "info", NOT_KEPT);
}

function hasSomeOf(value: unknown, keys: readonly string[]): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && keys.some((key) => Object.hasOwn(value, key));
}

function isRecord(value: unknown): boolean {
  return Object.prototype.toString.call(value) === "[object Object]";
}

function rejectOtherKeys(returned: object, known: readonly string[], what: string): void {
  for (const key of Object.keys(returned))
    if (!known.includes(key)) throw new InvalidInputError(unknownName(`key ${key}`, key, known, `In what ${what}`));
}

/** A copy, for a criterion may use its arrays again: an array of numbers as Float64Array, null for anything else. */
export function toVector(value: unknown): Float64Array | null {
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
  if (types.isPromise(returned)) return " Await it.";
  if (toVector(returned) !== null)
    return " For residuals write fun: leastSquares(f), for log-likelihood contributions likelihood(f).";
  if (typeof returned === "bigint" || (typeof returned === "string" && isNumeric(returned)))
    return " Convert it by Number(…).";
  return "";
}

function adviceForVector(returned: unknown): string {
  if (returned === undefined) return " Is a return missing?";
  if (types.isPromise(returned)) return " Await it.";
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
