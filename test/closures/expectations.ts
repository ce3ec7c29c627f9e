/** What is said about the cases that cannot travel, or may be other on a worker. */

export interface Refusal {
  /** Captured variable by the user's name, and the path from it; null where the function itself is refused. */
  readonly variable: string | null;
  readonly path?: string;
  readonly why: RegExp;
  readonly remedy: RegExp;
}

const variable = (name: string, path: string, why: RegExp, remedy: RegExp): Refusal => ({
  variable: name,
  path,
  why,
  remedy,
});
const code = (why: RegExp, remedy: RegExp): Refusal => ({ variable: null, why, remedy });

/** Keyed by case. */
export const refusals: Readonly<Record<string, Refusal>> = {
  "a socket": variable("db", ".sock", /is a Socket\b/, /inside the criterion/),
  "a client that holds a stream": variable(
    "client",
    ".connections[0].stream",
    /is a PassThrough\b/,
    /inside the criterion/,
  ),
  "a timer": variable("timer", "", /is a Timeout\b/, /inside the criterion/),
  "a stream": variable("stream", "", /is a ReadStream\b/, /open it inside the criterion/),
  "a server": variable("server", "", /is a Server\b/, /address/),
  "an agent": variable("agent", "", /is an Agent\b/, /inside the criterion/),
  "an emitter with a socket": variable("socket", "", /is a Socket\b/, /inside the criterion/),
  "a message port": variable("channel", "", /is a MessageChannel\b/, /inside the criterion/),
  "a Promise": variable("promise", "", /is a Promise\b/, /Await it/),
  "a Proxy": variable("proxy", "", /is a Proxy\b/, /behind it/),
  "a Proxy of a function": variable("functionProxy", "", /is a Proxy\b/, /behind it/),
  "shared memory": variable("sharedMemory", "", /SharedArrayBuffer/, /copy/),
  "a WeakRef": variable("weakRef", "", /is a WeakRef\b/, /inside the criterion/),
  "a WeakMap": variable("weakMap", "", /is a WeakMap\b/, /Use a Map/),
  "a WeakSet": variable("weakSet", "", /is a WeakSet\b/, /Use a Set/),
  "a FinalizationRegistry": variable("registry", "", /is a FinalizationRegistry\b/, /inside the criterion/),
  "a generator object": variable("generator", "", /is a generator object\b/, /inside the criterion/),
  "an iterator": variable("iterator", "", /is an iterator\b/, /array of the values/),
  "an AbortSignal": variable("signal", "", /is an AbortSignal\b/, /inside the criterion/),
  "a KeyObject": variable("key", "", /KeyObject\b/, /inside the criterion/),
  "an Intl object": variable("format", "", /is an Intl\.NumberFormat\b/, /inside the criterion/),
  "an AsyncLocalStorage": variable("storage", "", /is an AsyncLocalStorage\b/, /inside the criterion/),
  "a WebAssembly module": variable("wasmModule", "", /is a WebAssembly\.Module\b/, /bytes/),
  "a WebAssembly function": variable("multiply", "", /WebAssembly/, /bytes/),
  "a WebAssembly memory": variable("memory", "", /is a WebAssembly\.Memory\b/, /bytes/),
  "something deep inside": variable("deep", ".list[0] value 0.inner", /is a Promise\b/, /Await it/),
  "an instance with private fields": variable("secret", "", /instance of Secret.*#value/, /inside the criterion/),
  "a static private field": variable("Tally", "", /static private field #total/, /module of its own/),
  "an arrow that uses an outer this": code(/uses the `this` of the function around it/, /variable before/),
  "another function that uses an outer this": variable(
    "helper",
    "",
    /uses the `this` of the function around it/,
    /variable before/,
  ),
  "an arrow that uses outer arguments": code(/uses the `arguments` of the function around it/, /\.\.\.args/),
  "super in an object's method": variable("child", ".base", /uses `super`/, /method of a class/),
  "direct eval": code(/calls eval/, /Write the code out/),
  "a computed import": code(/imports what is only known when it runs/, /Write the module's name out/),
  "two closures that share a let, which one writes": variable(
    "count",
    "",
    /is changed by bump and used by read \(.+\) too/,
    /in an object/,
  ),
  "the criterion shares a let with a closure that writes it": variable(
    "last",
    "",
    /is changed by remember and used by .+ \(.+\) too/,
    /in an object/,
  ),
  "a variable that has no value yet": variable("later", "", /has no value yet/, /after the line that declares it/),
  "import.meta": code(/uses import\.meta/, /outside and capture/),
  "a FileHandle": variable("file", "", /is a FileHandle\b/, /inside the criterion/),
};

/** Refused by the bundler or the worker, which know files rather than variables. Keyed by case. */
export const otherRefusals: Readonly<Record<string, RegExp>> = {
  "a native addon": /uses-addon\/build\/fast\.node is a native addon, compiled for this machine.+Use a WebAssembly or/s,
  "a module that imports one that starts a run":
    /minimize was called while the module of a criterion was being loaded.+Keep the criterion in a module that does not/s,
};

/** In one file with the driver, the variables of a module are captured: those that two functions share and one writes are refused. */
export const sharedInBundles: ReadonlySet<string> = new Set([
  "two imported functions that share their module's state",
  "two captured functions that share their module's state, with the imports",
  "an imported let that its module changes in the criterion",
]);

/** esbuild declares what a module has first and assigns it later, where the module is imported dynamically as well. */
export const reassignedInBundles: ReadonlySet<string> = new Set([
  "a relative import",
  "a namespace as a value",
  "dynamic import",
]);

export interface Warning {
  readonly text: RegExp;
  /** What workers give, as bits, where it is not what is given here. */
  readonly remote?: string;
  /** Whether it is so in one file with the driver, too. */
  readonly isAlways?: boolean;
}

/** Keyed by case; each is warned of once. */
export const warnings: Readonly<Record<string, Warning>> = {
  "a let that is assigned again": { text: /"factor".+assigned to more than once.+value that it had when.+3/s },
  "a let of the module that a function assigns": { text: /"current".+assigned to more than once.+6/s },
  "a counter": { text: /"calls".+assigned to more than once.+0/s },
  "a let written by a function inside the criterion": { text: /"total".+assigned to more than once.+10/s },
  "a cache that counts its misses": { text: /"misses".+assigned to more than once.+0/s },
  "process.env": { text: /process\.env.+environment of its own/s },
  "a built-in function that the driver replaced": {
    text: /Math\.cosh.+replaced by this program/s,
    remote: "1",
    isAlways: true,
  },
  "an imported object that the driver changed": {
    text: /"settings".+changed after its module was loaded/s,
    remote: "1.5",
  },
  "an imported let that the driver changed": {
    text: /"threshold".+changed after its module was loaded/s,
    remote: "7.5",
  },
  "state inside an imported module that the driver changed": {
    text: /"hidden".+changed after its module was loaded/s,
    remote: "75",
  },
  "a global of the driver, by its name": { text: /fanoptTestLimit.+put on globalThis/s },
  "a global of the driver, of globalThis": { text: /fanoptTestList.+put on globalThis/s },
};
