/** The criterion that the doctor has evaluated: bundled and sent like a user's. */

/** What comes back: a value to check, and where it was computed. */
export interface ProbeAnswer {
  readonly sumOfSquares: number;
  readonly node: string;
  readonly architecture: string;
}

export function probe(point: Float64Array): ProbeAnswer {
  let sumOfSquares = 0;
  for (const value of point) sumOfSquares += value * value;
  return { sumOfSquares, node: process.versions.node, architecture: process.arch };
}
