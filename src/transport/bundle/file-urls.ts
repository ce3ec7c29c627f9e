import { fileURLToPath } from "node:url";
import type { Plugin } from "esbuild";

/** Imports by file: URLs, as Node takes them; what follows `?` or `#` names an instance of the module, and a bundle has one. */
export const fileUrls: Plugin = {
  name: "file-urls",
  setup(build) {
    build.onResolve({ filter: /^file:/ }, ({ path, importer, kind, namespace, resolveDir, with: attributes }) => {
      const url = new URL(path);
      url.search = url.hash = "";
      return build.resolve(fileURLToPath(url), { importer, kind, namespace, resolveDir, with: attributes });
    });
  },
};
