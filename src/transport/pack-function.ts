/** What an executor of the user's own sends: functions, arguments and outcomes as bytes, for any queue, socket or file. */
import { isUint8Array } from "node:util/types";
import { InvalidInputError, show } from "../errors.ts";
import { buildArtifact } from "./artifact.ts";
import { decode, encode } from "./codec.ts";
import { type Portable, portableOf } from "./portable.ts";
import { fromWireError } from "./remote-error.ts";
import type { WireError } from "./wire-error.ts";

/** A function made ready to travel, with all that it refers to. */
export interface PackedFunction {
  /** SHA-256 of what is sent, hex: workers that have a function of this hash need not get it again. */
  readonly hash: string;
  /** For `loadFunction` on a worker. */
  readonly bytes: Uint8Array;
}

/** An artifact as one piece. */
export interface PackedArtifact {
  readonly content: Uint8Array;
  readonly data: Uint8Array | null;
}

/** First byte of an outcome: what follows. */
const KINDS = { value: 0, error: 1 } as const;

/** An encoded value or WireError as an outcome. */
export function outcomeOf(kind: keyof typeof KINDS, encoded: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(1 + encoded.byteLength);
  bytes[0] = KINDS[kind];
  bytes.set(encoded, 1);
  return bytes;
}

/** By description: the function of one batch is packed once, however many arguments it has. */
const packed = new WeakMap<Portable, Promise<PackedFunction>>();

/**
 * Packs a function that an executor was given by `executorBatchEvaluator`: the criterion, bundled, with the values that it captured at this moment.
 * Cheap to call for each argument: a function is packed once.
 *
 * @throws InvalidInputError for what is no function; SubmissionError where it, or what it captured, cannot be sent. Let the task reject with it:
 *   it ends the batch.
 */
export async function packFunction(fun: unknown): Promise<PackedFunction> {
  const portable = portableOf(fun);
  if (portable === undefined)
    throw new InvalidInputError(`packFunction: expected the function that is to run, received ${show(fun)}.`);
  const known = packed.get(portable);
  if (known !== undefined) return known;
  const packing = pack(portable);
  packed.set(portable, packing);
  packing.catch(() => packed.delete(portable));
  return packing;
}

async function pack(portable: Portable): Promise<PackedFunction> {
  const { hash, bytes, data } = await buildArtifact(portable);
  const artifact: PackedArtifact = { content: bytes, data: data?.bytes ?? null };
  return { hash, bytes: encode(artifact) };
}

/**
 * Packs an argument, bit by bit: NaN, −0 and typed arrays too. Holes of arrays come as undefined, properties of arrays beside
 * their items and properties that are not enumerable are left out, and frozen objects come unfrozen.
 *
 * @throws InvalidInputError that names the path to what cannot be sent.
 */
export function packArgument(arg: unknown): Uint8Array {
  return encode(arg, "the argument");
}

/**
 * Throws InvalidInputError for what is not the bytes that were given for it.
 *
 * @param where the function that takes them.
 * @param source the function that gave them.
 */
export function checkBytes(received: unknown, where: string, source: string): void {
  // Also those of another realm, such as test runners have.
  if (isUint8Array(received)) return;
  const isAround = isUint8Array((received as { bytes?: unknown } | null | undefined)?.bytes);
  throw new InvalidInputError(
    `${where}: expected the bytes (Uint8Array) that ${source} gave, received ${isAround ? "an object that has them as .bytes" : show(received)}. ` +
      "Where they travel as text or JSON, send them as base64.",
  );
}

/**
 * What a function that `loadFunction` made gave on a worker: returns what the criterion returned.
 *
 * @throws what the criterion threw: its name, message, code, causes, and its stack in the user's sources. InvalidInputError for what is no
 *   outcome, or a damaged one.
 */
export function unpackOutcome(outcome: Uint8Array): unknown {
  checkBytes(outcome, "unpackOutcome", "the function of loadFunction");
  const [kind] = outcome;
  if (kind !== KINDS.value && kind !== KINDS.error)
    throw new InvalidInputError(
      `Damaged outcome: its first byte must be ${KINDS.value} (a value) or ${KINDS.error} (an error), received ${show(kind)}.`,
    );
  const ended = decode(outcome.subarray(1));
  if (kind === KINDS.error) throw fromWireError(ended as WireError);
  return ended;
}
