import { InvalidInputError, show } from "../errors.ts";
import { rejectUnknownKeys } from "../suggest.ts";
import { History } from "./history.ts";
import { describeMissing } from "./reading.ts";
import { type RunStoreChoice, resolveRunStore } from "./store.ts";
import type { RunRecord, RunStore, StoredRun } from "./types.ts";

/** A run read back: what is known of it, its steps, and its points as a history. */
export interface OpenedRun extends Omit<StoredRun, "points"> {
  /** Columns of its points; with holes in `history.index` where `missing` says so. */
  readonly history: History;
  /** One sentence when points are missing, and why they may be; else null. */
  readonly warning: string | null;
}

export interface OpenRunOptions {
  /**
   * Where the run is kept.
   * @default "memory": the runs of this process
   */
  readonly store?: RunStoreChoice;
}

/**
 * Reads a run back from its store. A run that is still being written can be opened too.
 *
 * ```ts
 * const { run, history } = await openRun(runId, { store: "local" });
 * ```
 * @throws InvalidInputError when there is no such run; the message names the nearest id and the newest runs
 * @throws InfrastructureError when the store cannot be read
 */
export async function openRun(runId: string, options: OpenRunOptions = {}): Promise<OpenedRun> {
  if (typeof runId !== "string")
    throw new InvalidInputError(`openRun: expected the id of a run as a string, got ${show(runId)}.`);
  rejectUnknownKeys(options, ["store"], "openRun");
  const { points, ...stored } = await withStore(options, (store) => store.readRun(runId));
  const history = History.from(stored.run.paramNames, points);
  return { ...stored, history, warning: describeMissing({ ...stored, points }) };
}

/**
 * The runs of a store, newest first.
 * @throws InfrastructureError when the store cannot be read
 */
export async function listRuns(options: OpenRunOptions = {}): Promise<RunRecord[]> {
  rejectUnknownKeys(options, ["store"], "listRuns");
  return await withStore(options, (store) => store.listRuns());
}

/** Disposes the store afterwards unless the caller brought it. */
async function withStore<T>(
  { store: choice = "memory" }: OpenRunOptions,
  use: (store: RunStore) => Promise<T>,
): Promise<T> {
  const store = resolveRunStore(choice);
  try {
    return await use(store);
  } finally {
    if (store !== choice) await store[Symbol.asyncDispose]();
  }
}
