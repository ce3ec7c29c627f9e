/**
 * Imported modules that this program has changed after it loaded them: workers load them anew and begin as the text says. Found where the text
 * alone tells the first value of a variable; what was computed may differ from machine to machine anyway.
 */
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { isDeepStrictEqual, types } from "node:util";
import { isOfPackage } from "../program.ts";
import { lookUp } from "./binding-values.ts";
import type { Inspector } from "./inspector.ts";
import { at } from "./refusal.ts";
import type { Script } from "./script.ts";
import { fileOf } from "./source-position.ts";

/** What a script imported, and its value now. */
export interface Imported {
  readonly specifier: string;
  readonly importer: string;
  /** Name of the export; "*" for the namespace or what `require` returned. */
  readonly name: string;
  readonly value: unknown;
  /** Of a namespace: the exports that are used; undefined for all. */
  readonly used?: Iterable<string> | undefined;
  /** See ImportReference. */
  readonly isRequired?: boolean;
}

export class ModuleState {
  readonly #inspector: Inspector;
  readonly #scriptOf: (scriptId: string) => Script;
  readonly #imported: Imported[] = [];

  constructor(inspector: Inspector, scriptOf: (scriptId: string) => Script) {
    this.#inspector = inspector;
    this.#scriptOf = scriptOf;
  }

  note(imported: Imported): void {
    this.#imported.push(imported);
  }

  /** One sentence for each variable that has another value than its module gave it. */
  warnings(): string[] {
    const warnings = new Set<string>();
    for (const imported of this.#imported) {
      const ofJson = jsonChange(imported);
      if (ofJson !== null) warnings.add(ofJson);
      for (const [name, value] of exportsOf(imported)) {
        const found = this.#moduleOf(imported, value);
        if (found === null || isForeign(found.script)) continue;
        for (const warning of changes(found.script, name, value, found.scopes)) warnings.add(warning);
      }
    }
    return [...warnings];
  }

  /** The script that was loaded from the first of these files that any was loaded from. */
  #loaded(files: readonly string[]): string | undefined {
    const key = files.join();
    const before = known.get(key);
    if (before !== undefined) return before;
    const scriptId = this.#inspector.scriptIds((url) => files.includes(fileOf(url))).at(-1);
    if (scriptId !== undefined) known.set(key, scriptId);
    return scriptId;
  }

  /** The script of a function is its module's, unless it only passes it on; that of a value is known by the path that it was imported by. */
  #moduleOf({ specifier, importer }: Imported, value: unknown): { script: Script; scopes: readonly object[] } | null {
    if (typeof value === "function") {
      const { location, scopes } = this.#inspector.factsOf(value as () => unknown);
      if (location !== null) return { script: this.#scriptOf(location.scriptId), scopes };
    }
    if (!/^\.{0,2}\//.test(specifier)) return null;
    const path = resolve(dirname(importer), specifier);
    const candidates = [path, path.replace(/\.([cm]?)js$/, ".$1ts"), `${path}.ts`, `${path}.js`];
    const scriptId = this.#loaded(candidates);
    return scriptId === undefined ? null : { script: this.#scriptOf(scriptId), scopes: [] };
  }
}

/** The script of the first of some files that was found before, by their names. */
const known = new Map<string, string>();

/** JSON is what its file says. */
function jsonChange({ specifier, importer, name, value }: Imported): string | null {
  if (!/^\.{0,2}\/.*\.json$/.test(specifier)) return null;
  const file = resolve(dirname(importer), specifier);
  const isWhole = name === "default" || name === "*";
  try {
    const text = JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;
    // Loaders put it under "default", or not.
    const isWrapped = isWhole && name === "*" && !Object.hasOwn(text, "default") && hasDefault(value);
    const here = isWrapped ? value.default : value;
    if (isDeepStrictEqual(here, isWhole ? text : text[name])) return null;
  } catch {
    return null;
  }
  return `What was imported from ${file} was changed after that: workers read the file anew. Pass the value to the function, or capture it in a variable of its own.`;
}

/** Node's and other people's modules look after their own state. */
function isForeign({ file, url }: Script): boolean {
  return url.startsWith("node:") || isOfPackage(file);
}

/** Node's namespaces, and those that test runners make. */
function isNamespace(value: object): boolean {
  return types.isProxy(value) || Object.prototype.toString.call(value) === "[object Module]";
}

function hasDefault(value: unknown): value is { readonly default: unknown } {
  return typeof value === "object" && value !== null && "default" in value;
}

/** Exports with their values; those that are not initialised yet are left out. */
export function exportsOf({ name, value, used }: Imported): [string, unknown][] {
  if (name !== "*") return [[name, value]];
  if (typeof value !== "object" || value === null) return [];
  // Getters of a compiled module give its exports; those of others may do anything.
  const isModule = isNamespace(value) || (value as { __esModule?: unknown }).__esModule === true;
  return [...(used ?? Object.keys(value))].flatMap((key): [string, unknown][] => {
    if (!isModule && Object.getOwnPropertyDescriptor(value, key)?.get !== undefined) return [];
    try {
      return [[key, (value as Record<string, unknown>)[key]]];
    } catch {
      return [];
    }
  });
}

function changes(script: Script, exported: string, value: unknown, scopes: readonly object[]): string[] {
  return [...script.initialValues].flatMap(([name, initial]) => {
    const found = name === exported ? { value } : lookUp(scopes, name);
    if (found === null || "error" in found || isDeepStrictEqual(found.value, initial.value)) return [];
    return [
      `"${name}"${at(script.positionAt(initial.offset))} was changed after its module was loaded: it is another here, but workers load ` +
        "the module anew and begin with what its text says. Pass the value to the function, or capture it in a variable of its own.",
    ];
  });
}
