/** Objects that every process of Node has one of, and that are made when they are first read. */
import { types } from "node:util";
import { classNameOf, ownerOf } from "./prototype-chain.ts";

const SINGLETONS: Readonly<Record<string, readonly (readonly [path: string, read: () => object])[]>> = {
  WriteStream: [
    ["process.stdout", () => process.stdout],
    ["process.stderr", () => process.stderr],
  ],
  ReadStream: [["process.stdin", () => process.stdin]],
  Crypto: [["crypto", () => crypto]],
  SubtleCrypto: [["crypto.subtle", () => crypto.subtle]],
  Performance: [["performance", () => performance]],
  Navigator: [["navigator", () => navigator]],
};
// Standard output that is a file or a pipe.
const OUTPUTS = new Set(["WriteStream", "SyncWriteStream", "Socket"]);

/** The path of such an object; undefined for any other. Nothing is read unless its class says that it may be one. */
export function singleton(object: object): string | undefined {
  const prototype: unknown = Object.getPrototypeOf(object);
  if (typeof prototype !== "object" || prototype === null || prototype === Object.prototype) return undefined;
  if (types.isProxy(prototype)) return undefined;
  const owner = ownerOf(prototype);
  if (owner === undefined) return undefined;
  const name = classNameOf(owner);
  const candidates = OUTPUTS.has(name)
    ? SINGLETONS.WriteStream
    : Object.hasOwn(SINGLETONS, name)
      ? SINGLETONS[name]
      : [];
  return candidates.find(([, read]) => read() === object)?.[0];
}
