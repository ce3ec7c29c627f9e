/** What a module knows of its place, on a worker. */

export interface AssetSource {
  /** Relative to the module's folder. */
  readonly name: string;
  /** Its import gives the bytes. */
  readonly specifier: string;
}

/** The text of a module that exports what `import.meta` has, for a module called `fileName` with files around it. */
export function placeText(id: string, fileName: string, assets: readonly AssetSource[], runtime: string): string {
  const imports = assets.map(({ specifier }, i) => `import asset${i} from ${JSON.stringify(specifier)};`);
  const files = assets.map(({ name }, i) => `[${JSON.stringify(name)}, asset${i}]`);
  // As many folders as names go up, so that none leaves the module's own.
  const depth = Math.max(0, ...assets.map(({ name }) => name.split(/[\\/]/).filter((part) => part === "..").length));
  return `
    import { join } from "node:path";
    import { pathToFileURL } from "node:url";
    import { folderOf } from ${JSON.stringify(runtime)};
    ${imports.join("\n")}
    export const dirname = folderOf(${JSON.stringify(id)}, ${depth}, [${files.join(", ")}]);
    export const filename = join(dirname, ${JSON.stringify(fileName)});
    export const url = pathToFileURL(filename).href;
    export const main = false;
    export const resolve = (specifier) => {
      if (/^(?:\\.{0,2}\\/|file:)/.test(specifier)) return new URL(specifier, url).href;
      if (specifier.startsWith("node:")) return specifier;
      throw new Error("import.meta.resolve(" + JSON.stringify(specifier) + "): packages have no files of their own on a worker.");
    };`;
}

/** The text of a module that stands for the place of one that must not ask for it. */
export function unknownPlaceText(message: string): string {
  return `
    const refuse = () => { throw new Error(${JSON.stringify(message)}); };
    module.exports = { get dirname() { return refuse(); }, get filename() { return refuse(); } };`;
}

/**
 * Makes the folders: one for all of a process, that goes with it. Only modules that have files get theirs, so that a name which was not sent along is never
 * found.
 */
export const placesRuntime = `
  import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
  import { tmpdir } from "node:os";
  import { dirname, join } from "node:path";
  const ROOT = Symbol.for("fanopt.files");
  function root() {
    if (globalThis[ROOT] === undefined) {
      const folder = mkdtempSync(join(tmpdir(), "fanopt-files-"));
      globalThis[ROOT] = folder;
      process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
    }
    return globalThis[ROOT];
  }
  export function folderOf(id, depth, files) {
    if (files.length === 0) return join(tmpdir(), "fanopt-file-not-sent", id);
    const folder = join(mkdtempSync(join(root(), id + "-")), ...new Array(depth).fill("in"));
    for (const [name, bytes] of files) {
      const file = join(folder, name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, bytes);
    }
    mkdirSync(folder, { recursive: true });
    return folder;
  }`;
