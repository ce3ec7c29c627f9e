/** What selectors pick, as indices into the flat parameters. */
import { InvalidInputError, show } from "../../errors.ts";
import type { ParamsShape } from "../tree.ts";
import { isList, isMap, isPlainObject } from "../tree-nodes.ts";
import type { Selector } from "./constraints.ts";

/** Numbers that arithmetic does not turn into each other: multiples of the golden ratio, modulo 1. */
const GOLDEN = 0.618_033_988_749_894_9;

/**
 * Indices of the parameters that a selector picks, in the order in which it gives them.
 *
 * @param where the constraint in messages: "constraints[1] (fixed)".
 * @throws InvalidInputError where it picks nothing, something twice, anything but parts of params, or by their values.
 */
export function selectedIndices<P>(select: Selector<P>, shape: ParamsShape<P>, where: string): number[] {
  const tags = Float64Array.from({ length: shape.length }, (_, i) => ((i + 1) * GOLDEN) % 1);
  const indices = indicesByTags(select, shape, tags, where);
  // What is picked by size, sign or order is another part when these are turned round.
  for (const turned of [tags.map((tag) => -tag), tags.map((tag) => 1 - tag)]) {
    const others = indicesByTags(select, shape, turned, where);
    if (indices.length !== others.length || indices.some((index, i) => index !== others[i]))
      throw new InvalidInputError(
        `${where}: its selector must return the same parts of params whatever their values, such as (p) => [p.a, p.b[0]]; it computes, compares or sorts.`,
      );
  }
  return indices;
}

function indicesByTags<P>(select: Selector<P>, shape: ParamsShape<P>, tags: Float64Array, where: string): number[] {
  const indexOf = new Map(Array.from(tags, (tag, i) => [tag, i]));
  let selected: unknown;
  try {
    selected = select(shape.unflatten(tags));
  } catch (error) {
    throw new InvalidInputError(
      `${where}: its selector threw ${show(error)}. It gets an object like params, and returns parts of it.`,
      { cause: error },
    );
  }
  const indices: number[] = [];
  const known = new Set<number>();
  collect(selected, (leaf) => {
    const index = typeof leaf === "number" ? indexOf.get(leaf) : undefined;
    if (index === undefined)
      throw new InvalidInputError(
        `${where}: its selector must return parts of params as they are, such as (p) => [p.a, p.b[0]]; among them is ` +
          `${leaf === undefined ? "undefined: params has no such part" : `${typeof leaf === "number" ? "a number that is none of them" : show(leaf)}`}.`,
      );
    if (known.has(index)) throw new InvalidInputError(`${where}: its selector picks ${shape.names[index]} twice.`);
    known.add(index);
    indices.push(index);
  });
  if (indices.length === 0) throw new InvalidInputError(`${where}: its selector picks no parameter.`);
  return indices;
}

function collect(node: unknown, leaf: (value: unknown) => void): void {
  if (isList(node)) for (const child of Array.from(node)) collect(child, leaf);
  else if (isMap(node)) for (const child of node.values()) collect(child, leaf);
  else if (isPlainObject(node)) for (const child of Object.values(node)) collect(child, leaf);
  else leaf(node);
}
