/**
 * Doubles as bytes, little-endian on every machine. DynamoDB's own numbers are decimal with 38 digits and a narrower
 * range: NaN, ±Infinity and magnitudes from 1e126 on are refused, −0 becomes 0.
 */
export function encodeFloat64(values: ArrayLike<number>): Uint8Array {
  const bytes = new Uint8Array(8 * values.length);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < values.length; i++) view.setFloat64(8 * i, values[i], true);
  return bytes;
}

/** The doubles of `encodeFloat64`, or null when the number of bytes is not a multiple of 8. */
export function decodeFloat64(bytes: Uint8Array): Float64Array<ArrayBuffer> | null {
  if (bytes.byteLength % 8 !== 0) return null;
  const values = new Float64Array(bytes.byteLength / 8);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let i = 0; i < values.length; i++) values[i] = view.getFloat64(8 * i, true);
  return values;
}
