import type { WorkerFunction } from "./evaluate.ts";

/** A driver runs one problem at a time, several drivers may share a function. */
const MAX_FUNCTIONS = 16;
/** Part of the worker's memory that all of it may take: the evaluation needs the rest. */
const MAX_SHARE = 0.25;

/** A function made from an artifact. */
export interface LoadedFunction {
  readonly fun: Promise<WorkerFunction>;
  /** Hash of the artifact's data where that is a part of its own. */
  readonly data: string | null;
}

/** What loading an artifact brought. */
export interface Loading {
  readonly fun: WorkerFunction;
  /** What the artifact takes, decoded. */
  readonly bytes: number;
  /** Its data part, if it has one. */
  readonly data: Uint8Array | null;
}

interface KeptFunction extends LoadedFunction {
  readonly kind: "function";
  bytes: number;
}

interface KeptData {
  readonly kind: "data";
  readonly part: Uint8Array;
  readonly bytes: number;
}

/**
 * What a worker has of the artifacts used last: their functions, and as they came the large data that functions were made with, for those with
 * other code. All of it takes a quarter of the memory, and the function used last whatever it takes.
 */
export class ArtifactCache {
  /** By hash, in the order of their last use. */
  readonly #kept = new Map<string, KeptFunction | KeptData>();
  readonly #most: number;

  constructor(memoryMB: number) {
    this.#most = memoryMB * 1e6 * MAX_SHARE;
  }

  /** The function of an artifact; undefined when it is not here. */
  function(hash: string): LoadedFunction | undefined {
    const kept = this.#use(hash);
    return kept?.kind === "function" ? kept : undefined;
  }

  /** A data part; undefined when it is not here. */
  data(hash: string): Uint8Array | undefined {
    const kept = this.#use(hash);
    return kept?.kind === "data" ? kept.part : undefined;
  }

  has(hash: string): boolean {
    return this.#kept.has(hash);
  }

  /**
   * Makes room for an artifact, loads it, and keeps it unless that fails.
   *
   * @param data hash of its data part, if it has one.
   * @param bytes what it takes, as far as that is known before.
   */
  load(hash: string, data: string | null, bytes: number, load: () => Promise<Loading>): LoadedFunction {
    this.#makeRoom(bytes);
    const fun = load().then((loaded) => {
      if (this.#kept.get(hash) === kept) {
        kept.bytes = loaded.bytes;
        this.#kept.delete(hash);
        this.#makeRoom(loaded.bytes);
        this.#kept.set(hash, kept);
      }
      if (data !== null && loaded.data !== null) this.#keepData(data, loaded.data);
      return loaded.fun;
    });
    const kept: KeptFunction = { kind: "function", fun, data, bytes };
    this.#kept.set(hash, kept);
    fun.catch(() => {
      if (this.#kept.get(hash) === kept) this.#kept.delete(hash);
    });
    return kept;
  }

  /** Keeps a data part if there is room for it beside the functions: they have decoded what they need of it. */
  #keepData(hash: string, part: Uint8Array): void {
    if (this.#kept.has(hash)) return;
    const { byteLength: bytes } = part;
    const others = [...this.#kept].reverse();
    let total = bytes;
    for (const [, kept] of others) if (kept.kind === "function") total += kept.bytes;
    if (total > this.#most) return;
    // The parts used last stay beside it.
    for (const [other, kept] of others) {
      if (kept.kind === "function") continue;
      total += kept.bytes;
      if (total > this.#most) this.#kept.delete(other);
    }
    this.#kept.set(hash, { kind: "data", part, bytes });
  }

  #use(hash: string): KeptFunction | KeptData | undefined {
    const known = this.#kept.get(hash);
    if (known === undefined) return undefined;
    this.#kept.delete(hash);
    this.#kept.set(hash, known);
    return known;
  }

  /** For a function of so many bytes: what was not used for longest goes. */
  #makeRoom(bytes: number): void {
    let total = bytes;
    let functions = 1;
    for (const kept of this.#kept.values()) {
      total += kept.bytes;
      if (kept.kind === "function") functions += 1;
    }
    for (const [hash, kept] of this.#kept) {
      const isTooMuch = total > this.#most;
      if (!isTooMuch && functions <= MAX_FUNCTIONS) return;
      if (!isTooMuch && kept.kind === "data") continue;
      this.#kept.delete(hash);
      total -= kept.bytes;
      if (kept.kind === "function") functions -= 1;
    }
  }
}
