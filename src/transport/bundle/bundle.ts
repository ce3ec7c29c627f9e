/** Bundles what a criterion needs into one ES module, with its source map. */
import { resolve } from "node:path";
import type { BuildFailure, BuildOptions, Plugin } from "esbuild";
import { InvalidInputError } from "../../errors.ts";
import { unknownName } from "../../suggest.ts";
import type { CapturedCode } from "../capture/captured-code.ts";
import { moduleFile } from "../module-file.ts";
import type { ModuleSource } from "../portable.ts";

/** What goes into a bundle. */
export interface BundleInput {
  /** Exports of modules, and what the bundle exports them as. */
  readonly exports: readonly { readonly as: "fun" | "jac"; readonly source: ModuleSource }[];
  /** Code of captured functions; the bundle exports it as `captured`, a `BundledCode`. */
  readonly captured: CapturedCode | null;
}

export interface Bundle {
  /** ES module. */
  readonly code: string;
  /** Source map, JSON. */
  readonly map: string;
  /** What of each file is in the code, in bytes: absolute paths, largest first. */
  readonly inputs: readonly { readonly file: string; readonly bytes: number }[];
}

const ROOT = resolve("/");
const ENTRY = "fanopt-entry.js";

/** Bundled CommonJS dependencies call require. */
const BANNER =
  'import { createRequire as __fanoptRequire } from "node:module"; const require = __fanoptRequire(import.meta.url);';

/**
 * Bundles by esbuild.
 *
 * @throws InvalidInputError when a module is missing, does not compile, lacks an export, or imports a native addon.
 */
export async function bundle({ exports }: BundleInput): Promise<Bundle> {
  const contents = exports.map(({ as, source }) => reexport(source, as)).join("\n");
  // esbuild starts a process of its own: only those who bundle pay for it.
  const esbuild = await import("esbuild");
  try {
    const { outputFiles } = await esbuild.build({
      ...SETTINGS,
      stdin: { contents, resolveDir: ROOT, sourcefile: ENTRY },
      minify: true,
      keepNames: true,
      sourcemap: "external",
      sourcesContent: false,
      banner: { js: BANNER },
    });
    const text = (ending: string) => outputFiles.find((file) => file.path.endsWith(ending))?.text ?? "";
    return { code: text(".mjs"), map: text(".map"), inputs: [] };
  } catch (error) {
    if (!isBuildFailure(error)) throw error;
    for (const { source } of exports) await rejectMissingExport(source);
    throw new InvalidInputError(describeFailure(error, exports), { cause: error });
  }
}

function reexport(source: ModuleSource, as: string): string {
  return `export { ${JSON.stringify(source.export)} as ${as} } from ${JSON.stringify(moduleFile(source.module))};`;
}

/** Throws if the module compiles and has no such export. */
async function rejectMissingExport(source: ModuleSource): Promise<void> {
  const esbuild = await import("esbuild");
  const file = moduleFile(source.module);
  const exports = await esbuild.build({ ...SETTINGS, entryPoints: [file], metafile: true }).then(
    ({ metafile }) => Object.values(metafile.outputs).flatMap((output) => output.exports),
    () => null,
  );
  if (exports === null || exports.length === 0 || exports.includes(source.export)) return;
  throw new InvalidInputError(
    unknownName(`export ${source.export}`, source.export, exports, `defineCriterion: ${file}`),
  );
}

const refuseAddons: Plugin = {
  name: "refuse-addons",
  setup(build) {
    build.onLoad({ filter: /\.node$/ }, ({ path }) => ({
      errors: [
        {
          text: `${path} is a native addon, compiled for this machine: it cannot be sent to a worker. Use a WebAssembly or plain JavaScript package.`,
        },
      ],
    }));
  },
};

/** ES modules for the top-level await; sources in the map relative to the root, so that they can be made absolute again. */
const SETTINGS = {
  bundle: true,
  write: false,
  outfile: resolve(ROOT, "criterion.mjs"),
  absWorkingDir: ROOT,
  platform: "node",
  format: "esm",
  target: "node22",
  conditions: ["node"],
  mainFields: ["main", "module"],
  plugins: [refuseAddons],
  logLevel: "silent",
} as const satisfies BuildOptions;

function isBuildFailure(error: unknown): error is BuildFailure {
  return error instanceof Error && Array.isArray((error as Partial<BuildFailure>).errors);
}

function describeFailure(failure: BuildFailure, exports: BundleInput["exports"]): string {
  const lines = failure.errors.slice(0, 5).map(({ text, location }) => {
    const place = location === null ? "" : `${resolve(ROOT, location.file)}:${location.line}:${location.column + 1}: `;
    return `  ${place}${text}`;
  });
  const more = failure.errors.length > 5 ? `\n  … and ${failure.errors.length - 5} more` : "";
  const what = exports.map(({ source }) => ` ${source.export} of ${moduleFile(source.module)}`).join(" and");
  return `The criterion${what} could not be bundled:\n${lines.join("\n")}${more}`;
}
