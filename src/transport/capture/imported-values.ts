/** Values that scripts of copied functions have imported: imports they stay, however else they are reached. */
import { lookUp } from "./binding-values.ts";
import { exportsOf, type Imported } from "./module-state.ts";
import type { Script } from "./script.ts";

export class ImportedValues {
  readonly #values = new Map<object, Imported>();

  get(value: object): Imported | undefined {
    return this.#values.get(value);
  }

  /**
   * Notes what the imports of a script are.
   *
   * @param importer file from which the specifiers are resolved.
   * @param scopes around one of its functions.
   */
  note({ imports }: Script, importer: string, scopes: readonly object[]): void {
    for (const [local, { specifier, imported: name }] of imports) {
      const found = lookUp(scopes, local);
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
    if (hasIdentity && !this.#values.has(value)) this.#values.set(value, imported);
  }
}
