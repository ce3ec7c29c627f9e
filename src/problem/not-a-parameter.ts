/** Why something is no parameter, and what to do. */
import { types } from "node:util";
import { InvalidInputError, show } from "../errors.ts";
import { type Branch, isFloat64Array, isMap } from "./tree-nodes.ts";

/** For what is no number, array, plain object or Map. */
export function notAParameter(node: unknown, path: string): InvalidInputError {
  return new InvalidInputError(`${path} is ${show(node)}, which is not a parameter. ${remedyFor(node)}`);
}

function remedyFor(node: unknown): string {
  if (node === undefined || node === null)
    return "Leave it out: params hold what is optimised and nothing else, and arrays have no holes.";
  if (typeof node === "bigint" || (typeof node === "string" && node.trim() !== "" && Number.isFinite(Number(node))))
    return "Convert it by Number(…).";
  if (types.isTypedArray(node)) return remedyForTypedArray(node);
  if (types.isSet(node)) return "Use an array, or a Map that names its numbers.";
  if (types.isPromise(node)) return "Await it.";
  const isInstance = typeof node === "object" && !types.isDate(node) && !ArrayBuffer.isView(node);
  if (isInstance)
    return "The criterion would get it without its class: give a plain object of its numbers, such as { ...it }, and make the instance in the criterion.";
  return "Parameters are numbers, arrays of numbers and Float64Arrays, in plain objects, Maps and arrays; pass anything else as data of the criterion.";
}

function remedyForTypedArray(node: NodeJS.TypedArray): string {
  const kind = node[Symbol.toStringTag];
  if (kind.startsWith("Float"))
    return `Use Float64Array.from(…): in ${8 * node.BYTES_PER_ELEMENT} bits the criterion would see rounded values, and the steps of finite differences vanish.`;
  const from = kind.startsWith("Big") ? "Float64Array.from(…, Number)" : "Float64Array.from(…)";
  return `Use ${from}: whole numbers cannot hold the values between them, and small steps vanish.`;
}

export function circular(path: string): InvalidInputError {
  return new InvalidInputError(`${path} is one of the objects that it is in: parameters must be a tree.`);
}

export function tooDeep(what: string, most: number): InvalidInputError {
  return new InvalidInputError(
    `${what} must not be nested deeper than ${most}. Give a list as an array, not as objects in each other.`,
  );
}

/** What a getter gives follows from other parameters, mostly: it would become one of its own. */
export function accessorAt(path: string): InvalidInputError {
  return new InvalidInputError(
    `${path} is a getter, which would become a parameter of its own. Compute it in the criterion, or give its value: { ...it } has values only.`,
  );
}

/** Throws for arrays of which the criterion would get less than the user gave. */
export function rejectStrangeArray(list: ArrayLike<unknown>, path: string): void {
  const name = isFloat64Array(list) ? "Float64Array" : "Array";
  const prototype = Object.getPrototypeOf(list) as object;
  // Prototypes of arrays are arrays, and those of typed arrays know their bytes; those of classes that extend them are plain.
  const isBuiltIn = isFloat64Array(list) ? Object.hasOwn(prototype, "BYTES_PER_ELEMENT") : Array.isArray(prototype);
  if (!isBuiltIn)
    throw new InvalidInputError(
      `${path} is of a class that extends ${name}, and the criterion would get it without its class. Give ${name}.from(…).`,
    );
  if (!Array.isArray(list)) return;
  // Places come before names.
  const extra = Object.keys(list).at(-1);
  if (extra !== undefined && !/^\d+$/.test(extra))
    throw new InvalidInputError(
      `${path} is an array with a property ${show(extra)}, which would be lost. Put both into an object, or pass it as data of the criterion.`,
    );
}

/** Throws for Maps and objects of which the criterion would get less than the user gave. */
export function rejectStrangeBranch(branch: Branch, path: string): void {
  if (isMap(branch)) {
    rejectStrangeMap(branch, path);
    return;
  }
  const symbol = Object.getOwnPropertySymbols(branch).find((one) =>
    Object.prototype.propertyIsEnumerable.call(branch, one),
  );
  if (symbol !== undefined)
    throw new InvalidInputError(`${path} has the key ${show(symbol)}: names of parameters must be strings.`);
}

function rejectStrangeMap(map: ReadonlyMap<unknown, unknown>, path: string): void {
  const parent: unknown = Object.getPrototypeOf(Object.getPrototypeOf(map));
  if (parent === null || Object.getPrototypeOf(parent) !== null)
    throw new InvalidInputError(
      `${path} is of a class that extends Map, and the criterion would get it without its class. Give new Map(…).`,
    );
  for (const key of map.keys())
    if (typeof key !== "string" && !Number.isFinite(key))
      throw new InvalidInputError(
        `${path} is a Map with the key ${show(key)}: keys must be strings or finite numbers, by which parameters have names.`,
      );
}
