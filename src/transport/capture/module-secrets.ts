/** What a module knows of an object by a symbol, WeakMap or WeakSet of its own: where the module is imported again, it knows nothing of the copy. */
import { types } from "node:util";
import { lookUp } from "./binding-values.ts";
import type { Inspector } from "./inspector.ts";
import { classNameOf, ownersOf } from "./prototype-chain.ts";
import type { Reason } from "./refusal.ts";

type Class = (...args: never[]) => unknown;

interface Secrets {
  readonly symbols: readonly symbol[];
  readonly collections: readonly (WeakMap<object, unknown> | WeakSet<object>)[];
}

export class ModuleSecrets {
  readonly #inspector: Inspector;
  readonly #isImported: (owner: Class) => boolean;
  readonly #known = new Map<Class, Secrets>();

  /** @param isImported whether workers import a class, and do not get a copy of it. */
  constructor(inspector: Inspector, isImported: (owner: Class) => boolean) {
    this.#inspector = inspector;
    this.#isImported = isImported;
  }

  /** Why an instance cannot be copied; undefined if it can. */
  reasonFor(object: object): Reason | undefined {
    for (const owner of ownersOf(object)) {
      const { symbols, collections } = this.#of(owner);
      const symbol = symbols.find((one) => Object.hasOwn(object, one));
      if (symbol !== undefined) return reason(classNameOf(owner), `has a property under ${String(symbol)}`);
      if (collections.some((one) => one.has(object)))
        return reason(classNameOf(owner), "is known to a WeakMap or WeakSet");
    }
    return undefined;
  }

  #of(owner: Class): Secrets {
    let secrets = this.#known.get(owner);
    if (secrets === undefined) {
      secrets = this.#isImported(owner) ? this.#secretsAround(owner) : { symbols: [], collections: [] };
      this.#known.set(owner, secrets);
    }
    return secrets;
  }

  #secretsAround(owner: Class): Secrets {
    const symbols: symbol[] = [];
    const collections: (WeakMap<object, unknown> | WeakSet<object>)[] = [];
    for (const scope of this.#inspector.factsOf(owner).scopes) {
      for (const name of Object.getOwnPropertyNames(scope)) {
        const found = lookUp([scope], name);
        if (found === null || "error" in found) continue;
        const { value } = found;
        if (typeof value === "symbol" && Symbol.keyFor(value) === undefined) symbols.push(value);
        else if (types.isWeakMap(value) || types.isWeakSet(value)) collections.push(value as WeakSet<object>);
      }
    }
    return { symbols, collections };
  }
}

function reason(className: string, how: string): Reason {
  return {
    why: `is an instance of ${className}, which ${how} of its module's own: workers import the module, and it does not know a copy`,
    remedy: "Make the instance inside the criterion, or in a module that it imports.",
  };
}
