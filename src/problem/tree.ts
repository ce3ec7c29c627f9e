import { InvalidInputError, show } from "../errors.ts";
import {
  accessorAt,
  circular,
  notAParameter,
  rejectStrangeArray,
  rejectStrangeBranch,
  tooDeep,
} from "./not-a-parameter.ts";
import {
  type Branch,
  childAt,
  hasKey,
  isFloat64Array,
  isLike,
  isList,
  isMap,
  isPlainObject,
  keysOf,
  pathOf,
  rejectStrangers,
} from "./tree-nodes.ts";

/**
 * The user's parameters: numbers, arrays of numbers and Float64Arrays in plain objects, Maps and arrays, nested at will.
 */
export type ParamsTree =
  | number
  | Float64Array
  | readonly ParamsTree[]
  | ReadonlyMap<string | number, ParamsTree>
  | { readonly [name: string]: ParamsTree };

/** How a tree of parameters and its flat vector correspond. */
export interface ParamsShape<P> {
  /** Number of parameters. */
  readonly length: number;
  /**
   * Path of each parameter, as JavaScript writes it: `rates.beta`, `cutoffs[2]`, `levels.get("low")`; a bare number is `params`, and what is in an
   * array or Map that is params itself `params[0]`, `params.get("low")`.
   */
  readonly names: readonly string[];
  /** Values of a tree of the same shape, in order, length `length`. Throws InvalidInputError where the shape differs. */
  flatten(tree: P, what: string): Float64Array;
  /** A new tree of the same shape with these values. */
  unflatten(values: ArrayLike<number>): P;
}

/** Values have to travel, and to be shown: by code that calls itself for what is inside. */
const MAX_DEPTH = 500;

/** Reads the shape of a tree. Throws InvalidInputError, with the path, where it holds anything but numbers, or nothing at all. */
export function shapeOf<P>(tree: P, what = "params"): ParamsShape<P> {
  if (tree === undefined || tree === null) throw noNumbers(tree, what);
  const reading: Reading = { what, names: [], above: new Set() };
  // The shape is that of now, whatever becomes of the user's object.
  const model = modelOf(tree, "", reading);
  const { names } = reading;
  if (names.length === 0) throw noNumbers(tree, what);
  return {
    length: names.length,
    names,
    flatten(other, otherWhat) {
      const out = new Float64Array(names.length);
      let next = 0;
      sameShape(model, other, otherWhat, (value) => {
        out[next++] = value;
      });
      return out;
    },
    unflatten(values) {
      let next = 0;
      return rebuild(model, () => values[next++]) as P;
    },
  };
}

function noNumbers(tree: unknown, what: string): InvalidInputError {
  return new InvalidInputError(`${what} must hold at least one number, received ${show(tree)}.`);
}

interface Reading {
  readonly what: string;
  readonly names: string[];
  /** What the node is in. */
  readonly above: Set<unknown>;
}

/** A tree of the same shape and types, of zeros. */
function modelOf(node: unknown, path: string, reading: Reading): unknown {
  const { what, names, above } = reading;
  if (typeof node === "number") {
    names.push(path === "" ? what : path);
    return 0;
  }
  const where = path === "" ? what : path;
  if (above.has(node)) throw circular(where);
  if (above.size === MAX_DEPTH) throw tooDeep(what, MAX_DEPTH);
  above.add(node);
  const model = childrenOf(node, path, where, reading);
  above.delete(node);
  return model;
}

function childrenOf(node: unknown, path: string, where: string, reading: Reading): unknown {
  if (isList(node)) {
    rejectStrangeArray(node, where);
    const children = Array.from(node, (child, i) => modelOf(child, `${where}[${i}]`, reading));
    return isFloat64Array(node) ? new Float64Array(node.length) : children;
  }
  if (!isMap(node) && !isPlainObject(node)) throw notAParameter(node, where);
  rejectStrangeBranch(node, where);
  return branchLike(node, (key) => {
    const at = pathOf(node, path, key, reading.what);
    if (!isMap(node)) rejectAccessor(node, key as string, at);
    return modelOf(childAt(node, key), at, reading);
  });
}

function rejectAccessor(node: object, key: string, path: string): void {
  if (Object.getOwnPropertyDescriptor(node, key)?.get !== undefined) throw accessorAt(path);
}

/** A branch of the same type, with the same keys in the same order. */
function branchLike(branch: Branch, child: (key: unknown) => unknown): Branch {
  if (isMap(branch)) {
    const map = new Map<unknown, unknown>();
    for (const key of branch.keys()) map.set(key, child(key));
    return map;
  }
  const object = (Object.getPrototypeOf(branch) === null ? Object.create(null) : {}) as Record<string, unknown>;
  for (const key of Object.keys(branch)) {
    // Assigning to __proto__ would set the prototype.
    if (key === "__proto__") Object.defineProperty(object, key, { ...ORDINARY, value: child(key) });
    else object[key] = child(key);
  }
  return object;
}

const ORDINARY = { writable: true, enumerable: true, configurable: true };

function rebuild(model: unknown, next: () => number): unknown {
  if (typeof model === "number") return next();
  if (model instanceof Float64Array) return model.map(next);
  if (Array.isArray(model)) return model.map((child) => rebuild(child, next));
  const branch = model as Branch;
  return branchLike(branch, (key) => rebuild(childAt(branch, key), next));
}

function sameShape(model: unknown, node: unknown, path: string, leaf: (value: number) => void): void {
  if (typeof model === "number") {
    if (typeof node !== "number") throw new InvalidInputError(`${path} must be a number, received ${show(node)}.`);
    leaf(node);
    return;
  }
  if (isList(model)) {
    if (!isList(node) || node.length !== model.length)
      throw new InvalidInputError(
        `${path} must be an array of length ${model.length}, as in params; received ${isList(node) ? `one of length ${node.length}` : show(node)}.`,
      );
    for (let i = 0; i < model.length; i++) sameShape(model[i], node[i], `${path}[${i}]`, leaf);
    return;
  }
  const branch = model as Branch;
  if (!isLike(branch, node))
    throw new InvalidInputError(
      `${path} must be ${isMap(branch) ? "a Map" : "an object"} as in params, received ${show(node)}.`,
    );
  rejectStrangers(node, branch, path);
  for (const key of keysOf(branch)) {
    const at = pathOf(branch, path, key, path);
    if (!hasKey(node, key)) throw new InvalidInputError(`${at} is missing: the shape must be that of params.`);
    sameShape(childAt(branch, key), childAt(node, key), at, leaf);
  }
}

/** A point by the names and values of its parameters, for messages: the first eight. */
export function valuesByName(names: readonly string[], values: Float64Array): string {
  const named = names.slice(0, 8).map((name, i) => `${name} = ${values[i]}`);
  if (names.length > 8) named.push(`… ${names.length} in all`);
  return named.join(", ");
}
