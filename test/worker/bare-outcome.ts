import type { Outcome } from "../../src/problem/outcome.ts";

/** Without what may differ between driver and worker: who, how long, and the bits of a NaN, which V8 leaves to the processor. */
export const bare = ({ historyEntry, ...rest }: Outcome): Outcome => {
  const outcome = structuredClone({ ...rest, historyEntry: { ...historyEntry, workerDuration: 0, worker: "" } });
  for (const array of float64ArraysIn(outcome))
    array.set(array.map((value) => (Number.isNaN(value) ? Number.NaN : value)));
  return outcome;
};

function float64ArraysIn(value: unknown): Float64Array[] {
  if (value instanceof Float64Array) return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(float64ArraysIn) : [];
}
