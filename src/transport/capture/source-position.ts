/** Positions in a script, and in the file it was made from. */
import { readFileSync } from "node:fs";
import { SourceMap, type SourceMapPayload } from "node:module";
import { dirname, isAbsolute, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { SourcePosition } from "./captured-code.ts";
import type { ScriptSource } from "./function-code.ts";
import { loaderPosition } from "./loader-position.ts";

/** As V8 counts lines. */
const LINE_END = /\r\n|[\n\r\u2028\u2029]/g;

/** The lines of a text. Lines and columns from 0, columns in UTF-16 units. */
export class Lines {
  /** The offset of each line's begin. */
  readonly #starts: readonly number[];

  constructor(text: string) {
    this.#starts = [0, ...Array.from(text.matchAll(LINE_END), (match) => match.index + match[0].length)];
  }

  offset(line: number, column: number): number {
    return (this.#starts[line] ?? Number.NaN) + column;
  }

  position(offset: number): { line: number; column: number } {
    let line = this.#starts.length - 1;
    while (line > 0 && this.#starts[line] > offset) line -= 1;
    return { line, column: offset - this.#starts[line] };
  }
}

/** The file of a script: of a file: URL or an absolute path; "" where it has none. */
export function fileOf(url: string): string {
  const plain = url.replace(/[?#].*$/s, "");
  if (isAbsolute(plain)) return plain;
  if (!plain.startsWith("file:")) return "";
  try {
    return fileURLToPath(plain);
  } catch {
    return "";
  }
}

/** What a script's positions are in the files it was made from. */
export class OriginalPositions {
  readonly #source: ScriptSource;
  /** The folder that relative names in the map mean. */
  readonly #folder: string;
  readonly #map: SourceMap | null;

  constructor(source: ScriptSource) {
    this.#source = source;
    const file = fileOf(source.url);
    const mapFile = mapFileOf(source.sourceMapURL, file);
    this.#folder = dirname(mapFile || file || resolve("x"));
    this.#map = readMap(source.sourceMapURL, mapFile);
  }

  /** @param position in the script's text, from 0. */
  of(position: { line: number; column: number }): SourcePosition {
    // As V8 counts, so is the map: without the wrapper that a loader put before the text.
    const line = Math.max(0, position.line + this.#source.startLine);
    const column = Math.max(0, position.column + (position.line === 0 ? this.#source.startColumn : 0));
    const entry = this.#map?.findEntry(line, column);
    if (entry !== undefined && "originalSource" in entry && entry.originalSource !== undefined)
      return {
        file: this.#fileOf(entry.originalSource),
        line: entry.originalLine + 1,
        column: entry.originalColumn + 1,
      };
    const file = fileOf(this.#source.url);
    const ofLoader = this.#map === null && file !== "" ? loaderPosition(file, line + 1, column + 1) : null;
    return ofLoader ?? { file: file || this.#source.url, line: line + 1, column: column + 1 };
  }

  #fileOf(source: string): string {
    const file = fileOf(source);
    if (file !== "") return file;
    if (/^[a-z][\w+.-]+:/i.test(source)) return source;
    const root = this.#map?.payload.sourceRoot ?? "";
    return resolve(this.#folder, fileOf(root) || root, source);
  }
}

function mapFileOf(sourceMapURL: string, file: string): string {
  if (sourceMapURL === "" || sourceMapURL.startsWith("data:")) return "";
  const mapFile = fileOf(sourceMapURL);
  if (mapFile !== "" || file === "") return mapFile;
  return resolve(dirname(file), decodeURIComponent(sourceMapURL));
}

/** null where there is none, or none that can be read: then the script's own positions must do. */
function readMap(sourceMapURL: string, mapFile: string): SourceMap | null {
  try {
    if (mapFile !== "") return new SourceMap(JSON.parse(readFileSync(mapFile, "utf8")) as SourceMapPayload);
    const [, isBase64, data] = /^data:[^,]*?(;base64)?,(.*)$/s.exec(sourceMapURL) ?? [];
    if (data === undefined) return null;
    const json = isBase64 ? Buffer.from(data, "base64").toString() : decodeURIComponent(data);
    return new SourceMap(JSON.parse(json) as SourceMapPayload);
  } catch {
    return null;
  }
}
