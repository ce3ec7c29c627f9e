/** Values that scripts of copied functions have imported: imports they stay, however else they are reached. */
import { types } from "node:util";
import { lookUp } from "./binding-values.ts";
import { exportsOf, type Imported } from "./module-state.ts";
import { dataProperty } from "./realms.ts";
import type { Script } from "./script.ts";

export interface Member {
  readonly of: Imported;
  readonly key: string;
}

export class ImportedValues {
  readonly #values = new Map<object, Imported>();
  readonly #members = new Map<object, Member>();

  get(value: object): Imported | undefined {
    return this.#values.get(value);
  }

  /** Where in an imported class or object a value stands that is no export itself. */
  memberOf(value: object): Member | undefined {
    return this.#members.get(value);
  }

  /**
   * Notes what the imports of a script are.
   *
   * @param importer file from which the specifiers are resolved.
   * @param scopes around one of its functions.
   */
  note({ imports }: Script, importer: string, scopes: readonly object[]): void {
    // A variable of the same name inside of a function is none of the script's imports: its own scope is the outermost.
    const outermost = scopes.toReversed();
    for (const [local, { specifier, imported: name }] of imports) {
      const found = lookUp(outermost, local);
      if (found === null || "error" in found) continue;
      const imported = { specifier, importer, name, value: found.value };
      this.#add(imported);
      if (name === "*" && typeof found.value === "object") this.#addExports(imported);
    }
  }

  #addExports(namespace: Imported): void {
    const { specifier, importer, value: module } = namespace;
    for (const [name, value] of exportsOf(namespace)) {
      // What else stands under "default" is the loader's: Node's and compilers' differ.
      const isRequired = name === "default" && (module as { __esModule?: unknown }).__esModule === true;
      if (name !== "default" || isRequired) this.#add({ specifier, importer, name, value, isRequired });
    }
  }

  #add(imported: Imported): void {
    const { value } = imported;
    const hasIdentity = typeof value === "function" || (typeof value === "object" && value !== null);
    if (!hasIdentity || this.#values.has(value)) return;
    this.#values.set(value, imported);
    this.#addMembers(value, imported);
  }

  /** What code may compare by identity: members of an enumeration, functions of a table. Other data is copied. */
  #addMembers(owner: object, of: Imported): void {
    if (types.isProxy(owner) || types.isModuleNamespaceObject(owner)) return;
    const isFunction = typeof owner === "function";
    if (!isFunction && Object.getPrototypeOf(owner) !== Object.prototype) return;
    for (const key of Object.getOwnPropertyNames(owner)) {
      const value = dataProperty(owner, key);
      const isMember = typeof value === "function" || (isFunction && typeof value === "object" && value !== null);
      if (isMember && key !== "prototype" && !this.#members.has(value as object))
        this.#members.set(value as object, { of, key });
    }
  }
}
