/** What cannot travel. A comment with @ and the case's name stands before the place that the error must name. */
import { AsyncLocalStorage } from "node:async_hooks";
import { createSecretKey } from "node:crypto";
import { EventEmitter } from "node:events";
import { createReadStream } from "node:fs";
import { Agent, createServer } from "node:http";
import { Socket } from "node:net";
import { PassThrough } from "node:stream";
import { MessageChannel } from "node:worker_threads";
import { twice } from "uses-addon";
import { logPath } from "../log-path.ts";
import { multiplier } from "../multiplier.ts";
import { noteLoad } from "../note-load.ts";
import type { Case } from "../types.ts";

noteLoad("refused");

const socket = new Socket();
const db = { options: { host: "h" }, sock: socket };
class Client {
  readonly url = "tcp://x";
  readonly connections = [{ stream: new PassThrough() }];
  query(x: number): number {
    return x + this.connections.length;
  }
}
const client = new Client();
const timer = setTimeout(() => {}, 1_000);
clearTimeout(timer);
const stream = createReadStream(logPath);
stream.on("error", () => {}).destroy();
const server = createServer();
const agent = new Agent();
const emitter = new EventEmitter();
emitter.on("x", () => /*@ an emitter with a socket */ socket.end());
const channel = new MessageChannel();
channel.port1.close();

const promise = Promise.resolve(1);
const proxy = new Proxy({ x: 1 }, {});
const functionProxy = new Proxy((x: number) => x, {});
const sharedMemory = new Float64Array(new SharedArrayBuffer(16));
const weakRef = new WeakRef({});
const weakMap = new WeakMap();
const weakSet = new WeakSet();
const registry = new FinalizationRegistry(() => {});
function* numbers(): Generator<number> {
  yield 1;
}
const generator = numbers();
const iterator = new Map([[1, 2]]).values();
const { signal } = new AbortController();
const key = createSecretKey(Buffer.alloc(8));
const format = new Intl.NumberFormat("en");
const storage = new AsyncLocalStorage();
const wasmModule = new WebAssembly.Module(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));
const multiply = new WebAssembly.Instance(new WebAssembly.Module(multiplier)).exports.mul as (
  a: number,
  b: number,
) => number;
const memory = new WebAssembly.Memory({ initial: 1 });
const deep = { list: [new Map<string, unknown>([["k", { inner: promise }]])] };

class Secret {
  #value = 1;
  read(): number {
    return this.#value;
  }
}
const secret = new Secret();
// biome-ignore lint/complexity/noStaticOnlyClass: that is the case
class Tally {
  static /*@ a static private field */ #total = 1;
  static add(x: number): number {
    Tally.#total += x;
    return Tally.#total;
  }
}

class Model {
  readonly factor = 2;
  criterion(): (x: number) => number {
    return (x) => x * /*@ an arrow that uses an outer this */ this.factor;
  }
  callback(): (x: number) => number {
    const helper = (x: number) => x + /*@ another function that uses an outer this */ this.factor;
    return (x) => helper(x);
  }
}
function outerArguments(..._: number[]): (x: number) => number {
  return (x) => {
    // biome-ignore lint/complexity/noArguments: that is the case
    const first: number = /*@ an arrow that uses outer arguments */ arguments[0];
    return x + first;
  };
}
const parent = {
  base(): number {
    return 1;
  },
};
const child = {
  __proto__: parent,
  base(): number {
    return /*@ super in an object's method */ super.base() + 1;
  },
};

const sibling = (() => {
  let count = 0;
  return {
    bump: () => {
      /*@ two closures that share a let, which one writes */ count += 1;
      return count;
    },
    read: () => count,
  };
})();
function sharesWithCriterion(): (x: number) => number {
  let last = 0;
  const remember = (x: number) => {
    /*@ the criterion shares a let with a closure that writes it */ last = x;
  };
  return (x) => {
    remember(x);
    return last;
  };
}

const modulePath = "node:path";
const evaluated = 5;

export function unready(): (x: number) => number {
  const fun = (x: number) => x + /*@ a variable that has no value yet */ later;
  pending.push(fun);
  throwAway();
  const later = 1;
  return fun;
}
const pending: ((x: number) => number)[] = [];
function throwAway(): void {
  throw new Error("before the declaration");
}
try {
  unready();
} catch {
  // Its closure is pending.
}

export const cases: readonly Case[] = [
  { name: "a socket", fun: () => /*@ a socket */ db.sock.bytesRead },
  { name: "a client that holds a stream", fun: (x: number) => /*@ a client that holds a stream */ client.query(x) },
  { name: "a timer", fun: () => /*@ a timer */ timer.hasRef() },
  { name: "a stream", fun: () => /*@ a stream */ stream.bytesRead },
  { name: "a server", fun: () => /*@ a server */ server.listening },
  { name: "an agent", fun: () => /*@ an agent */ agent.maxSockets },
  { name: "an emitter with a socket", fun: () => emitter.emit("x") },
  { name: "a message port", fun: () => /*@ a message port */ channel.port1 },
  { name: "a Promise", fun: () => /*@ a Promise */ promise },
  { name: "a Proxy", fun: () => /*@ a Proxy */ proxy.x },
  { name: "a Proxy of a function", fun: (x: number) => /*@ a Proxy of a function */ functionProxy(x) },
  { name: "shared memory", fun: () => /*@ shared memory */ sharedMemory[0] },
  { name: "a WeakRef", fun: () => /*@ a WeakRef */ weakRef.deref() },
  { name: "a WeakMap", fun: () => /*@ a WeakMap */ weakMap.has(Object) },
  { name: "a WeakSet", fun: () => /*@ a WeakSet */ weakSet.has(Object) },
  { name: "a FinalizationRegistry", fun: () => /*@ a FinalizationRegistry */ registry.register({}, 1) },
  { name: "a generator object", fun: () => /*@ a generator object */ generator.next() },
  { name: "an iterator", fun: () => /*@ an iterator */ iterator.next() },
  { name: "an AbortSignal", fun: () => /*@ an AbortSignal */ signal.aborted },
  { name: "a KeyObject", fun: () => /*@ a KeyObject */ key.type },
  { name: "an Intl object", fun: (x: number) => /*@ an Intl object */ format.format(x) },
  { name: "an AsyncLocalStorage", fun: () => /*@ an AsyncLocalStorage */ storage.getStore() },
  { name: "a WebAssembly module", fun: () => /*@ a WebAssembly module */ wasmModule },
  { name: "a WebAssembly function", fun: (x: number) => /*@ a WebAssembly function */ multiply(x, 2) },
  { name: "a WebAssembly memory", fun: () => /*@ a WebAssembly memory */ memory.buffer.byteLength },
  { name: "something deep inside", fun: () => /*@ something deep inside */ deep.list.length },
  { name: "an instance with private fields", fun: () => /*@ an instance with private fields */ secret.read() },
  { name: "a static private field", fun: (x: number) => Tally.add(x) },
  { name: "an arrow that uses an outer this", fun: new Model().criterion() },
  { name: "another function that uses an outer this", fun: new Model().callback() },
  { name: "an arrow that uses outer arguments", fun: outerArguments(1) },
  { name: "super in an object's method", fun: () => child.base() },
  {
    name: "direct eval",
    // biome-ignore lint/security/noGlobalEval: that is the case
    fun: (x: number) => [x, evaluated, /*@ direct eval */ eval("x")],
  },
  { name: "a computed import", fun: async () => await /*@ a computed import */ import(modulePath) },
  { name: "two closures that share a let, which one writes", fun: () => [sibling.bump(), sibling.read()] },
  { name: "the criterion shares a let with a closure that writes it", fun: sharesWithCriterion() },
  { name: "a variable that has no value yet", fun: pending[0] },
  { name: "a native addon", fun: (x: number) => twice(x) },
];
