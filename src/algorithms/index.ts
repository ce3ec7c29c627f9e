import { InvalidInputError, show } from "../errors.ts";
import { unknownName } from "../suggest.ts";
import { levenbergMarquardt } from "./levenberg-marquardt/levenberg-marquardt.ts";
import type { LevenbergMarquardtOptions } from "./levenberg-marquardt/options.ts";
import { nelderMeadParallel } from "./nelder-mead-parallel/nelder-mead-parallel.ts";
import type { NelderMeadParallelOptions } from "./nelder-mead-parallel/options.ts";
import type { AlgorithmDefinition, AlgorithmInfo, ConfiguredAlgorithm } from "./types.ts";

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

interface Entry {
  readonly info: AlgorithmInfo;
  /** With default options. */
  readonly configured: () => ConfiguredAlgorithm;
}

const entries: readonly Entry[] = [
  { info: levenbergMarquardt.info, configured: algorithms.levenbergMarquardt },
  { info: nelderMeadParallel.info, configured: algorithms.nelderMeadParallel },
];

const byName: ReadonlyMap<string, Entry> = new Map(entries.map((entry) => [entry.info.name, entry]));

/** A problem as far as algorithms differ in whether they take it. */
export interface ProblemTraits {
  /** What the criterion returns: a number, residuals, or contributions to a log-likelihood. */
  readonly kind: "scalar" | "least-squares" | "likelihood";
  /** Whether any internal parameter has a bound. */
  readonly isBounded: boolean;
}

/** Whether an algorithm takes a problem. */
function isFit({ needs, supportsBounds }: AlgorithmInfo, { kind, isBounded }: ProblemTraits): boolean {
  return (needs === "scalar" || needs === kind) && (supportsBounds || !isBounded);
}

/** Names of the algorithms that take a problem, in the order of the list. */
export function algorithmsFor(problem: ProblemTraits): string[] {
  return entries.filter(({ info }) => isFit(info, problem)).map(({ info }) => info.name);
}

/**
 * The algorithm that `algorithm: …` of minimize means: a kebab-case name (with default options), or one configured by
 * a function of `algorithms`.
 *
 * @throws InvalidInputError on an unknown name, suggesting the nearest, and on anything else.
 */
export function resolveAlgorithm(nameOrConfigured: string | ConfiguredAlgorithm): ConfiguredAlgorithm {
  if (typeof nameOrConfigured === "string") {
    const entry = byName.get(nameOrConfigured);
    if (entry !== undefined) return entry.configured();
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
