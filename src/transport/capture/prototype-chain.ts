/** Of which classes an object is an instance, as far as that decides whether it can be copied. */
import { types } from "node:util";
import { nameOf } from "../function-name.ts";
import { builtInPath, type IsInternal } from "./built-ins.ts";
import { isNative } from "./realms.ts";

export interface Chain {
  /** Names of built-in classes whose instances cannot be copied, from the object on, after the name of its own; empty: it can be. */
  readonly refused: readonly string[];
  /** Name of its class, for messages. */
  readonly className: string;
  /** Paths of the built-in prototypes on it. */
  readonly builtIns: readonly string[];
  readonly hasProxy: boolean;
  /** Whether the text of a class on it has private fields. */
  readonly mayHavePrivate: boolean;
  /** Whether private fields were compiled to WeakMaps: an instance that is copied would not be in them. */
  readonly hasLoweredPrivate: boolean;
}

/** Of objects without prototype. */
export const NO_CHAIN: Chain = {
  refused: [],
  className: "Object",
  builtIns: [],
  hasProxy: false,
  mayHavePrivate: false,
  hasLoweredPrivate: false,
};

/** Built-in prototypes whose instances can be copied, or are plain objects. */
const COPIED = new Set(
  [
    ...["Object", "Array", "Function", "Map", "Set", "Date", "RegExp", "Iterator"],
    ...["Error", "AggregateError", "EvalError", "RangeError", "ReferenceError", "SyntaxError", "TypeError", "URIError"],
    ...[
      "SuppressedError",
      "Number",
      "String",
      "Boolean",
      "Symbol",
      "BigInt",
      "ArrayBuffer",
      "DataView",
      "%TypedArray%",
    ],
    ...["Int8Array", "Uint8Array", "Uint8ClampedArray", "Int16Array", "Uint16Array", "Int32Array", "Uint32Array"],
    ...["BigInt64Array", "BigUint64Array", "Float16Array", "Float32Array", "Float64Array"],
    ...["Buffer", "URL", "URLSearchParams", "%AsyncFunction%", "%GeneratorFunction%", "%AsyncGeneratorFunction%"],
  ].map((name) => `${name}.prototype`),
).add("node:events#prototype");
for (const hidden of ["%IteratorPrototype%", "%AsyncIteratorPrototype%"]) COPIED.add(hidden);

/** Left by TypeScript, esbuild, Babel and SWC where `#field` was. */
const LOWERED_PRIVATE = /\b_{1,3}(?:privateAdd|privateGet|privateSet|classPrivate\w+|class_private_\w+)\b/;

export class PrototypeChains {
  readonly #isInternal: IsInternal;
  readonly #known = new WeakMap<object, Chain>();

  constructor(isInternal: IsInternal) {
    this.#isInternal = isInternal;
  }

  /** Of the objects with this prototype. */
  of(prototype: object): Chain {
    let chain = this.#known.get(prototype);
    if (chain === undefined) {
      chain = this.#walk(prototype);
      this.#known.set(prototype, chain);
    }
    return chain;
  }

  #walk(start: object): Chain {
    const refused: string[] = [];
    const builtIns: string[] = [];
    let className = "";
    let [hasProxy, mayHavePrivate, hasLoweredPrivate] = [false, false, false];
    for (let prototype: object | null = start; prototype !== null; prototype = Object.getPrototypeOf(prototype)) {
      hasProxy = types.isProxy(prototype);
      if (hasProxy) break;
      const path = builtInPath(prototype, this.#isInternal);
      const owner = ownerOf(prototype);
      if (path !== undefined) {
        builtIns.push(path);
        className ||= nameOfBuiltIn(path);
        if (isClassPrototype(path) && !COPIED.has(path)) refused.push(nameOfBuiltIn(path));
        // Those behind it have no names, and differ from realm to realm.
        if (path === "globalThis") break;
      } else if (owner !== undefined) {
        className ||= classNameOf(owner);
        const text = Function.prototype.toString.call(owner);
        if (isNative(owner) || this.#isInternal(owner) === true) refused.push(classNameOf(owner));
        mayHavePrivate ||= text.includes("#");
        hasLoweredPrivate ||= LOWERED_PRIVATE.test(text);
      }
    }
    if (refused.length > 0 && className !== "" && refused[0] !== className) refused.unshift(className);
    return { refused, className: className || "Object", builtIns, hasProxy, mayHavePrivate, hasLoweredPrivate };
  }
}

/** The function or class whose `prototype` this is, as its `constructor` says. */
export function ownerOf(prototype: object): ((...args: never[]) => unknown) | undefined {
  const owner: unknown = Object.getOwnPropertyDescriptor(prototype, "constructor")?.value;
  if (typeof owner !== "function" || types.isProxy(owner)) return undefined;
  return Object.getOwnPropertyDescriptor(owner, "prototype")?.value === prototype
    ? (owner as (...args: never[]) => unknown)
    : undefined;
}

/** What a class is called in messages. */
export function classNameOf(owner: object): string {
  return nameOf(owner) || "a class without a name";
}

/** The classes of an object, its own first. */
export function* ownersOf(object: object): Generator<(...args: never[]) => unknown> {
  for (
    let proto = Object.getPrototypeOf(object) as object | null;
    proto !== null;
    proto = Object.getPrototypeOf(proto)
  ) {
    const owner = ownerOf(proto);
    if (owner !== undefined) yield owner;
  }
}

function isClassPrototype(path: string): boolean {
  return /[.#]prototype$|Prototype%$/.test(path);
}

/** `Map.prototype`: Map; `node:net#Socket.prototype`: Socket; `%ArrayIteratorPrototype%`: Array Iterator. */
function nameOfBuiltIn(path: string): string {
  const hidden = /^%(\w+?)(Iterator)?(Helper)?Prototype%$/.exec(path);
  if (hidden !== null) return hidden.slice(1).filter(Boolean).join(" ");
  return path.replace(/^node:[^#]*#/, "").replace(/\.prototype$/, "");
}
