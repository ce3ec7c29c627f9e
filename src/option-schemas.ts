import * as v from "valibot";
import { InvalidInputError, show } from "./errors.ts";
import { rejectUnknownKeys } from "./suggest.ts";

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

/** A finite number in (lower, upper). */
export function numberBetween(lower: number, upper: number): v.GenericSchema<unknown, number> {
  return number(v.gtValue(lower), `above ${lower}`, upper);
}

/** A finite number in [lower, upper). */
export function numberFrom(lower: number, upper: number): v.GenericSchema<unknown, number> {
  return number(v.minValue(lower), `of at least ${lower}`, upper);
}

export function trueOrFalse(): v.GenericSchema<unknown, boolean> {
  return v.boolean("true or false");
}

export function nullOr<T>(schema: v.GenericSchema<unknown, T>, expected: string): v.GenericSchema<unknown, T | null> {
  return v.custom<T | null>((value) => value === null || v.is(schema, value), `null or ${expected}`);
}

function number(minimum: v.GenericValidation<number>, lower: string, upper: number): v.GenericSchema<unknown, number> {
  const expected = `a finite number ${lower}${upper === Number.POSITIVE_INFINITY ? "" : ` and below ${upper}`}`;
  const inRange = (value: number) => v.is(v.pipe(v.number(), v.finite(), minimum, v.ltValue(upper)), value);
  return v.pipe(v.number(expected), v.check(inRange, expected));
}
