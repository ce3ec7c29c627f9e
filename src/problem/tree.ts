import { InvalidInputError, show } from "../errors.ts";
import { nearest } from "../suggest.ts";

/**
 * The user's parameters: numbers, arrays of numbers and Float64Arrays in plain objects and arrays, nested at will.
 */
export type ParamsTree = number | Float64Array | readonly ParamsTree[] | { readonly [name: string]: ParamsTree };

/** How a tree of parameters and its flat vector correspond. */
export interface ParamsShape<P> {
  /** Number of parameters. */
  readonly length: number;
  /** Path of each parameter, e.g. `rates.beta`, `cutoffs[2]`; a bare number is `params`. */
  readonly names: readonly string[];
  /** Values of a tree of the same shape, in order, length `length`. Throws InvalidInputError where the shape differs. */
  flatten(tree: P, what: string): Float64Array;
  /** A new tree of the same shape with these values. */
  unflatten(values: ArrayLike<number>): P;
}

/** Reads the shape of a tree. Throws InvalidInputError, with the path, where it holds anything but numbers, or nothing at all. */
export function shapeOf<P>(tree: P, what = "params"): ParamsShape<P> {
  const names: string[] = [];
  visit(tree, "", (path) => names.push(path === "" ? what : path), what, []);
  if (names.length === 0) throw new InvalidInputError(`${what} must hold at least one number, received ${show(tree)}.`);
  // The shape is that of now, whatever becomes of the user's object.
  const model = rebuild(tree, () => 0);
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

function visit(
  node: unknown,
  path: string,
  leaf: (path: string) => void,
  what: string,
  above: readonly unknown[],
): void {
  if (typeof node === "number") leaf(path);
  else if (above.includes(node))
    throw new InvalidInputError(`${path || what} is one of the objects that it is in: parameters must be a tree.`);
  else if (isList(node))
    for (let i = 0; i < node.length; i++) visit(node[i], `${path || what}[${i}]`, leaf, what, [...above, node]);
  else if (isPlainObject(node))
    for (const [key, value] of Object.entries(node)) visit(value, childPath(path, key), leaf, what, [...above, node]);
  else throw notAParameter(node, path || what);
}

function rebuild(node: unknown, next: () => number): unknown {
  if (typeof node === "number") return next();
  if (node instanceof Float64Array) return node.map(next);
  if (Array.isArray(node)) return node.map((child) => rebuild(child, next));
  return Object.fromEntries(Object.entries(node as object).map(([key, child]) => [key, rebuild(child, next)]));
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
  if (!isPlainObject(node))
    throw new InvalidInputError(`${path} must be an object as in params, received ${show(node)}.`);
  const keys = Object.keys(model as object);
  rejectStrangers(node, keys, path);
  for (const key of keys) {
    if (!Object.hasOwn(node, key))
      throw new InvalidInputError(`${childPath(path, key)} is missing: the shape must be that of params.`);
    sameShape((model as Record<string, unknown>)[key], node[key], childPath(path, key), leaf);
  }
}

/**
 * Values of a partial tree: a number stands for all that is below it; absent, null or undefined parts keep `absent`.
 * Throws InvalidInputError for parts that params does not have.
 */
export function flattenPartial(model: unknown, partial: unknown, absent: number, path: string): Float64Array {
  const out: number[] = [];
  fillPartial(model, partial, absent, path, out);
  return Float64Array.from(out);
}

function fillPartial(model: unknown, partial: unknown, absent: number, path: string, out: number[]): void {
  if (typeof model === "number") {
    if (partial !== undefined && partial !== null && typeof partial !== "number")
      throw new InvalidInputError(`${path} must be a number or absent, received ${show(partial)}.`);
    out.push(partial ?? absent);
  } else if (isList(model)) {
    if (isList(partial) && partial.length !== model.length)
      throw new InvalidInputError(
        `${path} must have length ${model.length}, as in params; received length ${partial.length}.`,
      );
    if (!isList(partial) && !standsForAll(partial))
      throw new InvalidInputError(
        `${path} must be an array of length ${model.length} or a number, received ${show(partial)}.`,
      );
    for (let i = 0; i < model.length; i++)
      fillPartial(model[i], isList(partial) ? partial[i] : partial, absent, `${path}[${i}]`, out);
  } else {
    const children = model as Record<string, unknown>;
    if (!standsForAll(partial)) {
      if (!isPlainObject(partial))
        throw new InvalidInputError(
          `${path} must be an object with the names of params, or a number, received ${show(partial)}.`,
        );
      rejectStrangers(partial, Object.keys(children), path);
    }
    for (const [key, child] of Object.entries(children)) {
      const part = standsForAll(partial) ? partial : (partial as Record<string, unknown>)[key];
      fillPartial(child, part, absent, childPath(path, key), out);
    }
  }
}

function standsForAll(partial: unknown): partial is number | null | undefined {
  return partial === undefined || partial === null || typeof partial === "number";
}

function rejectStrangers(node: object, known: readonly string[], path: string): void {
  for (const key of Object.keys(node)) {
    if (known.includes(key)) continue;
    const suggestion = nearest(key, known);
    throw new InvalidInputError(
      `${childPath(path, key)} is not in params.${suggestion === undefined ? "" : ` Did you mean ${suggestion}?`} There: ${known.join(", ")}.`,
    );
  }
}

function notAParameter(node: unknown, path: string): InvalidInputError {
  const advice =
    node instanceof Float32Array
      ? " Use a Float64Array: steps of finite differences vanish in 32 bits."
      : " Parameters are numbers, arrays of numbers and Float64Arrays, in plain objects and arrays; pass anything else as data of the criterion.";
  return new InvalidInputError(`${path} is ${show(node)}, which is not a parameter.${advice}`);
}

function isList(node: unknown): node is ArrayLike<unknown> {
  return Array.isArray(node) || node instanceof Float64Array;
}

function isPlainObject(node: unknown): node is Record<string, unknown> {
  if (node === null || typeof node !== "object") return false;
  const prototype = Object.getPrototypeOf(node);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function childPath(path: string, key: string): string {
  if (!/^[A-Za-z_$][\w$]*$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === "" ? key : `${path}.${key}`;
}
