/**
 * Many values as bytes, exactly (see value-tree.ts), fast where they are plain (see value-stream.ts). Little-endian: uint32 number of values, of
 * numbers, of instructions, of bytes of the text · the numbers, float64 · the instructions, uint32 · the text, JSON in UTF-8: tables and trees;
 * none where there are none · zeros up to a multiple of 8 · the binary sections of the trees.
 */
import { InvalidInputError } from "../errors.ts";
import { align } from "./chunks.ts";
import { StreamReader } from "./stream-reader.ts";
import { StreamWriter } from "./stream-writer.ts";
import type { StreamTables } from "./value-stream.ts";
import { type Json, TreeReader, TreeWriter } from "./value-tree.ts";

const HEADER_BYTES = 16;

/** A value that is no plain one. */
interface Tree {
  readonly tree: Json;
  readonly binary: Uint8Array;
}

/** Keys, strings; each tree with the length of its binary section. */
type Text = readonly [StreamTables["keys"], StreamTables["strings"], readonly (readonly [Json, number])[]];

/** Writes a list of values. They share nothing: each is as it was when it was added. */
export class ListWriter {
  readonly #stream = new StreamWriter();
  readonly #trees: Tree[] = [];
  #length = 0;

  /** Values in it. */
  get length(): number {
    return this.#length;
  }

  /**
   * Adds a value.
   *
   * @throws InvalidInputError naming `what` and the path where it holds something that cannot be sent. The list is then as it was.
   */
  add(value: unknown, what: string): void {
    if (!this.#stream.write(value)) {
      const writer = new TreeWriter();
      const tree = writer.write(value, what);
      // Now: whoever made the value may use its arrays again.
      const binary = new Uint8Array(writer.binaryLength);
      writer.copyBinary(binary, 0);
      this.#stream.writeTree(this.#trees.push({ tree, binary }) - 1);
    }
    this.#length += 1;
  }

  /** The list, in a buffer of its own. Nothing can be added after it. */
  finish(): Uint8Array<ArrayBuffer> {
    const { numbers, instructions } = this.#stream;
    const text = this.#text();
    const textBytes = text === "" ? 0 : Buffer.byteLength(text);
    const instructionStart = HEADER_BYTES + numbers.byteLength;
    const textStart = instructionStart + instructions.byteLength;
    let end = textStart + textBytes;
    if (this.#trees.length > 0) end = align(end);
    const buffer = new ArrayBuffer(this.#trees.reduce((sum, { binary }) => sum + binary.byteLength, end));
    const words = new Uint32Array(buffer, 0, HEADER_BYTES / 4);
    words[0] = this.#length;
    words[1] = numbers.length;
    words[2] = instructions.length;
    words[3] = textBytes;
    new Float64Array(buffer, HEADER_BYTES, numbers.length).set(numbers);
    new Uint32Array(buffer, instructionStart, instructions.length).set(instructions);
    if (textBytes > 0) Buffer.from(buffer).write(text, textStart);
    const bytes = new Uint8Array(buffer);
    for (const { binary } of this.#trees) {
      bytes.set(binary, end);
      end += binary.byteLength;
    }
    return bytes;
  }

  #text(): string {
    const { keys, strings } = this.#stream.tables;
    if (keys.length === 0 && strings.length === 0 && this.#trees.length === 0) return "";
    const text: Text = [keys, strings, this.#trees.map(({ tree, binary }) => [tree, binary.byteLength] as const)];
    return JSON.stringify(text);
  }
}

/** Reads what a ListWriter wrote. Typed arrays have buffers of their own, also where `bytes` are in shared memory. Throws InvalidInputError on damaged bytes. */
export function readList(bytes: Uint8Array): unknown[] {
  try {
    return read(bytes);
  } catch (error) {
    if (error instanceof InvalidInputError) throw error;
    throw new InvalidInputError("Damaged list: it was changed on its way.", { cause: error });
  }
}

function read(given: Uint8Array): unknown[] {
  // Numbers can be looked at only where they begin at a multiple of 8.
  const bytes = given.byteOffset % 8 === 0 ? given : new Uint8Array(given);
  const { buffer, byteOffset, byteLength } = bytes;
  if (byteLength < HEADER_BYTES) throw cutShort(byteLength);
  const [length, numberCount, instructionCount, textBytes] = new Uint32Array(buffer, byteOffset, HEADER_BYTES / 4);
  const instructionStart = HEADER_BYTES + 8 * numberCount;
  const textStart = instructionStart + 4 * instructionCount;
  const textEnd = textStart + textBytes;
  if (textEnd > byteLength) throw cutShort(byteLength);
  const [keys, strings, trees] =
    textBytes === 0 ? NO_TEXT : textOf(Buffer.from(buffer, byteOffset + textStart, textBytes).toString());
  const sections = sectionsOf(trees, bytes, align(textEnd));
  const reader = new StreamReader(
    new Uint32Array(buffer, byteOffset + instructionStart, instructionCount),
    new Float64Array(buffer, byteOffset + HEADER_BYTES, numberCount),
    { keys, strings },
    (index) => new TreeReader(sections[index]).read(trees[index][0]),
  );
  const values: unknown[] = [];
  for (let i = 0; i < length; i++) values.push(reader.read());
  if (!reader.isAtEnd)
    throw new InvalidInputError("Damaged list: it holds more than its values; it was changed on its way.");
  return values;
}

const NO_TEXT: Text = [[], [], []];

function textOf(json: string): Text {
  const [keys, strings, trees] = JSON.parse(json) as Text;
  const areStrings = (list: readonly unknown[]) => list.every((one) => typeof one === "string");
  // Assigning to __proto__ would set the prototype.
  if (!areStrings(strings) || !keys.every((some) => areStrings(some) && !some.includes("__proto__")))
    throw new InvalidInputError("Damaged list: its text was changed on its way.");
  return [keys, strings, trees];
}

/** The binary section of each tree. */
function sectionsOf(trees: Text[2], bytes: Uint8Array, start: number): Uint8Array[] {
  let end = start;
  const sections = trees.map(([, length]) => {
    end += length;
    return bytes.subarray(end - length, end);
  });
  if (trees.length > 0 && end > bytes.byteLength) throw cutShort(bytes.byteLength);
  return sections;
}

function cutShort(length: number): InvalidInputError {
  return new InvalidInputError(`Damaged list: ${length} bytes are too few; it was cut short on its way.`);
}
