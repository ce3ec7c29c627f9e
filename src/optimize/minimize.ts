import { randomBytes } from "node:crypto";
import { resolveAlgorithm } from "../algorithms/index.ts";
import type { ConfiguredAlgorithm } from "../algorithms/types.ts";
import { resolveNumdiff } from "../differentiation/index.ts";
import { InvalidInputError } from "../errors.ts";
import { resolveBatchEvaluator } from "../evaluation/resolve.ts";
import { throwIfAborted } from "../evaluation/until-settled.ts";
import { conversionOf } from "../problem/conversion.ts";
import { freeProblemOf } from "../problem/free-problem.ts";
import { apparentKindOf } from "../problem/function-kinds.ts";
import { internalFunOf } from "../problem/internal-fun.ts";
import { type ParamsShape, shapeOf } from "../problem/tree.ts";
import { resolveRunStore } from "../recording/store.ts";
import type { RunRecord } from "../recording/types.ts";
import { resolveProgress } from "../report/progress.ts";
import { isLoadingCriterion } from "../transport/load.ts";
import { VERSION } from "../version.ts";
import { checkMinimizeOptions, type MinimizeOptions } from "./options.ts";
import type { OptimizeResult } from "./result.ts";
import { executeRun } from "./run.ts";
import { rejectUnfit } from "./unfit.ts";

type Direction = "minimize" | "maximize";

/**
 * Minimises a criterion whose points are evaluated in batches, at the same time, by workers.
 *
 * @returns the best parameters, the history of every point, and how it ended; print it to read it.
 * @throws InvalidInputError for wrong options, before anything is evaluated, and for a criterion that is not finite at the start;
 *   CriterionError when the criterion fails at the start, or anywhere under `errorHandling: "raise"`, or its number of residuals changes;
 *   RunAbortedError (an AbortError) when the signal fires; RunFailedError when workers, network or store fail. The last three carry
 *   `partialResult`.
 * @example
 * const result = await minimize({
 *   fun: leastSquares((p) => data.map(({ x, y }) => p.a * Math.exp(-p.b * x) - y)),
 *   params: { a: 1, b: 1 },
 *   algorithm: "levenberg-marquardt",
 * });
 * console.log(result);
 */
export function minimize<P>(options: MinimizeOptions<P>): Promise<OptimizeResult<P>> {
  return optimize(options, "minimize");
}

/** Maximises a criterion: as `minimize`, with values and history in the criterion's own sign. Least squares cannot be maximised. */
export function maximize<P>(options: MinimizeOptions<P>): Promise<OptimizeResult<P>> {
  return optimize(options, "maximize");
}

async function optimize<P>(options: MinimizeOptions<P>, direction: Direction): Promise<OptimizeResult<P>> {
  if (isLoadingCriterion())
    throw new InvalidInputError(
      `${direction} was called while the module of a criterion was being loaded: each worker would start an optimization of its own. Keep the ` +
        `criterion in a module that does not call ${direction}, nor imports one that does.`,
    );
  checkMinimizeOptions(options, direction);
  const { fun, params, jac, funAndJac, errorHandling = "raise", signal } = options;
  const algorithm = resolveAlgorithm(options.algorithm);
  const batchEvaluator = resolveBatchEvaluator(options.batchEvaluator ?? "serial");
  const shape = shapeOf(params);
  const start = shape.flatten(params, "params");
  const free = freeProblemOf(options, shape);
  const { start: freeStart, soft, names } = free;
  const internalFun = internalFunOf({ fun, jac, funAndJac, direction, errorHandling }, shape, free);
  const conversion = conversionOf(free.conversion);
  const problem = {
    x0: conversion.scaled(freeStart),
    ...conversion.bounds,
    softLower: conversion.scaled(soft.lower),
    softUpper: conversion.scaled(soft.upper),
    names,
    hasJac: jac !== undefined || funAndJac !== undefined,
  };
  const numdiff = resolveNumdiff(options.numdiff, { params, shape, conversion });
  rejectUnfit(algorithm.info, apparentKindOf(fun), problem, direction);
  throwIfAborted(signal);
  const progress = resolveProgress(options.progress);
  const storeChoice = options.store ?? "memory";
  const store = resolveRunStore(storeChoice);
  try {
    return await executeRun({
      internalFun,
      batchEvaluator,
      errorHandling,
      signal,
      shape,
      conversion,
      nonlinear: free.nonlinear.map((one) => one.spec),
      algorithm,
      problem,
      numdiff,
      store,
      progress,
      isKept: storeChoice !== "memory",
      record: newRecord(options.runName ?? (fun.name || algorithm.info.name), direction, algorithm, shape, start),
      sign: direction === "maximize" ? -1 : 1,
      jacEvaluatesFun: jac === undefined && funAndJac !== undefined,
      maxFunEvals: options.maxFunEvals ?? Number.POSITIVE_INFINITY,
      maxTimeMs: (options.maxTime ?? Number.POSITIVE_INFINITY) * 1000,
      maxCost: options.maxCost ?? Number.POSITIVE_INFINITY,
    });
  } finally {
    // A store that was named or described was opened for this run; one that was given is its owner's to close.
    if (store !== storeChoice) await store[Symbol.asyncDispose]();
  }
}

function newRecord<P>(
  runName: string,
  direction: Direction,
  algorithm: ConfiguredAlgorithm,
  shape: ParamsShape<P>,
  startParams: Float64Array,
): RunRecord {
  const createdAt = Date.now();
  // Sortable by time, readable by people, unique across drivers.
  const stamp = new Date(createdAt).toISOString().replace(/[-:.]/g, "");
  return {
    runId: `${stamp}-${randomBytes(4).toString("hex")}`,
    runName,
    status: "running",
    direction,
    algorithm: algorithm.info.name,
    algorithmOptions: algorithm.options,
    createdAt,
    endedAt: null,
    paramNames: shape.names,
    startParams,
    version: VERSION,
    summary: null,
  };
}
