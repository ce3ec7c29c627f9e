import { InvalidInputError, show } from "../errors.ts";
import { type Branch, childAt, isLike, isList, isMap, keysOf, pathOf, rejectStrangers } from "./tree-nodes.ts";

/**
 * A tree like params, of which parts may be missing: absent, null or undefined. A number stands for all parameters below it. Objects and Maps may
 * lack keys; arrays have the length that they have in params.
 */
export type PartialTree<P> =
  | number
  | null
  | undefined
  | (P extends number
      ? number
      : P extends Float64Array
        ? Float64Array | readonly PartialTree<number>[]
        : P extends readonly (infer T)[]
          ? { readonly [I in keyof P]: PartialTree<P[I]> } | ([T] extends [number] ? Float64Array : never)
          : P extends ReadonlyMap<infer K, infer V>
            ? ReadonlyMap<K, PartialTree<V>>
            : { readonly [K in keyof P]?: PartialTree<P[K]> });

/**
 * Values of a partial tree, in the order of the parameters; `absent` where it says nothing.
 *
 * @param model a tree that `shapeOf` takes.
 * @throws InvalidInputError for parts that params does not have.
 */
export function flattenPartial(model: unknown, partial: unknown, absent: number, path: string): Float64Array {
  const out: number[] = [];
  fillPartial(model, partial, absent, path, out);
  return Float64Array.from(out);
}

function fillPartial(model: unknown, partial: unknown, absent: number, path: string, out: number[]): void {
  if (typeof model === "number") {
    if (!standsForAll(partial))
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
    const branch = model as Branch;
    if (!standsForAll(partial)) {
      if (!isLike(branch, partial))
        throw new InvalidInputError(
          `${path} must be ${isMap(branch) ? "a Map with the keys" : "an object with the names"} of params, or a number, received ${show(partial)}.`,
        );
      rejectStrangers(partial, branch, path);
    }
    for (const key of keysOf(branch)) {
      const part = standsForAll(partial) ? partial : childAt(partial, key);
      fillPartial(childAt(branch, key), part, absent, pathOf(branch, path, key, path), out);
    }
  }
}

function standsForAll(partial: unknown): partial is number | null | undefined {
  return partial === undefined || partial === null || typeof partial === "number";
}
