import { InvalidInputError, show } from "../errors.ts";
import { nearest } from "../suggest.ts";
import type { RunRecord, StoredRun } from "./types.ts";

/**
 * The indices below `nPoints`, or below the highest of `indices`, that are not among `indices`.
 * @param indices ascending, without repetition
 * @param nPoints how many points the run says it wrote; null while it runs
 */
export function missingIndices(indices: Iterable<number>, nPoints: number | null): number[] {
  const missing: number[] = [];
  let next = 0;
  for (const index of indices) {
    for (; next < index; next++) missing.push(next);
    next = index + 1;
  }
  for (; next < (nPoints ?? 0); next++) missing.push(next);
  return missing;
}

/** One sentence about the missing points of a run and why they may be missing; null when none is. */
export function describeMissing(stored: Pick<StoredRun, "run" | "points" | "missing">): string | null {
  const { run, points, missing } = stored;
  if (missing.length === 0) return null;
  const why =
    run.status === "running"
      ? "the run is still being written, or its driver ended before they were"
      : `the run ended as "${run.status}" with all points written, so they were deleted since (by hand, or by the table's time to live)`;
  const total = points.length + missing.length;
  return `Run ${run.runId} lacks ${missing.length} of its ${total} points (index ${ranges(missing)}): ${why}.`;
}

/** Newest first; run ids break ties, as they sort by start time. */
export function newestFirst(a: RunRecord, b: RunRecord): number {
  return b.createdAt - a.createdAt || (a.runId < b.runId ? 1 : -1);
}

/** @param known the store's runs, newest first */
export function unknownRun(runId: string, known: readonly RunRecord[], where: string): InvalidInputError {
  if (known.length === 0)
    return new InvalidInputError(
      `There is no run ${show(runId)} in ${where}: it holds no runs at all. Was another store (or path, table, region) meant?`,
    );
  const ids = known.map((run) => run.runId);
  const suggestion = nearest(runId, ids);
  const hint = suggestion === undefined ? "" : ` Did you mean ${suggestion}?`;
  const newest = known.slice(0, 5).map((run) => (run.runName === "" ? run.runId : `${run.runId} (${run.runName})`));
  return new InvalidInputError(
    `There is no run ${show(runId)} in ${where}.${hint} The newest of its ${known.length}: ${newest.join(", ")}.`,
  );
}

/** "0–2, 7, 9–12", at most six ranges. */
function ranges(ascending: readonly number[]): string {
  const parts: string[] = [];
  for (let i = 0; i < ascending.length; ) {
    let end = i;
    while (end + 1 < ascending.length && ascending[end + 1] === ascending[end] + 1) end++;
    if (parts.length === 6) return `${parts.join(", ")}, …`;
    parts.push(end === i ? `${ascending[i]}` : `${ascending[i]}–${ascending[end]}`);
    i = end + 1;
  }
  return parts.join(", ");
}
