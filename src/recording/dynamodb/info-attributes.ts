import { type Json, TreeReader, TreeWriter } from "../../transport/value-tree.ts";
import type { Item, ItemReader } from "./attributes.ts";

/**
 * What a criterion returned beside its value: `info`, JSON as far as JSON can say it, for people and other languages; and `infoData`, what it
 * refers to: typed arrays and arrays of 8 numbers or more.
 */
export function infoAttributes(info: unknown): Item {
  const writer = new TreeWriter();
  const text: Item = { info: { S: JSON.stringify(writer.write(info, "info")) } };
  if (writer.binaryLength === 0) return text;
  const bytes = new Uint8Array(writer.binaryLength);
  writer.copyBinary(bytes, 0);
  return { ...text, infoData: { B: bytes } };
}

/** null where there is none. */
export function readInfo(read: ItemReader): unknown {
  if (read.optionalText("info") === null) return null;
  const tree = read.json("info") as Json;
  const data = read.optionalBytes("infoData") ?? new Uint8Array();
  return read.parsed("info", "a value as fanopt writes it, with infoData", () => new TreeReader(data).read(tree));
}
