/** Source maps stay in the driver: workers send positions in bundled code, the driver knows where they are in the user's files. */
import { SourceMap } from "node:module";
import { capturedScript } from "./bundle/captured-script.ts";
import type { CapturedCode, CapturedModule, SourcePosition } from "./capture/captured-code.ts";
import { codeName } from "./content.ts";

interface CodeMap {
  readonly json: string;
  readonly captured: CapturedCode | null;
  map?: SourceMap;
}

/** By `codeName`. */
const maps = new Map<string, CodeMap>();

/** Keeps what is needed to tell the positions of bundled code: its source map, and the scripts from which functions were copied. */
export function rememberPositions(code: string, json: string, captured: CapturedCode | null): void {
  maps.set(codeName(code), { json, captured });
}

/** Where line and column, from 1, of bundled code are in the user's files; undefined where this process does not know. */
export function originalPosition(name: string, line: number, column: number): SourcePosition | undefined {
  const known = maps.get(name);
  if (known === undefined) return undefined;
  known.map ??= new SourceMap(JSON.parse(known.json));
  const entry = known.map.findEntry(line - 1, column - 1);
  if (!("originalSource" in entry) || !entry.originalSource) return undefined;
  const { originalSource, originalLine, originalColumn } = entry;
  const script = capturedScript(known.captured, originalSource);
  if (script !== undefined) return scriptPosition(script, originalLine, originalColumn);
  return { file: pathOf(originalSource), line: originalLine + 1, column: originalColumn + 1 };
}

/** The script may be compiled itself: its own map tells further. */
function scriptPosition(script: CapturedModule, line: number, column: number): SourcePosition {
  const lines = script.text.split("\n", line + 1);
  const offset = lines.slice(0, line).reduce((sum, text) => sum + text.length + 1, 0) + column;
  return script.originalPosition(offset) ?? { file: script.file, line: line + 1, column: column + 1 };
}

/** Sources in maps are URLs relative to the root, parentheses and percent signs escaped. */
function pathOf(source: string): string {
  const path = source.startsWith("/") ? source : `/${source}`;
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
