/** Messages between driver and ranks: a list of sections of bytes, large ones as messages of their own, so that they are copied by nobody. */

/** Tags. A section that travels apart follows its message under PART. */
export const TAGS = {
  /** Rank to driver: it is parked, and may be given chunks. */
  hello: 1,
  /** Driver to rank: a chunk. */
  request: 2,
  /** Rank to driver: the chunk's end. */
  reply: 3,
  /** Driver to rank: nobody waits for the chunk any more. */
  drop: 4,
  /** Driver to rank: artifacts are not needed any more. */
  forget: 5,
  /** Driver to rank: the program ends. */
  stop: 6,
  /** Rank to driver: it has stopped, nothing more comes. */
  bye: 7,
  /** Driver to rank: all have stopped. */
  fin: 8,
  part: 9,
} as const;

export type Tag = (typeof TAGS)[keyof typeof TAGS];

export interface Message {
  /** The rank that sent it. */
  readonly from: number;
  readonly tag: number;
  readonly sections: readonly Uint8Array[];
}

/** Sections from so many bytes on travel apart. */
const APART_BYTES = 65_536;
/** MPI counts in int32. */
const MAX_PIECE_BYTES: number = 2 ** 30;

const align = (bytes: number): number => (bytes + 7) & ~7;
const isApart = (bytes: number): boolean => bytes >= APART_BYTES;

/**
 * The message with the small sections, and the large ones in pieces. Layout, little-endian: uint32 sections · 4 zeros · float64 bytes of each ·
 * the small ones, each from a multiple of 8 on.
 *
 * @param mostBytes of a piece; the same on both sides.
 */
export function toPieces(
  sections: readonly Uint8Array[],
  mostBytes: number = MAX_PIECE_BYTES,
): { first: Uint8Array<ArrayBuffer>; others: Uint8Array[] } {
  let total = 8 + 8 * sections.length;
  for (const { byteLength } of sections) if (!isApart(byteLength)) total += align(byteLength);
  const first = new Uint8Array(total);
  const view = new DataView(first.buffer);
  view.setUint32(0, sections.length, true);
  const others: Uint8Array[] = [];
  let position = 8 + 8 * sections.length;
  for (const [i, section] of sections.entries()) {
    const { byteLength } = section;
    view.setFloat64(8 + 8 * i, byteLength, true);
    if (isApart(byteLength)) {
      for (let begin = 0; begin < byteLength; begin += mostBytes)
        others.push(section.subarray(begin, begin + mostBytes));
    } else {
      first.set(section, position);
      position += align(byteLength);
    }
  }
  return { first, others };
}

/** The sections again. `receive` fills the pieces of those that travelled apart, one after the other. */
export function fromPieces(
  first: Uint8Array<ArrayBuffer>,
  receive: (piece: Uint8Array) => void,
  mostBytes: number = MAX_PIECE_BYTES,
): Uint8Array[] {
  const view = new DataView(first.buffer, first.byteOffset, first.byteLength);
  const count = view.getUint32(0, true);
  let position = 8 + 8 * count;
  return Array.from({ length: count }, (_, i) => {
    const byteLength = view.getFloat64(8 + 8 * i, true);
    if (!isApart(byteLength)) {
      const section = first.subarray(position, position + byteLength);
      position += align(byteLength);
      return section;
    }
    // Not from Node's pool, which may be handed on, and without zeros, which would be written over.
    const section = Buffer.allocUnsafeSlow(byteLength);
    for (let begin = 0; begin < byteLength; begin += mostBytes) receive(section.subarray(begin, begin + mostBytes));
    return new Uint8Array(section.buffer, section.byteOffset, byteLength);
  });
}

/** Plain data as a section. */
export function jsonSection(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}

export function readJson(section: Uint8Array): unknown {
  return JSON.parse(Buffer.from(section.buffer, section.byteOffset, section.byteLength).toString());
}
