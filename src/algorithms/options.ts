import * as v from "valibot";
import { InvalidInputError, show } from "../errors.ts";
import { rejectUnknownKeys } from "../suggest.ts";

/** One valibot schema an option; the message of each is what was expected, e.g. "an integer of at least 1". */
export type OptionSchemas<O extends object> = { readonly [K in keyof O]-?: v.GenericSchema<unknown, O[K]> };

/**
 * Fills in defaults and checks every option. An option given as `undefined` keeps its default.
 *
 * @throws InvalidInputError on an unknown option (suggesting the nearest) or a bad value (expected, received, where).
 */
export function resolveOptions<O extends object>(
  algorithm: string,
  schemas: OptionSchemas<O>,
  defaults: Readonly<O>,
  given: Partial<O>,
): O {
  if (typeof given !== "object" || given === null || Array.isArray(given))
    throw new InvalidInputError(`${algorithm}: expected an object of options, received ${show(given)}`);
  const names = Object.keys(schemas) as (keyof O & string)[];
  rejectUnknownKeys(given, names, algorithm);
  const resolved: O = { ...defaults };
  for (const name of names) {
    if (given[name] === undefined) continue;
    const schema: v.GenericSchema<unknown, O[typeof name]> = schemas[name];
    const parsed = v.safeParse(schema, given[name]);
    if (!parsed.success)
      throw new InvalidInputError(
        `${algorithm}: option ${name} must be ${parsed.issues[0].message}, received ${show(given[name])}`,
      );
    resolved[name] = parsed.output;
  }
  return resolved;
}

export function integerFrom(minimum: number): v.GenericSchema<unknown, number> {
  const expected = `an integer of at least ${minimum}`;
  return v.pipe(v.number(expected), v.safeInteger(expected), v.minValue(minimum, expected));
}

export function positiveNumber(): v.GenericSchema<unknown, number> {
  const expected = "a finite number above 0";
  return v.pipe(v.number(expected), v.finite(expected), v.gtValue(0, expected));
}

/** A number in [lower, upper); `Infinity` as `upper` means any finite number of at least `lower`. */
export function numberFrom(lower: number, upper: number): v.GenericSchema<unknown, number> {
  const expected =
    upper === Number.POSITIVE_INFINITY
      ? `a finite number of at least ${lower}`
      : `a number of at least ${lower} and below ${upper}`;
  return v.pipe(v.number(expected), v.finite(expected), v.minValue(lower, expected), v.ltValue(upper, expected));
}

export function trueOrFalse(): v.GenericSchema<unknown, boolean> {
  return v.boolean("true or false");
}

export function nullOr<T>(schema: v.GenericSchema<unknown, T>, expected: string): v.GenericSchema<unknown, T | null> {
  return v.union([v.null(), schema], `null or ${expected}`);
}
