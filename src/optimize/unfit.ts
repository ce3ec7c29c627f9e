/** Problems that an algorithm does not take, refused with the names of those that do. */
import { algorithmsFor } from "../algorithms/index.ts";
import type { AlgorithmInfo, InternalProblem } from "../algorithms/types.ts";
import { InvalidInputError } from "../errors.ts";
import type { FunctionKind } from "../problem/function-kinds.ts";

type Direction = "minimize" | "maximize";

/**
 * Refuses what shows before the first evaluation.
 *
 * @param kind undefined: a module says it, which is loaded where it is evaluated. Then `rejectUnfitKind` tells at the start.
 * @throws InvalidInputError that names the algorithms to take instead.
 */
export function rejectUnfit(
  info: AlgorithmInfo,
  kind: FunctionKind | undefined,
  problem: InternalProblem,
  direction: Direction,
): void {
  if (kind !== undefined || direction === "maximize") rejectUnfitKind(info, kind ?? "scalar", problem, direction);
  if (isBounded(problem) && !info.supportsBounds)
    throw new InvalidInputError(
      `The algorithm ${info.name} takes no bounds, but parameters have some (constraints may have made them). Take ` +
        `${others(info, kind ?? "scalar", problem)}, or leave the bounds out.`,
    );
}

/** @throws InvalidInputError where the algorithm needs residuals and the criterion has none. */
export function rejectUnfitKind(
  info: AlgorithmInfo,
  kind: FunctionKind,
  problem: InternalProblem,
  direction: Direction,
): void {
  if (info.needs !== "least-squares" || kind === "least-squares") return;
  const instead = `take an algorithm for any criterion: ${others(info, kind, problem)}`;
  if (direction === "maximize")
    throw new InvalidInputError(`The algorithm ${info.name} minimises a sum of squares. To maximize ${instead}.`);
  throw new InvalidInputError(
    kind === "likelihood"
      ? `The algorithm ${info.name} needs residuals, but the criterion returns log-likelihood contributions; ${instead}, with maximize.`
      : `The algorithm ${info.name} needs residuals, and fun is not marked as returning them: write fun: leastSquares(f), where f returns the ` +
          `residuals, or ${instead}.`,
  );
}

function isBounded({ lower, upper }: InternalProblem): boolean {
  return lower.some(Number.isFinite) || upper.some(Number.isFinite);
}

function others({ name }: AlgorithmInfo, kind: FunctionKind, problem: InternalProblem): string {
  return algorithmsFor({ kind, isBounded: isBounded(problem) })
    .filter((other) => other !== name)
    .join(", ");
}
