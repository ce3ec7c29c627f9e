import { readFile } from "node:fs/promises";
import type { OnLoadResult, Plugin } from "esbuild";

/** Packages that find a native addon when the program runs, and so hide it from a bundler. */
const FINDERS = /^(?:node-gyp-build|node-gyp-build-optional-packages|bindings|@mapbox\/node-pre-gyp|node-pre-gyp)$/;
const MISSING = "fanopt-missing-addon";

/** Refuses native addons; where a package tries one and has something else for its absence, the addon is absent. */
export const refuseAddons: Plugin = {
  name: "refuse-addons",
  setup(build) {
    build.onLoad({ filter: /\.node$/ }, ({ path }) => ({ errors: [{ text: addonRefusal(path) }] }));
    build.onResolve({ filter: FINDERS }, async ({ path, importer }) => {
      const source = await readFile(importer, "utf8").catch(() => "");
      const isTried = /\btry\s*\{[^}]*\brequire\(/.test(source);
      return isTried
        ? { path: importer, namespace: MISSING }
        : { errors: [{ text: addonRefusal(`${importer} (by ${path})`) }] };
    });
    build.onLoad(
      { filter: /.*/, namespace: MISSING },
      (): OnLoadResult => ({
        contents: 'module.exports = () => { throw new Error("A native addon cannot be sent to a worker."); };',
        loader: "js",
      }),
    );
  },
};

/** Why a native addon does not travel. */
export function addonRefusal(what: string): string {
  return `${what} is a native addon, compiled for this machine: it cannot be sent to a worker. Use a WebAssembly or plain JavaScript package.`;
}
