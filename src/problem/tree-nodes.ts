/** What trees of parameters, and those that go with them, are made of. */
import { types } from "node:util";
import { InvalidInputError, show } from "../errors.ts";
import { nearest } from "../suggest.ts";

/** A node whose children have names: a plain object, or a Map. */
export type Branch = Readonly<Record<string, unknown>> | ReadonlyMap<unknown, unknown>;

export function isFloat64Array(node: unknown): node is Float64Array {
  return types.isFloat64Array(node);
}

/** A node whose children have places. */
export function isList(node: unknown): node is ArrayLike<unknown> {
  return Array.isArray(node) || isFloat64Array(node);
}

export function isMap(node: unknown): node is ReadonlyMap<unknown, unknown> {
  return types.isMap(node);
}

/** Made by a literal, or without a prototype; of this realm or of another (vm contexts, test runners). */
export function isPlainObject(node: unknown): node is Readonly<Record<string, unknown>> {
  if (node === null || typeof node !== "object") return false;
  const prototype: unknown = Object.getPrototypeOf(node);
  if (prototype === null || prototype === Object.prototype) return true;
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype as object, "hasOwnProperty");
}

/** Whether a node is of the kind of a branch. */
export function isLike(branch: Branch, node: unknown): node is Branch {
  return isMap(branch) ? isMap(node) : isPlainObject(node);
}

export function keysOf(branch: Branch): readonly unknown[] {
  return isMap(branch) ? [...branch.keys()] : Object.keys(branch);
}

export function hasKey(branch: Branch, key: unknown): boolean {
  return isMap(branch) ? branch.has(key) : Object.hasOwn(branch, key as string);
}

/** undefined where there is none: what an object inherits does not count. */
export function childAt(branch: Branch, key: unknown): unknown {
  if (isMap(branch)) return branch.get(key);
  return Object.hasOwn(branch, key as string) ? branch[key as string] : undefined;
}

/** The JavaScript expression for a child: `rates.beta`, `rates["two words"]`, `rates.get("beta")`. `what` is the name of the root, whose path is "". */
export function pathOf(branch: Branch, path: string, key: unknown, what: string): string {
  if (isMap(branch)) return `${path || what}.get(${keyText(branch, key)})`;
  const name = key as string;
  if (!/^[A-Za-z_$][\w$]*$/.test(name)) return `${path}[${JSON.stringify(name)}]`;
  return path === "" ? name : `${path}.${name}`;
}

const MAX_TOLD = 8;

/**
 * @param path where `node` is, in messages.
 * @throws InvalidInputError for the first child of `node` that is none of `model`, which is of the same kind; suggests the nearest.
 */
export function rejectStrangers(node: Branch, model: Branch, path: string): void {
  for (const key of keysOf(node)) {
    if (hasKey(model, key)) continue;
    const known = keysOf(model);
    const texts = known.map((one) => keyText(model, one));
    const near = nearest(String(key), known.map(String));
    const suggestion =
      near === undefined ? "" : ` Did you mean ${texts[known.findIndex((one) => String(one) === near)]}?`;
    const told = texts.length > MAX_TOLD ? [...texts.slice(0, MAX_TOLD), `… ${texts.length} in all`] : texts;
    throw new InvalidInputError(
      `${pathOf(node, path, key, path)} is not in params.${suggestion} There: ${told.join(", ")}.`,
    );
  }
}

/** Keys of a Map as they are written: "3" is not 3. */
function keyText(branch: Branch, key: unknown): string {
  if (!isMap(branch)) return key as string;
  return typeof key === "string" ? JSON.stringify(key) : show(key);
}
