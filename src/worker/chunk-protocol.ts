/** What a driver and a worker of this machine, or of the same MPI job, say to each other. Values are lists of bytes (transport/list-codec.ts). */
import type { WireError } from "../transport/wire-error.ts";
import type { PartName } from "./protocol.ts";

/** A part of an artifact: by its hash alone for a worker that has it. */
export interface ChunkPart {
  /** SHA-256 of the part, hex. */
  readonly hash: string;
  /** The part; absent when the worker is taken to have it. */
  readonly bytes?: Uint8Array;
}

/** Driver to worker: tasks of one artifact, evaluated one after the other. */
export interface ChunkRequest {
  /** Its hash is the artifact's: it names the hash of the data. */
  readonly content: ChunkPart;
  /** For an artifact whose data is a part of its own. */
  readonly data?: ChunkPart;
  /** List of the arguments, at least one. */
  readonly args: Uint8Array;
  /** When so many milliseconds have passed no further task is begun; the first one is in any case. */
  readonly sliceMs: number;
}

/** An error of the criterion, at a task. */
export interface TaskError {
  readonly index: number;
  readonly error: WireError;
}

/** How the first tasks of a chunk ended: at least one. The others were left for another chunk, for lack of time. */
export interface ChunkOutcomes {
  readonly kind: "outcomes";
  /** Tasks that were evaluated. */
  readonly count: number;
  /** List of what those that succeeded returned, in order. */
  readonly values: Uint8Array;
  /** The others, in order. */
  readonly errors: readonly TaskError[];
  /** Of the evaluations, by the worker's clock. */
  readonly milliseconds: number;
}

/** Worker to driver. */
export type ChunkReply =
  | ChunkOutcomes
  /** Parts that are neither here nor in the request: send them. Nothing was evaluated. */
  | { readonly kind: "need"; readonly parts: readonly PartName[] }
  /** The artifact is damaged (`ARTIFACT_CODES`) or its module does not load. Nothing was evaluated. */
  | { readonly kind: "unusable"; readonly error: WireError };
