import type { AttributeValue } from "@aws-sdk/client-dynamodb";

/** DynamoDB's limit for one item, names of attributes included. */
export const maxItemBytes: number = 400 * 1024;

/**
 * Size of an item in bytes, never below what DynamoDB counts.
 * Source: DynamoDB Developer Guide, "DynamoDB item sizes and formats".
 */
export function itemBytes(item: Readonly<Record<string, AttributeValue>>): number {
  let bytes = 0;
  for (const [name, value] of Object.entries(item)) bytes += Buffer.byteLength(name) + valueBytes(value);
  return bytes;
}

function valueBytes(value: AttributeValue): number {
  if (value.S !== undefined) return Buffer.byteLength(value.S);
  if (value.B !== undefined) return value.B.byteLength;
  // A number takes at most 21 bytes: a byte for two of its 38 digits, one for its scale, one for its sign.
  if (value.N !== undefined) return 21;
  if (value.M !== undefined) return 3 + Object.keys(value.M).length + itemBytes(value.M);
  return 1;
}
