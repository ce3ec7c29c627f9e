import { InvalidInputError } from "../errors.ts";
import { History } from "./history.ts";
import { missingIndices, newestFirst, unknownRun } from "./reading.ts";
import type { HistoryRow, RunRecord, RunStore, RunWriter, StepRecord, StoredRun } from "./types.ts";

export interface MemoryStoreOptions {
  readonly kind: "memory";
  /**
   * How many runs are kept; the oldest is dropped for a new one.
   * @default 20
   */
  readonly maxRuns?: number;
}

/** What is kept of a run: points as columns, those that came too early as rows until the gap before them is filled. */
interface KeptRun {
  run: RunRecord;
  readonly steps: Map<number, StepRecord>;
  readonly history: History;
  readonly early: Map<number, HistoryRow>;
}

/** Keeps runs in the memory of this process. */
export function createMemoryStore(options: MemoryStoreOptions): RunStore {
  return new MemoryStore(options.maxRuns ?? 20);
}

class MemoryStore implements RunStore {
  readonly description = "the memory of this process";
  readonly #maxRuns: number;
  /** In order of creation. */
  readonly #runs = new Map<string, KeptRun>();

  constructor(maxRuns: number) {
    this.#maxRuns = maxRuns;
  }

  async createRun(run: RunRecord): Promise<RunWriter> {
    if (this.#runs.has(run.runId))
      throw new InvalidInputError(`Run ${run.runId} exists already in ${this.description}: run ids must be unique.`);
    const kept: KeptRun = { run, steps: new Map(), history: new History(run.paramNames), early: new Map() };
    this.#runs.set(run.runId, kept);
    for (const oldest of this.#runs.keys()) {
      if (this.#runs.size <= this.#maxRuns) break;
      this.#runs.delete(oldest);
    }
    return new MemoryWriter(kept, `run ${run.runId} in ${this.description}`);
  }

  async listRuns(): Promise<RunRecord[]> {
    return [...this.#runs.values()].map((kept) => kept.run).sort(newestFirst);
  }

  async readRun(runId: string): Promise<StoredRun> {
    const kept = this.#runs.get(runId);
    if (kept === undefined) throw unknownRun(runId, await this.listRuns(), this.description);
    const early = [...kept.early.values()].sort((a, b) => a.index - b.index);
    const points = [...kept.history, ...early];
    const indices = points.map((point) => point.index);
    return {
      run: kept.run,
      steps: [...kept.steps.values()].sort((a, b) => a.step - b.step),
      points,
      missing: missingIndices(indices, null),
      rawFunOmitted: [],
      infoOmitted: [],
    };
  }

  /** Nothing to release: runs stay readable for as long as the store itself is held. */
  async [Symbol.asyncDispose](): Promise<void> {}
}

class MemoryWriter implements RunWriter {
  readonly location: string;
  readonly #kept: KeptRun;

  constructor(kept: KeptRun, location: string) {
    this.#kept = kept;
    this.location = location;
  }

  async putStep(step: StepRecord): Promise<void> {
    this.#kept.steps.set(step.step, step);
  }

  addPoints(rows: readonly HistoryRow[]): void {
    const { history, early } = this.#kept;
    for (const row of rows) if (row.index >= history.length && !early.has(row.index)) early.set(row.index, row);
    for (let next = early.get(history.length); next !== undefined; next = early.get(history.length)) {
      early.delete(next.index);
      history.append(next);
    }
  }

  async flush(): Promise<void> {}

  async finish(...[status, summary]: Parameters<RunWriter["finish"]>): Promise<void> {
    this.#kept.run = { ...this.#kept.run, status, summary, endedAt: Date.now() };
  }
}
