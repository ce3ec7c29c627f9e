import { isAbsolute } from "node:path";
import { pathToFileURL } from "node:url";
import { InvalidInputError, show } from "../errors.ts";
import { rejectUnknownKeys } from "../suggest.ts";
import { buildArtifact } from "./artifact.ts";
import { type LoadedArtifact, loadArtifact } from "./load.ts";
import { type ModuleSource, markPortable, type Portable } from "./portable.ts";
import { withMappedStack } from "./remote-error.ts";

/** Any criterion function, for types. */
type AnyCriterion = (params: never, ...args: never[]) => unknown;

/** What a function takes after the parameters. */
type FurtherArgs<F extends AnyCriterion> = F extends (params: never, ...args: infer Args) => unknown
  ? Readonly<Args>
  : never;

export interface DefineCriterionOptions<Args extends readonly unknown[] = readonly unknown[]> {
  /**
   * Name of the module's export.
   * @default "default"
   */
  readonly export?: string;
  /**
   * Further arguments, passed after the parameters: data, settings. Sent once a worker, exactly: numbers, typed arrays, Map, Set, Date, plain
   * objects and arrays.
   * @default []
   */
  readonly args?: Args;
}

/** A criterion that can travel: callable here, bundled and sent to workers elsewhere. */
export type DefinedCriterion<F extends AnyCriterion> = (params: Parameters<F>[0]) => Promise<Awaited<ReturnType<F>>>;

/**
 * A criterion by the module it is exported from, so that it can run on any worker: `(params, ...args) => value`.
 *
 * Nothing is read before the first evaluation; then the module is bundled by esbuild with all that it imports. The module must not start an
 * optimization when it is loaded: keep the criterion in a file of its own.
 *
 * @typeParam F type of the exported function, for checked args and results: `defineCriterion<typeof residuals>(…)`.
 * @param module URL of the module: `new URL("./model.ts", import.meta.url)`; a file URL or an absolute path as a string.
 *   Where compiled output has `model.js` in the place of `model.ts`, that is taken.
 * @throws InvalidInputError for a relative path or an unknown option; when it is first evaluated, for a module that is missing, does not compile or lacks the
 *   export, and for args that cannot be sent.
 * @example
 * const fun = defineCriterion(new URL("./model.ts", import.meta.url), { export: "residuals", args: [days, counts] });
 */
export function defineCriterion<F extends AnyCriterion = (params: unknown, ...args: unknown[]) => never>(
  module: URL | string,
  options: DefineCriterionOptions<FurtherArgs<F>> = {},
): DefinedCriterion<F> {
  const where = "defineCriterion";
  if (options === null || typeof options !== "object")
    throw new InvalidInputError(`${where}: options must be an object, received ${show(options)}.`);
  rejectUnknownKeys(options, ["export", "args"], where);
  const { export: name = "default" } = options;
  const args: unknown = options.args ?? [];
  if (typeof name !== "string" || name === "")
    throw new InvalidInputError(`${where}: export must be the name of an export, received ${show(name)}.`);
  if (!Array.isArray(args))
    throw new InvalidInputError(`${where}: args must be an array of further arguments, received ${show(args)}.`);
  const source: ModuleSource = { module: moduleUrl(module, where), export: name, args };
  let loaded: Promise<LoadedArtifact> | undefined;
  const load = () => {
    loaded ??= loadLocally(source).catch((error: unknown) => {
      // It may be mended: the next evaluation looks again.
      loaded = undefined;
      throw error;
    });
    return loaded;
  };
  const criterion = async (params: unknown, ...further: unknown[]): Promise<unknown> => {
    const { fun, args } = (await load()).fun;
    try {
      return await fun(params, ...further, ...args);
    } catch (error) {
      throw withMappedStack(error);
    }
  };
  Object.defineProperty(criterion, "name", { value: name });
  const portable: Portable = { kind: "criterion", fun: source, load: async () => (await load()).fun.fun };
  return markPortable(criterion, portable) as DefinedCriterion<F>;
}

/** The module and the args as this process sees them: the same bundle that workers get, so that both compute the same bits. */
async function loadLocally(source: ModuleSource): Promise<LoadedArtifact> {
  const artifact = await buildArtifact({ kind: "criterion", fun: source });
  return loadArtifact(artifact.bytes, artifact.data?.bytes ?? null);
}

function moduleUrl(module: URL | string, where: string): string {
  let url: URL;
  if (module instanceof URL) url = module;
  else if (typeof module === "string" && URL.canParse(module) && !isAbsolute(module)) url = new URL(module);
  else if (typeof module === "string" && isAbsolute(module)) url = pathToFileURL(module);
  else
    throw new InvalidInputError(
      `${where}: the module must be given by a URL, received ${show(module)}. ` +
        `Write new URL("./model.ts", import.meta.url): then it does not depend on the working directory.`,
    );
  if (url.protocol !== "file:")
    throw new InvalidInputError(`${where}: the module must be a file, received ${url.href}: it is bundled from disk.`);
  return url.href;
}
