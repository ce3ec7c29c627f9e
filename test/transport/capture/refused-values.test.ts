import { fork } from "node:child_process";
import { createHash, createSecretKey } from "node:crypto";
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { createServer, Socket } from "node:net";
import { PassThrough } from "node:stream";
import { MessageChannel, Worker } from "node:worker_threads";
import { describe, expect, it, onTestFinished } from "vitest";
import { graphOf } from "./travel.ts";

function* counting() {
  yield 1;
}

class Counter {
  #count = 0;
  #step = 1;
  add() {
    this.#count += this.#step;
    return this.#count;
  }
}

class LoweredCounter {
  constructor() {
    __privateAdd(this);
  }
}
function __privateAdd(_object: object) {}

class Client extends Socket {}

function argumentsOf(..._args: number[]) {
  // biome-ignore lint/complexity/noArguments: what is tested
  return arguments;
}

function detached() {
  const view = new Float64Array(4);
  structuredClone(view.buffer, { transfer: [view.buffer] });
  return view;
}

// The smallest module: magic and version.
const wasm = new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);

function closing<T>(value: T, close: (value: T) => unknown): T {
  onTestFinished(() => void close(value));
  return value;
}

const refused: [what: string, make: () => unknown, wording: RegExp][] = [
  [
    "socket",
    () => new Socket(),
    /captured variable "it"\.x is a Socket, a connection of this process\. Connect inside/,
  ],
  ["socket of a user's class", () => new Client(), /\.x is a Client \(a Socket\), a connection/],
  ["server", () => createServer(), /\.x is a Server, which listens in this process\. Capture its address/],
  [
    "stream",
    () => closing(createReadStream(import.meta.filename), (s) => s.close()),
    /\.x is a ReadStream, a stream of this process\. Capture the file's path/,
  ],
  ["transform", () => new PassThrough(), /\.x is a PassThrough, a stream/],
  ["web stream", () => new ReadableStream(), /\.x is a ReadableStream, a stream/],
  [
    "timer",
    () =>
      closing(
        setTimeout(() => {}, 1000),
        clearTimeout,
      ),
    /\.x is a Timeout, a timer of this process\. Start the timer inside/,
  ],
  [
    "immediate",
    () =>
      closing(
        setImmediate(() => {}),
        clearImmediate,
      ),
    /\.x is an Immediate, a timer of this process/,
  ],
  [
    "child process",
    () => closing(fork("-e", ["0"], { execArgv: [], execPath: process.execPath, silent: true }), (c) => c.kill()),
    /\.x is a ChildProcess, which this process started/,
  ],
  [
    "thread",
    () => closing(new Worker("", { eval: true }), (w) => w.terminate()),
    /\.x is a Worker, a thread of this process/,
  ],
  [
    "message port",
    () => closing(new MessageChannel().port1, (p) => p.close()),
    /\.x is a MessagePort, which connects threads/,
  ],
  ["promise", () => Promise.resolve(1), /\.x is a Promise, whose value may not be there yet\. Await it before/],
  [
    "proxy",
    () =>
      new Proxy(
        {},
        {
          get: () => expect.unreachable(),
          ownKeys: () => expect.unreachable(),
          getPrototypeOf: () => expect.unreachable(),
        },
      ),
    /\.x is a Proxy: what it does is hidden.* Capture the object behind it/,
  ],
  ["function behind a proxy", () => new Proxy(() => 1, {}), /\.x is a Proxy/],
  [
    "prototype that is a proxy",
    () => Object.create(new Proxy({}, { getPrototypeOf: () => expect.unreachable() })),
    /\.x prototype is a Proxy/,
  ],
  ["shared memory", () => new SharedArrayBuffer(8), /\.x is a SharedArrayBuffer: workers have no memory in common/],
  [
    "view on shared memory",
    () => new Float64Array(new SharedArrayBuffer(8)),
    /\.x is on a SharedArrayBuffer.*Capture a copy of it: view\.slice\(\)/,
  ],
  ["WeakRef", () => new WeakRef({}), /\.x is a WeakRef, which depends on the garbage collector/],
  [
    "FinalizationRegistry",
    () => new FinalizationRegistry(() => {}),
    /\.x is a FinalizationRegistry, which depends on the garbage collector/,
  ],
  ["WeakMap", () => new WeakMap(), /\.x is a WeakMap: nobody can list what it holds\. Use a Map/],
  ["WeakSet", () => new WeakSet(), /\.x is a WeakSet: nobody can list what it holds\. Use a Set/],
  ["generator object", () => counting(), /\.x is a generator object.* Capture the generator function/],
  ["async generator object", () => (async function* () {})(), /\.x is a generator object/],
  ["array iterator", () => [1].values(), /\.x is an Array Iterator, which stands somewhere/],
  ["map iterator", () => new Map().keys(), /\.x is an iterator, which stands somewhere/],
  ["set iterator", () => new Set().keys(), /\.x is an iterator, which stands somewhere/],
  ["string iterator", () => "a"[Symbol.iterator](), /\.x is a String Iterator, which stands/],
  ["regexp iterator", () => "a".matchAll(/a/g), /\.x is a RegExpString Iterator, which stands/],
  [
    "iterator helper",
    () => ([1].values() as unknown as { map(f: (x: number) => number): unknown }).map((x) => x),
    /\.x is an Iterator Helper, which stands/,
  ],
  [
    "AbortSignal",
    () => new AbortController().signal,
    /\.x is an AbortSignal, which aborts in this process only\. Give the signal to minimize/,
  ],
  ["AbortController", () => new AbortController(), /\.x is an AbortController, which aborts/],
  [
    "KeyObject",
    () => createSecretKey(Buffer.from("secret")),
    /\.x is a SecretKeyObject.*, whose key is kept outside JavaScript/,
  ],
  ["hash", () => createHash("sha256"), /\.x is a Hash, which stands in the middle/],
  [
    "number format",
    () => new Intl.NumberFormat("de"),
    /\.x is an Intl\.NumberFormat, whose settings.* Capture the locale/,
  ],
  ["collator", () => new Intl.Collator("de"), /\.x is an Intl\.Collator/],
  [
    "WebAssembly module",
    () => new WebAssembly.Module(wasm),
    /\.x is a WebAssembly\.Module, which is compiled for this process\. Capture the bytes/,
  ],
  [
    "WebAssembly instance",
    () => new WebAssembly.Instance(new WebAssembly.Module(wasm)),
    /\.x is a WebAssembly\.Instance/,
  ],
  ["WebAssembly memory", () => new WebAssembly.Memory({ initial: 1 }), /\.x is a WebAssembly\.Memory, which belongs/],
  [
    "WebAssembly table",
    () =>
      new (WebAssembly as unknown as { Table: new (d: object) => object }).Table({ initial: 1, element: "anyfunc" }),
    /\.x is a WebAssembly\.Table, which belongs/,
  ],
  ["arguments", () => argumentsOf(1, 2), /\.x is an arguments object.* Use rest parameters/],
  [
    "private fields",
    () => new Counter(),
    /\.x is an instance of Counter, which has the private fields #count, #step: .* Export the class's data/,
  ],
  [
    "private fields that were compiled",
    () => new LoweredCounter(),
    /\.x is an instance of LoweredCounter, which has private fields/,
  ],
  ["detached buffer", () => detached().buffer, /\.x is on an ArrayBuffer that is detached/],
  ["view on a detached buffer", () => detached(), /\.x is on an ArrayBuffer that is detached/],
  ["Blob", () => new Blob(["x"]), /\.x is a Blob, whose bytes are kept outside/],
  ["another object of Node", () => new TextDecoder(), /\.x is a TextDecoder, an object of Node/],
];

describe("values that cannot travel", () => {
  it.each(refused)("%s", (_, make, wording) => {
    const x = make();
    expect(() => graphOf({ x })).toThrow(wording);
  });

  it("CryptoKey", async () => {
    const key = await crypto.subtle.generateKey({ name: "HMAC", hash: "SHA-256" }, true, ["sign"]);
    expect(() => graphOf({ key })).toThrow(/\.key is a CryptoKey, whose key is kept outside JavaScript/);
  });

  it("FileHandle", async () => {
    await using file = await open(import.meta.filename);
    expect(() => graphOf([file])).toThrow(
      /"it"\[0\] is a FileHandle, a file that this process has open\. Capture the file's path/,
    );
  });

  it("the namespace of a module that no import brought", async () => {
    const namespace = (await import(/* @vite-ignore */ String("data:text/javascript,export const a = 1"))) as object;
    expect(() => graphOf({ namespace })).toThrow(
      /\.namespace is the namespace of a module that no import of a captured function brought\. Import the module where/,
    );
  });

  it("names the way, and leaves out the middle of a long one", () => {
    let list: object = { socket: new Socket() };
    for (let i = 0; i < 100_000; i++) list = { next: list };
    expect(() => graphOf(list)).toThrow(/captured variable "it"(\.next){6} … (\.next){5}\.socket is a Socket/);
    const map = new Map([[{ a: [new Socket()] }, 1]]);
    expect(() => graphOf(map)).toThrow(/captured variable "it" key 0\.a\[0\] is a Socket/);
  }, 60_000);

  it("asks no getter", () => {
    const object = {
      get x() {
        throw new Error("asked");
      },
    };
    expect(() => graphOf(object)).toThrow(/unknown function at captured variable "it"\.x/);
  });
});
