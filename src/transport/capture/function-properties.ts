/** What a function has besides its code: own properties, and what was put on its prototype. */
import { nameOf } from "../function-name.ts";
import { PORTABLE } from "../portable.ts";
import { builtInPath, type IsInternal } from "./built-ins.ts";
import type { GraphProperty } from "./graph.ts";
import { type Describe, furtherProperties } from "./own-properties.ts";

type Fun = (...args: never[]) => unknown;

/** Prototypes that functions have when they are made. */
export const FUNCTION_PROTOTYPES: ReadonlySet<string> = new Set(
  ["Function", "%AsyncFunction%", "%GeneratorFunction%", "%AsyncGeneratorFunction%"].map((name) => `${name}.prototype`),
);

/** Whether a function is made by `class`. */
export function isClass(fun: Fun): boolean {
  // A method named class has a text like a class, and no prototype.
  return prototypeProperty(fun)?.writable === false && Function.prototype.toString.call(fun).startsWith("class");
}

/** The property `prototype`; undefined for arrows and methods. */
export function prototypeProperty(fun: Fun): PropertyDescriptor | undefined {
  return Object.getOwnPropertyDescriptor(fun, "prototype");
}

/** Own properties of a function or class that are neither as fresh nor come with its text. */
export function functionProperties(fun: Fun, isMethod: (method: Fun) => boolean, describe: Describe): GraphProperty[] {
  return furtherProperties(
    fun,
    (key, descriptor) => {
      // It is for this process.
      if (key === PORTABLE) return true;
      if (key === "length" || key === "name") return isAsFresh(descriptor, key === "name" ? "string" : "number");
      // Of sloppy functions, always null.
      if (key === "arguments" || key === "caller") return descriptor.value === null && !descriptor.configurable;
      if (key === "prototype") return true;
      return isMember(key, descriptor, isMethod);
    },
    describe,
  );
}

/** Properties of a function's `prototype` object that its text does not bring. */
export function prototypeProperties(
  prototype: object,
  fun: Fun,
  isMethod: (method: Fun) => boolean,
  describe: Describe,
): GraphProperty[] {
  return furtherProperties(
    prototype,
    (key, descriptor) =>
      (key === "constructor" && descriptor.value === fun && isHidden(descriptor)) ||
      isMember(key, descriptor, isMethod),
    describe,
  );
}

/** Whether a `prototype` object is as its function made it. */
export function isPristine(prototype: object, fun: Fun, isInternal: IsInternal): boolean {
  const parent: unknown = Object.getPrototypeOf(prototype);
  const path = parent === null ? undefined : builtInPath(parent as object, isInternal);
  if (!Object.isExtensible(prototype)) return false;
  if (path !== undefined && GENERATORS.has(path)) return Reflect.ownKeys(prototype).length === 0;
  return (
    path === "Object.prototype" &&
    prototypeProperties(
      prototype,
      fun,
      () => false,
      () => undefined,
    ).length === 0
  );
}

const GENERATORS = new Set(
  ["%GeneratorFunction%", "%AsyncGeneratorFunction%"].map((name) => `${name}.prototype.prototype`),
);

/** As a class makes its members: not enumerable, and under its own name. */
function isMember(key: string | symbol, descriptor: PropertyDescriptor, isMethod: (method: Fun) => boolean): boolean {
  const { value, get, set, writable } = descriptor;
  if (!isHidden(descriptor)) return false;
  const name = typeof key === "symbol" ? `[${key.description ?? ""}]` : key;
  const isOwn = (method: unknown, prefix = "") =>
    typeof method === "function" && [`${prefix}${name}`, prefix].includes(nameOf(method)) && isMethod(method as Fun);
  if (writable !== undefined) return isOwn(value);
  return (get === undefined || isOwn(get, "get ")) && (set === undefined || isOwn(set, "set "));
}

function isHidden({ writable, enumerable, configurable }: PropertyDescriptor): boolean {
  return writable !== false && !enumerable && configurable === true;
}

/** As JavaScript gives a function its `name` and `length`. */
export function isAsFresh(
  { value, writable, enumerable, configurable }: PropertyDescriptor,
  type: "string" | "number",
): boolean {
  return typeof value === type && !writable && !enumerable && configurable === true;
}
