/** A portable function bundled: the code by esbuild, the data by the codec, both under one content hash. */
import { SourceMap } from "node:module";
import { basename, resolve } from "node:path";
import type { BuildFailure, BuildOptions, Plugin } from "esbuild";
import { InvalidInputError, SubmissionError } from "../errors.ts";
import { unknownName } from "../suggest.ts";
import { encode } from "./codec.ts";
import { type ArtifactContent, codeName, sha256 } from "./content.ts";
import { moduleFile } from "./module-file.ts";
import type { CriterionSource, Portable } from "./portable.ts";

/** What is sent to a worker, once. */
export interface Artifact {
  /** SHA-256 of `bytes`, hex. */
  readonly hash: string;
  /** Encoded `ArtifactContent`. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Source maps stay here: workers send positions, the driver knows what they mean. Keyed by the first 16 digits of the code's hash. */
const sourceMaps = new Map<string, { readonly json: string; map?: SourceMap }>();

const ROOT = resolve("/");
const ENTRY = "fanopt-entry.js";

/** Bundled CommonJS dependencies call require. */
const BANNER =
  'import { createRequire as __fanoptRequire } from "node:module"; const require = __fanoptRequire(import.meta.url);';

/**
 * Bundles a portable function.
 *
 * @throws SubmissionError when the module is missing, does not compile, does not have the export, imports a native addon, or the args
 *   cannot be sent.
 */
export async function buildArtifact(portable: Portable): Promise<Artifact> {
  try {
    return await build(portable);
  } catch (error) {
    throw error instanceof InvalidInputError ? new SubmissionError(error.message, { cause: error }) : error;
  }
}

async function build(portable: Portable): Promise<Artifact> {
  const { fun } = portable;
  const jac = portable.kind === "internal-fun" ? portable.jac : null;
  const { code, map } = await bundle(fun, jac);
  const content: ArtifactContent = {
    code,
    funArgs: fun.args,
    jacArgs: jac?.args ?? [],
    funName: `${fun.export} of ${basename(moduleFile(fun.module))}`,
    kind: portable.kind,
    spec: portable.kind === "internal-fun" ? portable.spec : null,
    unpack: portable.unpack === "spread",
  };
  const bytes = encode(content, "the criterion's data");
  sourceMaps.set(codeName(code), { json: map });
  return { hash: sha256(bytes), bytes };
}

/** The source map of bundled code that this process built, by `codeName`. */
export function sourceMapOf(name: string): SourceMap | undefined {
  const entry = sourceMaps.get(name);
  if (entry === undefined) return undefined;
  entry.map ??= new SourceMap(JSON.parse(entry.json));
  return entry.map;
}

async function bundle(fun: CriterionSource, jac: CriterionSource | null): Promise<{ code: string; map: string }> {
  const exported = [reexport(fun, "fun"), ...(jac === null ? [] : [reexport(jac, "jac")])];
  const contents = exported.join("\n");
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
    return { code: text(".mjs"), map: text(".map") };
  } catch (error) {
    if (!isBuildFailure(error)) throw error;
    await rejectMissingExport(fun);
    if (jac !== null) await rejectMissingExport(jac);
    throw new InvalidInputError(describeFailure(error, fun), { cause: error });
  }
}

function reexport(source: CriterionSource, as: string): string {
  return `export { ${JSON.stringify(source.export)} as ${as} } from ${JSON.stringify(moduleFile(source.module))};`;
}

/** Throws if the module compiles and has no such export. */
async function rejectMissingExport(source: CriterionSource): Promise<void> {
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

function describeFailure(failure: BuildFailure, source: CriterionSource): string {
  const lines = failure.errors.slice(0, 5).map(({ text, location }) => {
    const place = location === null ? "" : `${resolve(ROOT, location.file)}:${location.line}:${location.column + 1}: `;
    return `  ${place}${text}`;
  });
  const more = failure.errors.length > 5 ? `\n  … and ${failure.errors.length - 5} more` : "";
  return `The criterion ${source.export} of ${moduleFile(source.module)} could not be bundled:\n${lines.join("\n")}${more}`;
}
