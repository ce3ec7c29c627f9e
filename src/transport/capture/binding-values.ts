/** The values of a function's free variables, as they are now. */
import type { CapturedVariables } from "./captured-variables.ts";
import type { Declaration, Reference } from "./function-code.ts";
import type { GraphValue } from "./graph.ts";
import type { GraphBuilder } from "./graph-builder.ts";
import type { Known } from "./known.ts";
import type { ValuePath } from "./path.ts";
import { refusal } from "./refusal.ts";
import type { Script } from "./script.ts";
import { standardGlobals } from "./standard-globals.ts";

/** The variables of a function that are copied, with their values. */
export interface Bindings {
  readonly variables: string[];
  readonly values: GraphValue[];
  /** Indexes of those that a class reads when it is defined. */
  readonly early: number[];
}

/** Who uses a variable. */
export interface Origin {
  readonly fun: { readonly name: string };
  readonly scopes: readonly object[];
  readonly script: Script;
}

export class BindingValues {
  readonly #variables: CapturedVariables;
  readonly #known: Known;
  readonly #picked = new Map<object, object>();
  readonly #graph: () => GraphBuilder;

  constructor(variables: CapturedVariables, known: Known, graph: () => GraphBuilder) {
    this.#variables = variables;
    this.#known = known;
    this.#graph = graph;
  }

  /** An import that stays one is used. */
  noteImport(reference: Reference, script: Script): void {
    const binding = reference.declaration?.import;
    if (binding !== undefined) this.#variables.noteImport(reference, binding, script);
  }

  /** Adds a variable of a function and its value, unless the worker has it by itself. */
  add(reference: Reference, bindings: Bindings, from: Origin): void {
    const { name, declaration, isEarly } = reference;
    const value = declaration === null ? this.#global(reference, from) : this.#local(reference, declaration, from);
    if (value === null) return;
    if (isEarly) bindings.early.push(bindings.variables.length);
    bindings.variables.push(name);
    bindings.values.push(value.sent);
  }

  #local(reference: Reference, declaration: Declaration, { scopes, script, fun }: Origin): { sent: GraphValue } {
    const path = pathOf(reference, script);
    const found = lookUp(scopes, reference.name);
    if (found === null)
      throw refusal(path, {
        why: "cannot be seen by V8's inspector",
        remedy: "Use it in the function directly (not by eval), or give it by defineCriterion's args.",
      });
    if ("error" in found)
      throw refusal(path, {
        why: "has no value yet: its declaration has not run",
        remedy: "Call minimize (or the executor) after the line that declares it.",
      });
    const value = isNamespace(declaration, reference)
      ? this.#used(found.value as object, reference.properties.keys())
      : found.value;
    const sent = this.#graph().value(value, path);
    this.#variables.note({ fun, script, reference, declaration, value, sent, path });
    return { sent };
  }

  /** A name that no script declares: what CommonJS and loaders wrap modules in, what every Node has, or what the driver put on globalThis. */
  #global(reference: Reference, { scopes, script, fun }: Origin): { sent: GraphValue } | null {
    const { name } = reference;
    const path = pathOf(reference, script);
    // Parameters of what a loader wrapped the module in.
    const found = name === "require" ? null : lookUp(scopes, name);
    if (found !== null && !("error" in found)) return { sent: this.#graph().value(found.value, path) };
    if (name === "globalThis" || name === "global") return this.#globalObject(reference, path);
    if (standardGlobals.has(name)) {
      this.#variables.noteStandard(reference, script);
      return null;
    }
    const own = Object.getOwnPropertyDescriptor(globalThis, name);
    if (own === undefined || !("value" in own)) return null;
    this.#variables.noteGlobal(name, path);
    const sent = this.#graph().value(own.value, path);
    this.#variables.note({ fun, script, reference, declaration: null, value: own.value, sent, path });
    return { sent };
  }

  /** The worker's globalThis with the driver's own values before it, where the function reads some. */
  #globalObject({ properties }: Reference, path: ValuePath): { sent: GraphValue } | null {
    const keys = [...properties.keys()].filter((key) => !standardGlobals.has(key) && Object.hasOwn(globalThis, key));
    if (keys.length === 0) return null;
    for (const key of keys) this.#variables.noteGlobal(`globalThis.${key}`, path);
    const values = this.#used(globalThis, keys);
    return { sent: this.#graph().value(Object.setPrototypeOf(values, globalThis), path) };
  }

  /** The properties of an object that any captured function uses: one for all of them, for they share it. */
  #used(object: object, names: Iterable<string>): object {
    const used = this.#known.use(object, names);
    const picked = this.#picked.get(object) ?? pick(object, used);
    this.#picked.set(object, picked);
    return picked;
  }
}

/** What stands for a module: of that only what is used is captured, for other exports may be what cannot be sent. */
function isNamespace(declaration: Declaration, { name, properties }: Reference): boolean {
  const isExports = name === "exports" && declaration.offset < 0;
  return (isExports || declaration.import?.imported === "*") && !properties.has("*");
}

function pathOf({ name, offset }: Reference, script: Script): ValuePath {
  return { text: `captured variable "${name}"`, position: script.positionAt(offset) };
}

/** The value of a variable in the innermost scope that has it; `error` where it is not initialised. */
export function lookUp(
  scopes: readonly object[],
  name: string,
): { readonly value: unknown } | { readonly error: unknown } | null {
  const scope = scopes.find((one) => Object.hasOwn(one, name));
  if (scope === undefined) return null;
  try {
    return { value: (scope as Record<string, unknown>)[name] };
  } catch (error) {
    return { error };
  }
}

/** Values of properties, by name. */
export function pick(object: object, keys: Iterable<string>): object {
  const values: Record<string, unknown> = {};
  for (const key of keys) if (Object.hasOwn(object, key)) values[key] = (object as Record<string, unknown>)[key];
  return values;
}
