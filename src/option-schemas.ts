import * as v from "valibot";
import { InvalidInputError, show } from "./errors.ts";
import { rejectUnknownKeys } from "./suggest.ts";

/** One valibot schema an option; the message of each is what was expected, e.g. "an integer of at least 1". */
export type OptionSchemas<O extends object> = { readonly [K in keyof O]-?: v.GenericSchema<unknown, O[K]> };

/**
 * Checks every option that is given and not `undefined`.
 *
 * @param where the call in messages, e.g. "minimize".
 * @throws InvalidInputError on an unknown option (suggesting the nearest) or a bad value (expected, received, where).
 */
export function checkOptions<O extends object>(
  where: string,
  schemas: OptionSchemas<O>,
  given: Partial<O>,
): Partial<O> {
  const names = Object.keys(schemas) as (keyof O & string)[];
  if (typeof given !== "object" || given === null || Array.isArray(given))
    throw new InvalidInputError(
      `${where}: expected an object of options (${names.join(", ")}), received ${show(given)}.`,
    );
  rejectUnknownKeys(given, names, where);
  const checked: Partial<O> = {};
  for (const name of names) {
    if (given[name] === undefined) continue;
    const schema: v.GenericSchema<unknown, O[typeof name]> = schemas[name];
    const parsed = v.safeParse(schema, given[name]);
    if (!parsed.success)
      throw new InvalidInputError(
        `${where}: option ${name} must be ${parsed.issues[0].message}, received ${show(given[name])}.`,
      );
    checked[name] = parsed.output;
  }
  return checked;
}

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
  return { ...defaults, ...checkOptions(algorithm, schemas, given) };
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

/** What the room that it is for checks itself, because it knows more: names of parameters, of algorithms, of backends. */
export function checkedThere<T>(): v.GenericSchema<unknown, T> {
  return v.custom<T>(() => true);
}

export function oneOf<const T extends string>(...names: readonly T[]): v.GenericSchema<unknown, T> {
  return v.picklist(names, names.map(show).join(" or "));
}

/** A number above zero, Infinity included. `unit` ends the message: " of seconds". */
export function positiveNumber(unit = ""): v.GenericSchema<unknown, number> {
  const expected = `a positive number${unit}`;
  return v.pipe(v.number(expected), v.gtValue(0, expected));
}
