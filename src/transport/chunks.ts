/** Bytes one after the other, each at a multiple of 8. */
export class Chunks {
  readonly #chunks: Uint8Array[] = [];
  length: number = 0;

  /** Returns where they begin. */
  add(bytes: Uint8Array): number {
    const offset = this.length;
    this.#chunks.push(bytes);
    this.length = align(offset + bytes.byteLength);
    return offset;
  }

  copy(target: Uint8Array, offset: number): void {
    let at = offset;
    for (const chunk of this.#chunks) {
      target.set(chunk, at);
      at = align(at + chunk.byteLength);
    }
  }
}

/** The next multiple of 8. */
export function align(offset: number): number {
  return Math.ceil(offset / 8) * 8;
}
