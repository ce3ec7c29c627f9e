/** What driver and deployed function say to each other: JSON both ways, values inside as the codec packs them. */
import type { Packed } from "../transport/codec.ts";
import type { WireError } from "../transport/wire-error.ts";

/** Raised by any change that an older worker or driver would misread. */
export const PROTOCOL_VERSION = 5;

/** Code of the error with which a worker refuses an artifact that is not what its hash says. */
export const ARTIFACT_DAMAGED = "artifact-damaged";
/** Code of the error of a worker that could not download a stored artifact. A URL made anew may help. */
export const ARTIFACT_UNREACHABLE = "artifact-unreachable";
/** Code of the error with which a worker refuses an artifact that its function's list does not allow. */
export const ARTIFACT_NOT_ALLOWED = "artifact-not-allowed";

/** Codes of "unusable" that concern the way of the artifact and not the criterion: infrastructure failures of the driver. */
export const ARTIFACT_CODES: ReadonlySet<string | undefined> = new Set([
  ARTIFACT_DAMAGED,
  ARTIFACT_UNREACHABLE,
  ARTIFACT_NOT_ALLOWED,
]);

/** Where a part of an artifact can be downloaded. */
export interface StoredPart {
  /** Answers a GET with the part, brotli. Its query is a credential: it belongs into no message and no log. */
  readonly url: string;
  /** Size of the part, decompressed. */
  readonly bytes: number;
}

/** A part of an artifact: by its hash alone for a worker that has it. */
export interface RequestedPart {
  /** SHA-256 of the part, hex. */
  readonly hash: string;
  /** The part itself, brotli, base64: sent when the worker may not have it. */
  readonly inline?: string;
  /** In the place of `inline`, for a part that is larger than a request. */
  readonly stored?: StoredPart;
}

/** The parts of an artifact: encoded ArtifactContent, and encoded ArtifactData where that is large. */
export type PartName = "content" | "data";

/** Driver to worker. */
export interface WorkerRequest {
  readonly protocol: number;
  /** Version of the driver's fanopt, for messages. */
  readonly version: string;
  /** Its hash is the artifact's: it names the hash of the data. */
  readonly content: RequestedPart;
  /** For an artifact whose data is a part of its own. */
  readonly data?: RequestedPart;
  /** Arguments. */
  readonly tasks: readonly Packed[];
}

/** How one task ended. */
export type WorkerOutcome =
  | { readonly value: Packed; readonly milliseconds: number }
  | { readonly error: WireError; readonly milliseconds: number };

interface WorkerIdentity {
  readonly protocol: number;
  readonly version: string;
  /** Unique for each process of the function. */
  readonly worker: string;
  /** Invocations that this worker has answered, this one included: 1 is a cold start. */
  readonly invocation: number;
  /** The function's memory, for its price. */
  readonly memoryMB: number;
  readonly architecture: "x86_64" | "arm64";
}

/** Worker to driver. */
export type WorkerResponse = WorkerIdentity &
  /**
   * Of the first tasks, in order: at least of one, if there was any. The others were left for another invocation, for lack of time or because
   * an answer carries 6 MB.
   */
  (
    | {
        readonly kind: "outcomes";
        readonly outcomes: readonly WorkerOutcome[];
        /** Whether the data is still here, for an artifact with other code. It is not where there is none, nor where memory is short. */
        readonly keepsData: boolean;
      }
    /** Parts that are neither here nor in the request: send them. Nothing was evaluated. */
    | { readonly kind: "need"; readonly parts: readonly PartName[] }
    /** The driver speaks another protocol. Nothing was evaluated. */
    | { readonly kind: "mismatch" }
    /** The artifact did not arrive (`ARTIFACT_CODES`) or its module does not load. Nothing was evaluated. */
    | { readonly kind: "unusable"; readonly error: WireError }
  );
