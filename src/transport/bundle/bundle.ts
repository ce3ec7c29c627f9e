/** Bundles what a criterion needs into one ES module, with its source map. */
import { resolve } from "node:path";
import type { BuildOptions, BuildResult, OnLoadResult, Plugin } from "esbuild";
import { InvalidInputError } from "../../errors.ts";
import { unknownName } from "../../suggest.ts";
import type { CapturedCode } from "../capture/captured-code.ts";
import { sha256 } from "../content.ts";
import { moduleFile } from "../module-file.ts";
import type { ModuleSource } from "../portable.ts";
import { refuseAddons } from "./addons.ts";
import { capturedFile, capturedModules, capturedPlugin, captureExport } from "./captured-modules.ts";
import { conditions } from "./conditions.ts";
import { environmentWarnings, rejectProgram } from "./environment.ts";
import { describeFailure, isBuildFailure } from "./failure.ts";
import { fileUrls } from "./file-urls.ts";
import { withoutInnerNames } from "./inner-names.ts";
import { isGenerated, modulePlaces } from "./module-files.ts";
import { recentBundle } from "./recent-bundles.ts";

/** What goes into a bundle. */
export interface BundleInput {
  /** Exports of modules, and what the bundle exports them as. */
  readonly exports: readonly { readonly as: string; readonly source: ModuleSource }[];
  /** Code of captured functions; the bundle exports it as `captured`, a `BundledCode`. */
  readonly captured: CapturedCode | null;
}

export interface Bundle {
  /** ES module. */
  readonly code: string;
  /** Source map, JSON. */
  readonly map: string;
  /** What may be other on a worker than here, of the modules that a closure imports; whole sentences. */
  readonly warnings: readonly string[];
  /** What of each file is in the code, in bytes: absolute paths, largest first. */
  readonly inputs: readonly { readonly file: string; readonly bytes: number }[];
}

const ROOT = resolve("/");
const ENTRY = "fanopt-entry.js";

/** Bundled CommonJS dependencies call require. */
const BANNER =
  'import { createRequire as __fanoptRequire } from "node:module"; const require = __fanoptRequire(import.meta.url);';

/**
 * Bundles by esbuild; the same input as of late gives the same bundle, as long as the files are the same.
 *
 * @throws InvalidInputError when a module is missing, does not compile, lacks an export, or imports a native addon.
 */
export async function bundle({ exports, captured }: BundleInput): Promise<Bundle> {
  const entry = exports.map(({ as, source }) => reexport(source, as));
  const modules = captured === null ? new Map<string, OnLoadResult>() : capturedModules(captured);
  if (captured !== null) entry.push(captureExport(captured));
  const contents = entry.join("\n");
  try {
    return await recentBundle(sha256(JSON.stringify([contents, [...modules], conditions()])), async () => {
      const result = await build(contents, modules);
      const files = Object.keys(result.metafile.inputs).map(fileOf);
      if (captured !== null) rejectProgram(files);
      const warnings = captured === null ? [] : environmentWarnings(files);
      const inputs = inputsOf(result, captured);
      return { bundle: { code: codeOf(result), map: outputOf(result, ".map"), inputs, warnings }, files };
    });
  } catch (error) {
    if (!isBuildFailure(error)) throw error;
    for (const { source } of exports) await rejectMissingExport(source);
    throw new InvalidInputError(describeFailure(error, exports, captured), { cause: error });
  }
}

type Built = BuildResult<{ write: false; metafile: true }>;
type Modules = ReadonlyMap<string, OnLoadResult>;

/** Again where modules ask for their own place: that they do is seen in the code that is left of them. */
async function build(contents: string, modules: Modules): Promise<Built> {
  const plugins = [capturedPlugin(modules)];
  const result = await buildOnce(contents, plugins, {});
  const places = modulePlaces(codeOf(result).slice(BANNER.length), result.metafile, ROOT);
  if (places === null) return result;
  const placed = await buildOnce(contents, [...plugins, places.plugin], places.define);
  places.check(placed.metafile);
  return placed;
}

async function buildOnce(
  contents: string,
  plugins: readonly Plugin[],
  define: Readonly<Record<string, string>>,
): Promise<Built> {
  // esbuild starts a process of its own: only those who bundle pay for it.
  const esbuild = await import("esbuild");
  return esbuild.build({
    ...settings(plugins),
    stdin: { contents, resolveDir: ROOT, sourcefile: ENTRY },
    define,
    minify: true,
    keepNames: true,
    sourcemap: "external",
    sourcesContent: false,
    banner: { js: BANNER },
  });
}

function codeOf(result: Built): string {
  return withoutInnerNames(outputOf(result, ".mjs"));
}

function outputOf({ outputFiles }: Built, ending: string): string {
  return outputFiles.find((file) => file.path.endsWith(ending))?.text ?? "";
}

/** Files by what they take in the code; captured code counts to its script. */
function inputsOf({ metafile }: Built, captured: CapturedCode | null): Bundle["inputs"] {
  const bytes = new Map<string, number>();
  for (const output of Object.values(metafile.outputs)) {
    for (const [name, { bytesInOutput }] of Object.entries(output.inputs)) {
      if (name === ENTRY || isGenerated(name) || bytesInOutput === 0) continue;
      const file = capturedFile(captured, name) ?? fileOf(name);
      bytes.set(file, (bytes.get(file) ?? 0) + bytesInOutput);
    }
  }
  return [...bytes].map(([file, bytes]) => ({ file, bytes })).sort((a, b) => b.bytes - a.bytes);
}

/** The file behind a name in esbuild's metafile: relative to the root, behind the namespace for files that modules read. */
function fileOf(name: string): string {
  return resolve(ROOT, name.replace(/^fanopt-asset:/, ""));
}

function reexport(source: ModuleSource, as: string): string {
  return `export { ${JSON.stringify(source.export)} as ${as} } from ${JSON.stringify(moduleFile(source.module))};`;
}

/** Throws if the module compiles and has no such export. */
async function rejectMissingExport(source: ModuleSource): Promise<void> {
  const esbuild = await import("esbuild");
  const file = moduleFile(source.module);
  const exports = await esbuild.build({ ...settings([]), entryPoints: [file] }).then(
    ({ metafile }) => Object.values(metafile.outputs).flatMap((output) => output.exports),
    () => null,
  );
  if (exports === null || exports.length === 0 || exports.includes(source.export)) return;
  throw new InvalidInputError(
    unknownName(`export ${source.export}`, source.export, exports, `defineCriterion: ${file}`),
  );
}

/** ES modules for the top-level await; sources in the map relative to the root, so that they can be made absolute again. */
function settings(plugins: readonly Plugin[]) {
  return {
    bundle: true,
    write: false,
    metafile: true,
    outfile: resolve(ROOT, "criterion.mjs"),
    absWorkingDir: ROOT,
    platform: "node",
    format: "esm",
    target: "node22",
    conditions: conditions(),
    mainFields: ["main", "module"],
    loader: { ".wasm": "binary" },
    plugins: [fileUrls, refuseAddons, ...plugins],
    logLevel: "silent",
  } as const satisfies BuildOptions;
}
