/** Values on their way, exactly (see value-tree.ts): as bytes for artifacts, inside JSON for tasks and outcomes. */
import { InvalidInputError } from "../errors.ts";
import { align } from "./chunks.ts";
import { type Json, TreeReader, TreeWriter } from "./value-tree.ts";

/**
 * Encodes a value as bytes, little-endian: uint32 length of the JSON text · the JSON text (UTF-8) · zeros up to a multiple of 8 · binary
 * section. Throws InvalidInputError naming `what` and the path where it holds something that cannot be sent.
 */
export function encode(value: unknown, what = "value"): Uint8Array<ArrayBuffer> {
  return encodeBy(new TreeWriter(), value, what);
}

/**
 * As `encode`, but typed arrays and packed arrays of at least `largeBytes` bytes stand in `large`, null where there are none. `decode` takes both.
 */
export function encodeApart(
  value: unknown,
  largeBytes: number,
  what = "value",
): { readonly encoded: Uint8Array<ArrayBuffer>; readonly large: Uint8Array<ArrayBuffer> | null } {
  const writer = new TreeWriter({ largeBytes });
  return { encoded: encodeBy(writer, value, what), large: writer.largeSection() };
}

function encodeBy(writer: TreeWriter, value: unknown, what: string): Uint8Array<ArrayBuffer> {
  const json = new TextEncoder().encode(JSON.stringify(writer.write(value, what)));
  const binaryStart = align(4 + json.byteLength);
  const out = new Uint8Array(binaryStart + writer.binaryLength);
  new DataView(out.buffer).setUint32(0, json.byteLength, true);
  out.set(json, 4);
  writer.copyBinary(out, binaryStart);
  return out;
}

/**
 * Decodes what `encode` or `encodeApart` wrote. Typed arrays are copies with buffers of their own. Throws InvalidInputError on damaged bytes.
 */
export function decode(bytes: Uint8Array, large?: Uint8Array): unknown {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const jsonLength = bytes.byteLength < 4 ? Number.POSITIVE_INFINITY : view.getUint32(0, true);
  if (4 + jsonLength > bytes.byteLength)
    throw new InvalidInputError(`Damaged value: ${bytes.byteLength} bytes are too few; it was cut short on its way.`);
  const tree = parse(new TextDecoder().decode(bytes.subarray(4, 4 + jsonLength)));
  return new TreeReader(bytes.subarray(align(4 + jsonLength)), large).read(tree);
}

/** A value as a part of a JSON message. */
export interface Packed {
  readonly tree: Json;
  /** The binary section, base64; absent when it is empty. */
  readonly binary?: string;
}

/** As `encode`, for a JSON message. */
export function pack(value: unknown, what = "value"): Packed {
  const writer = new TreeWriter();
  const tree = writer.write(value, what);
  if (writer.binaryLength === 0) return { tree };
  const binary = Buffer.alloc(writer.binaryLength);
  writer.copyBinary(binary, 0);
  return { tree, binary: binary.toString("base64") };
}

/** Reads what `pack` wrote. */
export function unpack({ tree, binary = "" }: Packed): unknown {
  return new TreeReader(Buffer.from(binary, "base64")).read(tree);
}

/** What is deeper may fit on the stack here and not where it goes: there it would be lost. */
const MAX_DEPTH_OF_COPIES = 500;

/**
 * A copy of a value, as it would arrive elsewhere.
 *
 * @param remedy ends the sentence about what cannot be copied: "which …".
 * @throws InvalidInputError naming `what` and the path where it holds something that cannot be sent, or is nested deeper than 500.
 */
export function copyOf(value: unknown, what: string, remedy: string): unknown {
  const writer = new TreeWriter({ remedy, maxDepth: MAX_DEPTH_OF_COPIES });
  const tree = writer.write(value, what);
  const binary = new Uint8Array(writer.binaryLength);
  writer.copyBinary(binary, 0);
  return new TreeReader(binary).read(tree);
}

function parse(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    throw new InvalidInputError("Damaged value: its text was changed on its way.", { cause: error });
  }
}
