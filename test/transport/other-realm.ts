/** Code that runs in a realm of its own, as that of tests which vitest runs in its pool vmThreads. */
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { createContext, runInContext } from "node:vm";
import { build } from "esbuild";

export interface OtherRealm {
  /** Runs a script in it, whose `fanopt` has what the source exports; returns its value. */
  run<T>(script: string): T;
}

/** @param source of a module, which may import from src/ and test/. */
export async function otherRealm(source: string): Promise<OtherRealm> {
  const resolveDir = fileURLToPath(new URL("../../", import.meta.url));
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir, loader: "ts" },
    bundle: true,
    write: false,
    format: "cjs",
    platform: "node",
    target: "node22",
  });
  const context = createContext();
  const global = runInContext("globalThis", context) as Record<string, unknown>;
  // As vitest's environment "node" does: getters for what a context does not have, and some classes of the main realm.
  for (const name of Object.getOwnPropertyNames(globalThis)) {
    if (Object.hasOwn(global, name)) continue;
    Object.defineProperty(global, name, {
      configurable: true,
      get: () => (globalThis as unknown as Record<string, unknown>)[name],
    });
  }
  Object.defineProperty(global, "global", { value: context, writable: true, configurable: true });
  Object.assign(global, { process, Buffer, ArrayBuffer, Uint8Array });
  const module = { exports: {} };
  const wrapper = runInContext(`(function (module, exports, require) {${outputFiles[0].text}\n})`, context) as (
    ...args: unknown[]
  ) => void;
  wrapper(module, module.exports, createRequire(import.meta.url));
  global.fanopt = module.exports;
  return { run: (script) => runInContext(script, context) };
}
