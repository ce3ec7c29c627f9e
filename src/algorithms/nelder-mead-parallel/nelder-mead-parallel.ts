import { resolveOptions } from "../../option-schemas.ts";
import { startSizes } from "../start-sizes.ts";
import type { AlgorithmDefinition, Answer, InternalProblem, Request, Solution } from "../types.ts";
import { type NelderMeadParallelOptions, nelderMeadParallelDefaults, nelderMeadParallelSchemas } from "./options.ts";
import {
  between,
  centroid,
  edges,
  freeCoordinates,
  isFlat,
  relativeSize,
  sortByValue,
  type Vertex,
} from "./simplex.ts";

/**
 * The simplex method of Nelder and Mead (1965) that moves the P worst vertices in each iteration, in parallel:
 * Lee and Wiswall (2007), "A parallel implementation of the simplex function minimization routine", Computational
 * Economics 30:171–187. Each of the P vertices is reflected through the centroid of the others, then expanded or
 * contracted; when all P contractions fail, the simplex shrinks.
 *
 * Beyond the paper: with `speculative` both stages are evaluated at once (the same vertices result, in half the
 * rounds); with `restart` (and always where the bounds pressed the simplex flat) a new simplex, of which one vertex moves at a
 * time, is set up around the best vertex until it finds nothing better; points are kept in the box by moving each coordinate to its bound; NaN and failed points rank last. Up to
 * the first restart, without bounds and with finite values, the vertices are the paper's.
 */
export const nelderMeadParallel: AlgorithmDefinition<NelderMeadParallelOptions> = {
  info: {
    name: "nelder-mead-parallel",
    needs: "scalar",
    supportsBounds: true,
    needsDerivative: false,
    source:
      "Lee and Wiswall (2007), A parallel implementation of the simplex function minimization routine, Computational Economics 30:171–187",
  },
  run: minimize,
  defaults: nelderMeadParallelDefaults,
  resolveOptions: (given) =>
    resolveOptions("nelder-mead-parallel", nelderMeadParallelSchemas, nelderMeadParallelDefaults, given),
};

/** Below this relative size the vertices differ by rounding only. */
const roundingSize = 2 ** -50;

function* minimize(problem: InternalProblem, options: NelderMeadParallelOptions): Generator<Request, Solution, Answer> {
  const n = freeCoordinates(problem).length;
  let parallelism = Math.min(n, options.parallelism ?? Math.ceil(n / 2));
  const scale = startSizes(problem.x0);
  // Speculation may evaluate a better point than the paper's rules take: taking it would spoil the simplex (on the Moré–Garbow–Hillstrom
  // problems it costs 1.7 times the rounds), but the next simplex is set up around it, and it is what is returned.
  let bestOfAll: Vertex = { x: problem.x0, fun: Number.POSITIVE_INFINITY };
  const evaluate: Evaluate = function* (xs) {
    const vertices = yield* evaluateOnce(xs);
    for (const vertex of vertices) if (vertex.fun < bestOfAll.fun) bestOfAll = vertex;
    return vertices;
  };
  let simplex = sortByValue(yield* evaluate([problem.x0, ...edges(problem, problem.x0, options.initialStep)]));
  let freshSpread = finiteSpread(simplex);
  let beforeRestart = Number.POSITIVE_INFINITY;
  for (let nIterations = 0; ; nIterations++) {
    const [best] = simplex;
    const end = (success: boolean, message: string): Solution => ({ ...bestOfAll, success, message, nIterations });
    if (n === 0) return end(Number.isFinite(best.fun), "Every parameter is fixed by its bounds: nothing to minimise.");
    if (best.fun === Number.NEGATIVE_INFINITY) return end(false, "Not converged: the criterion is -Infinity here.");
    const size = relativeSize(simplex, scale);
    const spread = simplex[n].fun - best.fun;
    const allowed = options.funTolerance * Math.max(Math.abs(best.fun), freshSpread);
    const isSmall = size <= Math.max(options.simplexTolerance, roundingSize);
    if (isSmall && spread <= allowed) {
      const isVerified = beforeRestart - bestOfAll.fun <= allowed;
      if (isVerified || (!options.restart && !isFlat(problem, simplex)))
        return end(true, converged(options, size, spread, isVerified));
      beforeRestart = bestOfAll.fun;
      parallelism = 1;
      simplex = sortByValue([bestOfAll, ...(yield* evaluate(edges(problem, bestOfAll.x, options.initialStep)))]);
      freshSpread = finiteSpread(simplex);
      continue;
    }
    if (size <= roundingSize) return end(false, collapsed(best, spread));
    if (nIterations >= options.maxIterations)
      return end(
        false,
        `Not converged: maxIterations ${options.maxIterations} reached; the vertices still differ by ${size.toExponential(1)} of a parameter.`,
      );
    simplex = sortByValue(yield* iterate(problem, options, simplex, parallelism, evaluate));
  }
}

function finiteSpread(simplex: readonly Vertex[]): number {
  const finite = simplex.filter(({ fun }) => Number.isFinite(fun)).map(({ fun }) => fun);
  return finite.length > 0 ? Math.max(...finite) - Math.min(...finite) : 0;
}

function converged(options: NelderMeadParallelOptions, size: number, spread: number, isVerified: boolean): string {
  const measured = `the vertices differ by at most ${size.toExponential(1)} of a parameter (simplexTolerance ${options.simplexTolerance}) and by ${spread.toExponential(1)} in value`;
  return isVerified
    ? `Converged: ${measured}; a new simplex around the best vertex found nothing better.`
    : `Converged: ${measured}. This does not prove a minimum: a simplex can collapse elsewhere.`;
}

function collapsed(best: Vertex, spread: number): string {
  return best.fun === Number.POSITIVE_INFINITY
    ? "Not converged: no point with a finite value was found around the start."
    : `Not converged: the simplex has collapsed to rounding, with values that still differ by ${spread.toExponential(1)}: the criterion jumps, or is not finite, next to this point.`;
}

type Stage = "expansion" | "outside" | "inside";

/** One iteration on a sorted simplex: the P worst vertices moved, or all but the best shrunk. */
function* iterate(
  problem: InternalProblem,
  options: NelderMeadParallelOptions,
  simplex: readonly Vertex[],
  parallelism: number,
  evaluate: Evaluate,
): Generator<Request, Vertex[], Answer> {
  const [best] = simplex;
  const kept = simplex.slice(0, simplex.length - parallelism);
  const worst = simplex.slice(-parallelism);
  const middle = centroid(kept);
  const reflections = worst.map(({ x }) => between(problem, middle, x, -options.alpha));
  const stagePoint = (stage: Stage, k: number): Float64Array => {
    if (stage === "expansion") return between(problem, middle, reflections[k], options.gamma);
    return between(problem, middle, stage === "outside" ? reflections[k] : worst[k].x, options.beta);
  };
  const stages = ["expansion", "outside", "inside"] as const;
  let reflected: Vertex[];
  let second: (Vertex | null)[];
  const chosen = (values: readonly Vertex[]) =>
    values.map(({ fun }, k) => secondStage(fun, best, simplex[simplex.length - parallelism + k - 1], worst[k]));
  if (options.speculative) {
    const all = yield* evaluate([
      ...reflections,
      ...stages.flatMap((stage) => worst.map((_, k) => stagePoint(stage, k))),
    ]);
    reflected = all.slice(0, parallelism);
    second = chosen(reflected).map((stage, k) =>
      stage === null ? null : all[parallelism * (1 + stages.indexOf(stage)) + k],
    );
  } else {
    reflected = yield* evaluate(reflections);
    const wanted = chosen(reflected).map((stage, k) => (stage === null ? null : stagePoint(stage, k)));
    const evaluated = yield* evaluate(wanted.filter((x) => x !== null));
    second = wanted.map((x) => (x === null ? null : (evaluated.shift() ?? null)));
  }
  const moved = worst.map((vertex, k) => settle(vertex, reflected[k], second[k], best));
  if (moved.some(({ improved }) => improved)) return [...kept, ...moved.map(({ vertex }) => vertex)];
  const shrunk = [...kept.slice(1), ...moved.map(({ vertex }) => vertex)];
  return [best, ...(yield* evaluate(shrunk.map(({ x }) => between(problem, best.x, x, 1 - options.tau))))];
}

/** What is tried after a reflection with value `fun`; null when the reflection is taken as it is. */
function secondStage(fun: number, best: Vertex, nextWorst: Vertex, vertex: Vertex): Stage | null {
  if (fun < best.fun) return "expansion";
  if (fun < nextWorst.fun) return null;
  return fun < vertex.fun ? "outside" : "inside";
}

/** The vertex that takes the place of an old one; not `improved` when its contraction failed. */
function settle(
  old: Vertex,
  reflected: Vertex,
  second: Vertex | null,
  best: Vertex,
): { vertex: Vertex; improved: boolean } {
  if (second === null) return { vertex: reflected, improved: true };
  if (reflected.fun < best.fun) return { vertex: second.fun < best.fun ? second : reflected, improved: true };
  const better = reflected.fun < old.fun ? reflected : old;
  return second.fun < better.fun ? { vertex: second, improved: true } : { vertex: better, improved: false };
}

/** Evaluates points in one batch, each different x once; no batch for no points. */
type Evaluate = (xs: readonly Float64Array[]) => Generator<Request, Vertex[], Answer>;

function* evaluateOnce(xs: readonly Float64Array[]): Generator<Request, Vertex[], Answer> {
  const different: Float64Array[] = [];
  const positions = xs.map((x) => {
    const known = different.findIndex((other) => other.every((value, j) => Object.is(value, x[j])));
    return known >= 0 ? known : different.push(x) - 1;
  });
  if (different.length === 0) return [];
  const answers = yield { points: different.map((x) => ({ x, want: "fun" }) as const) };
  return positions.map((position) => {
    const { fun, failed } = answers[position];
    return { x: different[position], fun: failed || Number.isNaN(fun) ? Number.POSITIVE_INFINITY : fun };
  });
}
