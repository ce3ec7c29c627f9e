import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { InfrastructureError } from "../../errors.ts";
import { decodeFloat64, encodeFloat64 } from "../float64.ts";

export type Item = Record<string, AttributeValue>;

/** Doubles, exactly. NULL stands for none: some of DynamoDB's emulators refuse an empty binary. */
export function float64Value(values: ArrayLike<number>): AttributeValue {
  return values.length === 0 ? { NULL: true } : { B: encodeFloat64(values) };
}

/** Text. NULL stands for "": some of DynamoDB's emulators refuse an empty string. */
export function textValue(text: string): AttributeValue {
  return text === "" ? { NULL: true } : { S: text };
}

/**
 * A time, duration or cost as a decimal, so that it can be read in the console: 17 digits give back the same double. Left
 * out (undefined) when it is not finite; below 1e-100 it is 0, as DynamoDB refuses it otherwise.
 */
export function decimalValue(value: number | null): AttributeValue | undefined {
  if (value === null || !Number.isFinite(value)) return undefined;
  return { N: String(Math.abs(value) < 1e-100 ? 0 : value) };
}

/** Drops what is undefined. */
export function compact(item: Readonly<Record<string, AttributeValue | undefined>>): Item {
  return Object.fromEntries(Object.entries(item).filter((entry): entry is [string, AttributeValue] => !!entry[1]));
}

/** Reads the attributes of one item; every error names the item and the attribute. */
export class ItemReader {
  readonly #item: Item;
  readonly #where: string;

  /** @param where names the item, e.g. "item RUNS / 01J… of DynamoDB table fanopt" */
  constructor(item: Item, where: string) {
    this.#item = item;
    this.#where = where;
  }

  text(name: string): string {
    const value = this.#item[name];
    if (value?.NULL === true) return "";
    return value?.S ?? this.#fail(name, "a string");
  }

  optionalText(name: string): string | null {
    return this.#item[name] === undefined ? null : this.text(name);
  }

  oneOf<T extends string>(name: string, known: readonly T[]): T {
    const text = this.text(name);
    return known.find((candidate) => candidate === text) ?? this.#fail(name, `one of ${known.join(", ")}`);
  }

  number(name: string): number {
    return this.optionalNumber(name) ?? this.#fail(name, "a number");
  }

  optionalNumber(name: string): number | null {
    const value = this.#item[name];
    if (value === undefined) return null;
    return value.N === undefined ? this.#fail(name, "a number") : Number(value.N);
  }

  flag(name: string): boolean {
    return this.#item[name]?.BOOL === true;
  }

  /** @param length how many there must be; any number when left out */
  floats(name: string, length?: number): Float64Array<ArrayBuffer> {
    const value = this.#item[name];
    const floats = value?.NULL === true ? new Float64Array(0) : value?.B && decodeFloat64(value.B);
    const expected = `${length ?? "some"} float64 as binary`;
    if (!floats || (length !== undefined && floats.length !== length)) return this.#fail(name, expected);
    return floats;
  }

  optionalBytes(name: string): Uint8Array | null {
    const value = this.#item[name];
    return value === undefined ? null : (value.B ?? this.#fail(name, "binary"));
  }

  optionalFloats(name: string): Float64Array<ArrayBuffer> | null {
    return this.#item[name] === undefined ? null : this.floats(name);
  }

  json(name: string): unknown {
    try {
      return JSON.parse(this.text(name));
    } catch {
      return this.#fail(name, "JSON");
    }
  }

  /** What `read` makes of an attribute; a failure is the attribute's. */
  parsed<T>(name: string, expected: string, read: () => T): T {
    try {
      return read();
    } catch {
      return this.#fail(name, expected);
    }
  }

  optionalMap(name: string): ItemReader | null {
    const value = this.#item[name];
    if (value === undefined) return null;
    return new ItemReader(value.M ?? this.#fail(name, "a map"), `${name} of ${this.#where}`);
  }

  #fail(name: string, expected: string): never {
    const value = this.#item[name];
    const got = value === undefined ? "it is missing" : `its type is ${Object.keys(value).join()}`;
    throw new InfrastructureError(
      "store-unreadable",
      `Cannot read ${this.#where}: expected attribute ${name} to be ${expected}, but ${got}. Something other than fanopt wrote it, or another version of it.`,
    );
  }
}
