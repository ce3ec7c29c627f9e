/** Values that exist in one process only: why, and what to do instead. */
import { types } from "node:util";
import type { Reason } from "./refusal.ts";

/** Objects of V8 that cannot be copied whatever their prototype; undefined for all others. Touches nothing of the object. */
export function refusedExotic(value: object): Reason | undefined {
  return EXOTIC.find(([is]) => is(value))?.[1];
}

/**
 * Instances of built-in classes, and of classes derived from them.
 *
 * @param names of the classes, from the object's own on.
 */
export function refusedInstance(names: readonly string[]): Reason {
  const [own] = names;
  for (const name of names) {
    for (const [pattern, why, remedy] of CLASSES) {
      if (!pattern.test(name)) continue;
      return { why: `is ${withArticle(own)}${own === name ? "" : ` (${withArticle(name)})`}, ${why}`, remedy };
    }
  }
  return {
    why: `is ${withArticle(own)}, an object of Node that exists in this process only`,
    remedy: "Make it inside the criterion, or at the top of a module that the criterion imports: once a worker.",
  };
}

/** An instance with private fields. */
export function refusedPrivate(className: string, names: readonly string[]): Reason {
  const fields =
    names.length === 0 ? "private fields" : `the private field${names.length > 1 ? "s" : ""} ${names.join(", ")}`;
  return {
    why: `is an instance of ${className}, which has ${fields}: nobody outside the class can read ${names.length === 1 ? "it" : "them"}`,
    remedy:
      "Export the class's data and make the instance inside the criterion, or put the instance into the module of the criterion.",
  };
}

export const DETACHED: Reason = {
  why: "is on an ArrayBuffer that is detached: its bytes were transferred to somebody else",
  remedy: "Capture a copy that was made before the transfer.",
};

const NATIVE_FUNCTION: Reason = {
  why: "is a native function that is no part of Node: of an addon that was compiled for this machine",
  remedy: "Use a WebAssembly or plain JavaScript package inside the criterion.",
};

const WASM_FUNCTION: Reason = {
  why: "is a function of a WebAssembly instance, which exists in this process only",
  remedy: "Capture the module's bytes (a Uint8Array) and instantiate them inside the criterion, once.",
};

export const INTERNAL_FUNCTION: Reason = {
  why: "is a function inside Node that no module exports",
  remedy: "Get it inside the criterion, in the way in which it was got here.",
};

export const ON_SHARED: Reason = {
  why: "is on a SharedArrayBuffer: workers have no memory in common with this process",
  remedy: "Capture a copy of it: view.slice().",
};

export const PROXY: Reason = {
  why: "is a Proxy: what it does is hidden in its handler",
  remedy: "Capture the object behind it, or make the Proxy inside the criterion.",
};

const EXOTIC: readonly (readonly [(value: object) => boolean, Reason])[] = [
  [types.isProxy, PROXY],
  [
    types.isPromise,
    { why: "is a Promise, whose value may not be there yet", remedy: "Await it before, and capture its value." },
  ],
  [
    types.isSharedArrayBuffer,
    {
      why: "is a SharedArrayBuffer: workers have no memory in common with this process",
      remedy: "Capture a copy of its bytes: new Uint8Array(shared).slice().",
    },
  ],
  [
    types.isWeakMap,
    {
      why: "is a WeakMap: nobody can list what it holds",
      remedy: "Use a Map, or make it at the top of a module that the criterion imports.",
    },
  ],
  [
    types.isWeakSet,
    {
      why: "is a WeakSet: nobody can list what it holds",
      remedy: "Use a Set, or make it at the top of a module that the criterion imports.",
    },
  ],
  [
    types.isGeneratorObject,
    {
      why: "is a generator object, which stands in the middle of its function",
      remedy: "Capture the generator function and call it inside the criterion, or capture an array of the values.",
    },
  ],
  [
    (value) => types.isMapIterator(value) || types.isSetIterator(value),
    {
      why: "is an iterator, which stands somewhere in its collection",
      remedy: "Capture the collection, or an array of the values: [...iterator].",
    },
  ],
  [
    types.isArgumentsObject,
    {
      why: "is an arguments object, which is bound to its call",
      remedy: "Use rest parameters: (...args).",
    },
  ],
  [
    types.isModuleNamespaceObject,
    {
      why: "is the namespace of a module that no import of a captured function brought",
      remedy: "Import the module where the criterion is defined: import * as name from its file.",
    },
  ],
  [
    types.isExternal,
    {
      why: "is a pointer of a native addon, which means nothing in another process",
      remedy: "Make it inside the criterion.",
    },
  ],
];

const STREAM = "Capture the file's path, or what it holds, and open it inside the criterion.";
const CONNECTION = "Connect inside the criterion, or at the top of a module that the criterion imports: once a worker.";

/** By the name of the class: why, what to do. The first that fits the nearest class counts. */
const CLASSES: readonly (readonly [name: RegExp, why: string, remedy: string])[] = [
  [/Socket$|^ClientRequest$|^Agent$|Http2Session$|^WebSocket$/, "a connection of this process", CONNECTION],
  [/Server$/, "which listens in this process", "Capture its address, and keep the server outside the criterion."],
  [
    /KeyObject$|^CryptoKey$/,
    "whose key is kept outside JavaScript",
    "Make the key inside the criterion; its secret should come from the worker's environment.",
  ],
  [/^FileHandle$/, "a file that this process has open", STREAM],
  [/^Dir$/, "a directory that this process has open", STREAM],
  [
    /Stream(?:DefaultReader|BYOBReader|DefaultWriter)?$|^Readable$|^Writable$|^Duplex$|^Transform$|^PassThrough$/,
    "a stream of this process",
    STREAM,
  ],
  [/^Timeout$|^Immediate$|^Timer$/, "a timer of this process", "Start the timer inside the criterion."],
  [/^ChildProcess$/, "which this process started", "Start it inside the criterion, or capture what it printed."],
  [/^Worker$/, "a thread of this process", "Start it inside the criterion, or at the top of a module that it imports."],
  [
    /^MessagePort$|^MessageChannel$|^BroadcastChannel$/,
    "which connects threads of this process",
    "Open it inside the criterion, or return what has to be told.",
  ],
  [
    /^AbortSignal$|^AbortController$/,
    "which aborts in this process only",
    "Give the signal to minimize, and make one inside the criterion for what it starts itself.",
  ],
  [
    /^WeakRef$|^FinalizationRegistry$/,
    "which depends on the garbage collector of this process",
    "Capture the object itself, or make it inside the criterion.",
  ],
  [
    /^Intl\./,
    "whose settings are kept outside JavaScript",
    "Capture the locale and the options, and make it inside the criterion or at the top of a module that it imports.",
  ],
  [
    /^WebAssembly\.(?:Module|Instance)$/,
    "which is compiled for this process",
    "Capture the bytes, a Uint8Array, and instantiate them inside the criterion, or import the .wasm file in a module of its own.",
  ],
  [
    /^WebAssembly\./,
    "which belongs to an instance in this process",
    "Capture the bytes of the module and what is in the memory, and instantiate them inside the criterion.",
  ],
  [
    /Iterator$|^Iterator Helper$/,
    "which stands somewhere in what it iterates over",
    "Capture what it iterates over, or an array of the values: [...iterator].",
  ],
  [
    /^Temporal\./,
    "whose fields are kept outside JavaScript",
    "Capture its text, by toString(), and make it again inside the criterion by from().",
  ],
  [
    /^Blob$|^File$/,
    "whose bytes are kept outside JavaScript",
    "Capture its bytes: new Uint8Array(await blob.arrayBuffer()).",
  ],
  [/^DOMException$/, "whose fields are kept inside Node", "Capture its name and message."],
  [
    /^(?:Hash|Hmac|Cipher|Decipher|Sign|Verify)/,
    "which stands in the middle of a computation outside JavaScript",
    "Make it inside the criterion.",
  ],
];

function withArticle(name: string): string {
  return `${/^[AEIO]/.test(name) ? "an" : "a"} ${name}`;
}

/** For a function of no JavaScript; those of WebAssembly have their numbers as names. */
export function refusedNative(name: string): Reason {
  return /^\d+$/.test(name) ? WASM_FUNCTION : NATIVE_FUNCTION;
}
