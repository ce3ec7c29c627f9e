/**
 * Files that modules read beside themselves, as in `new URL("./table.bin", import.meta.url)` or `join(__dirname, "x.wasm")`. On a worker the modules are
 * one file elsewhere, so `import.meta`, `__dirname` and `__filename` stand for a folder of its own for each module there, with the files that the module
 * names in quotes. A local module that makes file names in another way is refused, for it would find nothing, and might not say so: when it is bundled, or
 * when it asks where it is if it is CommonJS.
 */
import { readFileSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Metafile, OnLoadResult, Plugin } from "esbuild";
import MagicString from "magic-string";
import { InvalidInputError } from "../../errors.ts";
import { sha256 } from "../content.ts";
import { isOfPackage } from "../program.ts";
import { addonRefusal } from "./addons.ts";
import { placesRuntime, placeText, unknownPlaceText } from "./module-place.ts";
import { type UnknownFiles, unknownFiles, withoutComments } from "./unknown-files.ts";

const WORDS = /\bimport\.meta\b|\b__dirname\b|\b__filename\b/;
const NO_CODE = /\.(?:json|wasm|txt|css)$/;
const MODULE = /\.[cm]?[jt]sx?$/;
const PLACE = "fanopt-place";
const RUNTIME = "fanopt-places";
const ASSET = "fanopt-asset";
/** Stands for import.meta in the modules. */
const VARIABLE = "__fanoptPlace";

/** A module that wants to know where it is. */
interface PlacedModule {
  /** The same for the same module with the same files, in whatever folder. */
  readonly id: string;
  readonly file: string;
  readonly text: string;
  readonly isCommonJs: boolean;
  /** Relative to the module's folder. */
  readonly assets: readonly string[];
  /** Packages are as they are: what they do without a file is theirs. */
  readonly unknown: UnknownFiles | null;
}

/** What a build needs that gives each module a place of its own. */
export interface ModulePlaces {
  readonly plugin: Plugin;
  readonly define: Readonly<Record<string, string>>;
  /** Throws InvalidInputError if a local module that is in the build wants more of its place than can be told. */
  check(metafile: Metafile): void;
}

/** What the modules of a first build need; null if its code never asks where it is. */
export function modulePlaces(code: string, { inputs }: Metafile, root: string): ModulePlaces | null {
  if (!WORDS.test(code)) return null;
  const modules = Object.entries(inputs).flatMap(([name, { format }]) => placedModule(resolve(root, name), format));
  return {
    plugin: placesPlugin(modules),
    define: { "import.meta": VARIABLE, __dirname: `${VARIABLE}.dirname`, __filename: `${VARIABLE}.filename` },
    check(metafile) {
      const used = new Set(Object.values(metafile.outputs).flatMap(({ inputs: parts }) => Object.keys(parts)));
      for (const { id, file, isCommonJs, unknown } of modules) {
        // Of CommonJS nobody knows what is used: there it throws when it is.
        if (unknown === null || isCommonJs || !used.has(`${PLACE}:${id}`)) continue;
        throw new InvalidInputError(`${file}:${unknown.line}:${unknown.column}: ${unknown.why}`);
      }
    },
  };
}

/** Whether a name that esbuild gives stands for no file. */
export function isGenerated(name: string): boolean {
  return name.startsWith(`${PLACE}:`) || name.startsWith(`${RUNTIME}:`);
}

/** fanopt's own files, also where it is linked into a project. */
const FANOPT = fileURLToPath(new URL("../../", import.meta.url)).replace(/src([\\/])$/, "dist$1");

function placedModule(file: string, format: "cjs" | "esm" | undefined): PlacedModule[] {
  if (NO_CODE.test(file) || !isFile(file)) return [];
  const text = readFileSync(file, "utf8");
  if (!WORDS.test(text)) return [];
  const assets = assetsOf(text, dirname(file));
  const contents = assets.map((name) => [name, sha256(readFileSync(join(dirname(file), name)))]);
  const id = sha256(JSON.stringify([basename(file), text, contents])).slice(0, 16);
  const unknown = isOfPackage(file) || file.startsWith(FANOPT) ? null : unknownFiles(text, assets);
  return [{ id, file, text, isCommonJs: format !== "esm", assets, unknown }];
}

/**
 * Files that exist where the text names them in quotes, whole or in parts: "data", "x.csv". What stands between any two quotation marks is tried: so
 * quotation marks in regular expressions hide nothing, and at worst a file too many is sent.
 */
function assetsOf(text: string, folder: string): string[] {
  // Notes to people are no names of files.
  const pieces = withoutComments(text).split(/["'`]/);
  const names = new Set<string>();
  for (let i = 0; i < pieces.length; i++) {
    let path = pieces[i];
    names.add(path);
    for (let next = i + 1; next + 1 < pieces.length && /^\s*,\s*$/.test(pieces[next]); next += 2) {
      path = `${path}/${pieces[next + 1]}`;
      names.add(path);
    }
  }
  const parts = [...names].flatMap((name) => [name, ...name.split(/\$\{[^}]*\}/)]);
  const relative = new Set(parts.map((name) => name.replace(/^\/+/, "").replace(/[?#].*$/, "")));
  return [...relative].filter((name) => isAsset(name, folder)).sort();
}

/** What nobody means to send: hidden files, keys. */
const SECRET = /(?:^|[\\/])(?:\.[^\\/.][^\\/]*|id_[^\\/]*|[^\\/]*\.(?:pem|key|p12|pfx|keystore))(?:$|[\\/])/i;

function isAsset(name: string, folder: string): boolean {
  if (SECRET.test(name)) return false;
  if (name === "" || name.length > 1000 || /[\n\0]/.test(name) || MODULE.test(name)) return false;
  const file = join(folder, name);
  if (!isFile(file)) return false;
  if (name.endsWith(".node")) throw new InvalidInputError(addonRefusal(file));
  return true;
}

function placesPlugin(modules: readonly PlacedModule[]): Plugin {
  const byFile = new Map(modules.map((module) => [module.file, module]));
  const byId = new Map(modules.map((module) => [module.id, module]));
  return {
    name: PLACE,
    setup(build) {
      build.onLoad({ filter: /.*/, namespace: "file" }, ({ path }) => {
        const module = byFile.get(path);
        return module === undefined ? undefined : { contents: withPlace(module), loader: "default" };
      });
      build.onResolve({ filter: /^fanopt-(?:place|places|asset):/ }, ({ path }) => {
        const [namespace] = path.split(":", 1);
        return { path: path.slice(namespace.length + 1), namespace, sideEffects: false };
      });
      build.onLoad({ filter: /.*/, namespace: PLACE }, ({ path }) => {
        const module = byId.get(path);
        return module === undefined ? undefined : loadPlace(module);
      });
      build.onLoad({ filter: /.*/, namespace: RUNTIME }, () => ({ contents: placesRuntime, loader: "js" }));
      build.onLoad({ filter: /.*/, namespace: ASSET }, ({ path }) => ({
        contents: readFileSync(path),
        loader: "binary",
      }));
    },
  };
}

function loadPlace({ id, file, assets, isCommonJs, unknown }: PlacedModule): OnLoadResult {
  const folder = dirname(file);
  const name = basename(file);
  if (isCommonJs && unknown !== null)
    return { contents: unknownPlaceText(`${name}:${unknown.line}:${unknown.column}: ${unknown.why}`), loader: "js" };
  const sources = assets.map((asset) => ({ name: asset, specifier: `${ASSET}:${join(folder, asset)}` }));
  return { contents: placeText(id, name, sources, `${RUNTIME}:make`), loader: "js", resolveDir: folder };
}

/** The module with the variable that stands for import.meta. Positions stay: an import may stand at the end. */
function withPlace({ id, text, isCommonJs }: PlacedModule): string {
  const specifier = JSON.stringify(`${PLACE}:${id}`);
  if (!isCommonJs) return `${text}\nimport * as ${VARIABLE} from ${specifier};`;
  const module = new MagicString(text);
  module.appendRight(/^#!.*\n/.exec(text)?.[0].length ?? 0, `var ${VARIABLE} = require(${specifier}); `);
  if (/^\/\/# sourceMappingURL=/m.test(text)) return module.toString();
  return `${module}\n//# sourceMappingURL=${module.generateMap({ hires: "boundary" }).toUrl()}`;
}

/** Whether there is such a file: what is too long for a name, or no name at all, is none. */
function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
