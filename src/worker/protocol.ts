/** What driver and deployed function say to each other: JSON both ways, values inside as the codec packs them. */
import type { Packed } from "../transport/codec.ts";
import type { WireError } from "../transport/wire-error.ts";

/** Raised by any change that an older worker or driver would misread. */
export const PROTOCOL_VERSION = 1;

/** Code of the error with which a worker refuses an artifact that is not what its hash says. */
export const ARTIFACT_DAMAGED = "artifact-damaged";

/** Driver to worker. */
export interface WorkerRequest {
  readonly protocol: number;
  /** Version of the driver's fanopt, for messages. */
  readonly version: string;
  /** Content hash of the artifact. */
  readonly artifact: string;
  /** The artifact itself, brotli, base64: sent when the worker may not have it. */
  readonly inline?: string;
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
}

/** Worker to driver. */
export type WorkerResponse = WorkerIdentity &
  (
    | { readonly kind: "outcomes"; readonly outcomes: readonly WorkerOutcome[] }
    /** The artifact is not here: send it inline. Nothing was evaluated. */
    | { readonly kind: "need" }
    /** The driver speaks another protocol. Nothing was evaluated. */
    | { readonly kind: "mismatch" }
    /** The artifact is damaged or its module does not load. Nothing was evaluated. */
    | { readonly kind: "unusable"; readonly error: WireError }
  );
