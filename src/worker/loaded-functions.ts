import type { WorkerFunction } from "./evaluate.ts";

/** A driver runs one problem at a time, several drivers may share a function. */
const MAX_KEPT = 16;
/** Part of the function's memory that artifacts kept may take: what they become, and the evaluation, needs the rest. */
const MAX_SHARE = 0.25;

interface Kept {
  readonly fun: Promise<WorkerFunction>;
  readonly bytes: number;
}

/** The functions of the artifacts used last, by hash. */
export class LoadedFunctions {
  readonly #kept = new Map<string, Kept>();

  /** The function, last in the order of use now; undefined when it is not here. */
  use(hash: string): Promise<WorkerFunction> | undefined {
    const known = this.#kept.get(hash);
    if (known === undefined) return undefined;
    this.#kept.delete(hash);
    this.#kept.set(hash, known);
    return known.fun;
  }

  /** Makes room for an artifact of so many bytes, loads it, and keeps it unless that fails. */
  load(hash: string, bytes: number, memoryMB: number, load: () => Promise<WorkerFunction>): Promise<WorkerFunction> {
    this.#makeRoom(bytes, memoryMB * 1e6 * MAX_SHARE);
    const kept = { fun: load(), bytes };
    this.#kept.set(hash, kept);
    kept.fun.catch(() => {
      if (this.#kept.get(hash) === kept) this.#kept.delete(hash);
    });
    return kept.fun;
  }

  #makeRoom(bytes: number, most: number): void {
    let total = bytes;
    for (const kept of this.#kept.values()) total += kept.bytes;
    for (const [hash, kept] of this.#kept) {
      if (this.#kept.size < MAX_KEPT && !(total > most)) return;
      this.#kept.delete(hash);
      total -= kept.bytes;
    }
  }
}
