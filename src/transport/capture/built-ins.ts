/**
 * What every Node has, by identity: JavaScript's own objects (of this realm and of others: node:vm, test runners), Node's globals, and what its
 * modules export. restore/built-in.ts reads the paths. No accessor is called on the way, so lazily loaded globals stay unloaded.
 */
import { builtinModules } from "node:module";
import { types } from "node:util";
import { hiddenIntrinsics } from "../restore/intrinsics.ts";
import { dataProperty, isNative, ownRealms, type Realm, realmOf, sandboxOf, typedArrayParts } from "./realms.ts";
import { languageGlobals } from "./standard-globals.ts";

const NAMESPACES = ["Math", "JSON", "Reflect", "Atomics", "Intl", "WebAssembly", "Temporal"];
const TYPED_ARRAYS = [
  ...["Int8Array", "Uint8Array", "Uint8ClampedArray", "Int16Array", "Uint16Array", "Int32Array", "Uint32Array"],
  ...["BigInt64Array", "BigUint64Array", "Float16Array", "Float32Array", "Float64Array"],
];
const JAVASCRIPT = [...NAMESPACES, ...languageGlobals];
const NODE = [
  ...["console", "URL", "URLSearchParams", "URLPattern", "TextEncoder", "TextDecoder"],
  ...["setTimeout", "clearTimeout", "setInterval", "clearInterval", "setImmediate", "clearImmediate", "queueMicrotask"],
  ...["structuredClone", "atob", "btoa", "fetch", "FormData", "Headers", "Request", "Response", "WebSocket", "Blob"],
  ...["File", "AbortController", "AbortSignal", "Event", "EventTarget", "CustomEvent", "MessageEvent", "CloseEvent"],
  ...["MessageChannel", "MessagePort", "BroadcastChannel", "DOMException", "Crypto", "CryptoKey", "SubtleCrypto"],
  ...["ReadableStream", "WritableStream", "TransformStream", "CompressionStream", "DecompressionStream"],
  ...["TextEncoderStream", "TextDecoderStream", "Performance", "PerformanceObserver", "Navigator"],
];
/** Objects, other than functions, that modules export and that are theirs alone. Other data of a module is copied. */
const MODULE_OBJECTS = new Set(["posix", "win32", "types", "constants", "globalAgent", "promises"]);
/** Deprecated: they warn when they are loaded. */
const UNWANTED_MODULES = new Set(["punycode", "sys"]);

const paths = new WeakMap<object, string>();
/** The last prototype of a chain: where its realm has been looked at. */
const seenRealms = new WeakSet<object>();
const seenModules = new Set<string>();
const symbols = new Map<symbol, string>();
let loadedModules = -1;

/** Whether Node itself brings the code of a function; undefined where nobody can tell. */
export type IsInternal = (fun: (...args: never[]) => unknown) => boolean | undefined;

/** The path of a built-in object or function; undefined for any other. */
export function builtInPath(value: object, isInternal: IsInternal): string | undefined {
  if (!paths.has(globalThis)) for (const realm of ownRealms()) indexRealm(realm, true);
  let path = paths.get(value);
  if (path === undefined && indexRealmOf(value)) path = paths.get(value);
  if (path === undefined && mayBeOfModule(value, isInternal)) {
    indexModules();
    path = paths.get(value) ?? namespacePath(value);
  }
  // A name of Node's may have been given to another function: mocks, polyfills.
  return path !== undefined && isFunction(value) && isForeign(value, isInternal) ? undefined : path;
}

/** The path of the namespace of one of Node's modules: it has the module as its default, and nothing that the module has not. */
function namespacePath(value: object): string | undefined {
  if (!types.isModuleNamespaceObject(value)) return undefined;
  const keys = Object.getOwnPropertyNames(value);
  if (!keys.includes("default")) return undefined;
  const module = dataProperty(value, "default");
  if ((typeof module !== "object" && typeof module !== "function") || module === null) return undefined;
  const path = paths.get(module);
  const isOfModule = keys.every((key) => key === "default" || key === "module.exports" || Object.hasOwn(module, key));
  return path?.startsWith("node:") && !path.includes("#") && isOfModule ? `${path}#*` : undefined;
}

/** The path of a well-known symbol. */
export function wellKnownSymbol(symbol: symbol): string | undefined {
  if (symbols.size === 0) {
    for (const key of Object.getOwnPropertyNames(Symbol)) {
      const value: unknown = Object.getOwnPropertyDescriptor(Symbol, key)?.value;
      if (typeof value === "symbol") symbols.set(value, `Symbol.${key}`);
    }
  }
  return symbols.get(symbol);
}

function isFunction(value: unknown): value is (...args: never[]) => unknown {
  return typeof value === "function";
}

function isForeign(fun: (...args: never[]) => unknown, isInternal: IsInternal): boolean {
  return !isNative(fun) && isInternal(fun) === false;
}

function mayBeOfModule(value: object, isInternal: IsInternal): boolean {
  return !isFunction(value) || !isForeign(value, isInternal);
}

function indexRealm(realm: Realm, isOfNode: boolean): void {
  const { global, samples, read } = realm;
  if (paths.has(global)) return;
  paths.set(global, "globalThis");
  const sandbox = sandboxOf(realm);
  if (sandbox !== null) paths.set(sandbox, "globalThis");
  for (const name of JAVASCRIPT) add(read(name), name, isNative, NAMESPACES.includes(name));
  for (const [path, part] of typedArrayParts(realm, TYPED_ARRAYS)) add(part, path, isNative, false);
  for (const [name, object] of hiddenIntrinsics(global, samples)) add(object, name, isNative, true);
  if (!isOfNode) return;
  for (const name of NODE) add(read(name), name, () => true, name === "console");
  // Accessors of the global object, which load nothing.
  add(global.process, "process", () => true, true);
  add(global.Buffer, "Buffer", () => true, true);
  paths.set(global.process.env, "process.env");
}

/** Looks at the realm that an object is of, by the end of its prototype chain; whether that was new. */
function indexRealmOf(value: object): boolean {
  let top: object | null = value;
  for (let next: object | null = value; next !== null; next = Object.getPrototypeOf(next)) {
    if (types.isProxy(next)) return false;
    top = next;
  }
  if (seenRealms.has(top)) return false;
  seenRealms.add(top);
  try {
    const realm = realmOf(top);
    if (realm === null || paths.has(realm.global)) return false;
    indexRealm(realm, false);
    return true;
  } catch {
    // A realm without code from strings: its objects are not recognised.
    return false;
  }
}

/** What modules that are loaded export: anything of another module cannot have been captured. */
function indexModules(): void {
  const { moduleLoadList } = process as { moduleLoadList?: readonly string[] };
  if (moduleLoadList?.length === loadedModules) return;
  loadedModules = moduleLoadList?.length ?? 0;
  const loaded = moduleLoadList && new Set(moduleLoadList.map((entry) => entry.replace("NativeModule ", "")));
  for (const id of builtinModules) {
    const owner = id.split("/")[0];
    const isLoaded = loaded?.has(id) || (id.endsWith("/promises") && loaded?.has(owner));
    if (!isLoaded || seenModules.has(id) || id.startsWith("_") || UNWANTED_MODULES.has(id)) continue;
    seenModules.add(id);
    const name = id.startsWith("node:") ? id : `node:${id}`;
    const module: unknown = process.getBuiltinModule(name);
    if (typeof module !== "object" && typeof module !== "function") continue;
    if (module === null || module === process) continue;
    if (!paths.has(module)) paths.set(module, name);
    for (const key of Object.getOwnPropertyNames(module)) {
      if (!/^[A-Za-z]\w*$/.test(key)) continue;
      const value = dataProperty(module, key);
      if (isFunction(value) || MODULE_OBJECTS.has(key) || key === "prototype")
        add(value, `${name}#${key}`, () => true, true);
    }
  }
}

/** Takes an object with its functions, their prototypes and methods; what has a path keeps it. */
function add(value: unknown, path: string, accept: (fun: object) => boolean, isNamespace: boolean): void {
  const isFun = isFunction(value);
  if (!isFun && !(isNamespace && typeof value === "object" && value !== null)) return;
  if (paths.has(value) || (isFun && !accept(value))) return;
  paths.set(value, path);
  for (const key of Reflect.ownKeys(value)) {
    const step = typeof key === "symbol" ? wellKnownSymbol(key)?.replace("Symbol.", "@@") : key;
    if (step === undefined || !/^(?:@@)?[A-Za-z]\w*$/.test(step)) continue;
    const { value: own, get, set } = Object.getOwnPropertyDescriptor(value, key) as PropertyDescriptor;
    add(own, `${path}.${step}`, accept, key === "prototype");
    if (get !== undefined) add(get, `${path}.get:${step}`, accept, false);
    if (set !== undefined) add(set, `${path}.set:${step}`, accept, false);
  }
}
