import type { Script } from "./script.ts";

/**
 * What is found on the way through captured values and holds for those before it too: where it grows, they are gone through again.
 */
export class Known {
  readonly scripts: Map<string, Script> = new Map();
  /** Files of the user's that functions are copied from: what they export is copied too, for both have the same variables. */
  readonly copied: Set<Script> = new Set();
  /** Imported values that copied functions use by their imports. */
  readonly imported: Set<object> = new Set();
  /** Of objects that stand for a module, or for globalThis: the properties that are used. */
  readonly used: Map<object, Set<string>> = new Map();

  /** Grows with whatever is found. */
  get size(): number {
    let size = this.copied.size + this.imported.size;
    for (const names of this.used.values()) size += names.size;
    return size;
  }

  use(object: object, names: Iterable<string>): ReadonlySet<string> {
    const used = this.used.get(object) ?? new Set();
    for (const name of names) used.add(name);
    this.used.set(object, used);
    return used;
  }
}
