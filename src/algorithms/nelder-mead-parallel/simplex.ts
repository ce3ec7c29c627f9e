import { startSizes } from "../start-sizes.ts";
import type { InternalProblem } from "../types.ts";

/** A vertex of the simplex. */
export interface Vertex {
  readonly x: Float64Array;
  /** Infinity where the criterion failed or gave NaN. */
  readonly fun: number;
}

/** Coordinates that can move. */
export function freeCoordinates({ lower, upper }: InternalProblem): number[] {
  return Array.from(lower.keys()).filter((j) => lower[j] < upper[j]);
}

/** The other vertices of a right-angled simplex at x: one step along each free coordinate, away from a near bound. */
export function edges(problem: InternalProblem, x: Float64Array, relativeStep: number): Float64Array[] {
  const { x0, lower, upper } = problem;
  const scale = startSizes(x0);
  return freeCoordinates(problem).map((j) => {
    const step = Math.min(relativeStep * Math.max(Math.abs(x[j]), scale[j]), (upper[j] - lower[j]) / 2);
    const vertex = x.slice();
    vertex[j] = x[j] + step <= upper[j] ? x[j] + step : Math.max(lower[j], x[j] - step);
    return vertex;
  });
}

/** Best first; equal values keep their order. */
export function sortByValue(simplex: readonly Vertex[]): Vertex[] {
  return simplex.toSorted((a, b) => (a.fun === b.fun ? 0 : a.fun - b.fun));
}

export function centroid(vertices: readonly Vertex[]): Float64Array {
  return vertices[0].x.map((_, j) => vertices.reduce((sum, { x }) => sum + x[j] / vertices.length, 0));
}

/** a + share · (b − a), kept in the box. */
export function between(problem: InternalProblem, a: Float64Array, b: Float64Array, share: number): Float64Array {
  return a.map((value, j) => Math.min(problem.upper[j], Math.max(problem.lower[j], value + share * (b[j] - value))));
}

/** Largest difference of a parameter between the best vertex and another, relative to it (near zero, to its start). */
export function relativeSize(simplex: readonly Vertex[], scale: Float64Array): number {
  const [best, ...others] = simplex;
  let size = 0;
  for (const { x } of others)
    x.forEach((value, j) => {
      const reference = Math.max(Math.abs(best.x[j]), 1e-3 * scale[j]);
      size = Math.max(size, Math.abs(value - best.x[j]) / reference);
    });
  return size;
}

/** Whether some free coordinate is the same at all vertices: pressed flat by a bound, the simplex cannot leave it. */
export function isFlat(problem: InternalProblem, simplex: readonly Vertex[]): boolean {
  return freeCoordinates(problem).some((j) => simplex.every(({ x }) => x[j] === simplex[0].x[j]));
}
