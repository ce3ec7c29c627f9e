import { InvalidInputError, show } from "../errors.ts";
import { unknownName } from "../suggest.ts";
import { levenbergMarquardt } from "./levenberg-marquardt/levenberg-marquardt.ts";
import type { LevenbergMarquardtOptions } from "./levenberg-marquardt/options.ts";
import { nelderMeadParallel } from "./nelder-mead-parallel/nelder-mead-parallel.ts";
import type { NelderMeadParallelOptions } from "./nelder-mead-parallel/options.ts";
import type { AlgorithmDefinition, ConfiguredAlgorithm } from "./types.ts";

export type { LevenbergMarquardtOptions } from "./levenberg-marquardt/options.ts";
export type { NelderMeadParallelOptions } from "./nelder-mead-parallel/options.ts";

/** The algorithms, each a function of its options (all optional), e.g. `algorithms.levenbergMarquardt({ trials: 8 })`. */
export const algorithms: {
  readonly levenbergMarquardt: (options?: Partial<LevenbergMarquardtOptions>) => ConfiguredAlgorithm;
  readonly nelderMeadParallel: (options?: Partial<NelderMeadParallelOptions>) => ConfiguredAlgorithm;
} = {
  levenbergMarquardt: (options = {}) => configure(levenbergMarquardt, options),
  nelderMeadParallel: (options = {}) => configure(nelderMeadParallel, options),
};

const byName: ReadonlyMap<string, () => ConfiguredAlgorithm> = new Map([
  [levenbergMarquardt.info.name, () => algorithms.levenbergMarquardt()],
  [nelderMeadParallel.info.name, () => algorithms.nelderMeadParallel()],
]);

/**
 * The algorithm that `algorithm: …` of minimize means: a kebab-case name (with default options), or one configured by
 * a function of `algorithms`.
 *
 * @throws InvalidInputError on an unknown name, suggesting the nearest, and on anything else.
 */
export function resolveAlgorithm(nameOrConfigured: string | ConfiguredAlgorithm): ConfiguredAlgorithm {
  if (typeof nameOrConfigured === "string") {
    const configured = byName.get(nameOrConfigured);
    if (configured !== undefined) return configured();
    const what = `algorithm ${show(nameOrConfigured)}`;
    throw new InvalidInputError(unknownName(what, nameOrConfigured, [...byName.keys()], "option algorithm"));
  }
  if (isConfigured(nameOrConfigured)) return nameOrConfigured;
  throw new InvalidInputError(
    `option algorithm: expected a name such as "levenberg-marquardt" or algorithms.levenbergMarquardt({ … }), received ${show(nameOrConfigured)}`,
  );
}

function configure<O extends object>(definition: AlgorithmDefinition<O>, given: Partial<O>): ConfiguredAlgorithm {
  const options = definition.resolveOptions(given);
  return {
    info: definition.info,
    options: Object.fromEntries(Object.entries(options)),
    start: (problem) => definition.run(problem, options),
  };
}

function isConfigured(value: unknown): value is ConfiguredAlgorithm {
  if (typeof value !== "object" || value === null) return false;
  const { info, start } = value as Partial<ConfiguredAlgorithm>;
  return typeof info?.name === "string" && typeof start === "function";
}
