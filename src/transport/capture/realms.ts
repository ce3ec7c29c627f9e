/** Realms: each has a global object and intrinsics of its own. A program may have several: node:vm, test runners. */
import { types } from "node:util";
import { isContext, runInThisContext } from "node:vm";
import type { FunctionSamples } from "../restore/intrinsics.ts";

export interface Realm {
  readonly global: typeof globalThis;
  /** undefined: of the realm that this module is in. */
  readonly samples?: FunctionSamples;
  /** The value of a global that is no accessor. */
  readonly read: (name: string) => unknown;
}

const GLOBAL = "globalThis";
// Node ends where code of a context looks at a global that Node loads lazily: code of its own realm has to look.
const READ = "(name) => Object.getOwnPropertyDescriptor(globalThis, name)?.value";
const SAMPLES = "[async () => 0, function* () {}, async function* () {}]";

/** The realm that this module is in, and the one that Node made: another one where a test runner gives each file a context. */
export function ownRealms(): readonly Realm[] {
  const main = runInThisContext(GLOBAL) as typeof globalThis;
  const own: Realm = { global: globalThis, read: (name) => dataProperty(globalThis, name) };
  if (main === globalThis) return [own];
  const samples = runInThisContext(SAMPLES) as FunctionSamples;
  return [own, { global: main, samples, read: runInThisContext(READ) as Realm["read"] }];
}

/**
 * The realm whose Object.prototype this is; null for an object that is none.
 *
 * @throws what the realm throws that makes no code from strings.
 */
export function realmOf(objectPrototype: object): Realm | null {
  const ofRealm = functionConstructor(objectPrototype);
  if (ofRealm === null) return null;
  return {
    global: ofRealm(`return ${GLOBAL}`)() as typeof globalThis,
    samples: ofRealm(`return ${SAMPLES}`)() as FunctionSamples,
    read: ofRealm(`return ${READ}`)() as Realm["read"],
  };
}

/** The `Function` of the realm whose Object.prototype this is. */
function functionConstructor(objectPrototype: object): FunctionConstructor | null {
  const object = dataProperty(objectPrototype, "constructor");
  if (!isNativeFunction(object) || dataProperty(object, "prototype") !== objectPrototype) return null;
  const fun = dataProperty(Object.getPrototypeOf(object) as object, "constructor");
  return isNativeFunction(fun) && dataProperty(fun, "name") === "Function" ? (fun as FunctionConstructor) : null;
}

/** The object that stands for a realm's global object outside of it (`vm.createContext` gives it), where the realm has it as `global`. */
export function sandboxOf({ global, read }: Realm): object | null {
  const sandbox = read("global");
  return typeof sandbox === "object" && sandbox !== null && sandbox !== global && isContext(sandbox) ? sandbox : null;
}

/**
 * What the classes of typed arrays of a realm build on, with their paths. Test runners put some classes of the main realm into the realm of each file
 * (Uint8Array, ArrayBuffer): then there are several %TypedArray%, and an ArrayBuffer that no global name leads to.
 */
export function typedArrayParts({ read }: Realm, names: readonly string[]): [path: string, object: unknown][] {
  const parts: [string, unknown][] = [];
  for (const name of names) {
    const type = read(name);
    if (!isNativeFunction(type) || !types.isTypedArray(instanceOf(type))) continue;
    const { buffer } = instanceOf(type) as Uint8Array;
    parts.push(["%TypedArray%", Object.getPrototypeOf(type)]);
    parts.push(["ArrayBuffer", dataProperty(Object.getPrototypeOf(buffer) as object, "constructor")]);
  }
  return parts;
}

function instanceOf(type: object): unknown {
  return Reflect.construct(type as Uint8ArrayConstructor, []);
}

/** Whether a function has no text: of V8, Node's C++ or an addon, or bound. */
export function isNative(fun: object): boolean {
  // In a function of JavaScript this would be a syntax error.
  return Function.prototype.toString.call(fun).endsWith("{ [native code] }");
}

function isNativeFunction(value: unknown): value is (...args: never[]) => unknown {
  return typeof value === "function" && isNative(value);
}

/** The value of an own property that is no accessor. */
export function dataProperty(object: object, key: string): unknown {
  return Object.getOwnPropertyDescriptor(object, key)?.value;
}
