import type { CapturedCode, CapturedModule } from "../capture/captured-code.ts";

const NAME = "fanopt-captured-script-";

/** What a script's text is called in the bundle's source map. */
export function scriptName(index: number): string {
  return `${NAME}${index}`;
}

/** The script that a source of the bundle's map stands for; undefined for files. */
export function capturedScript(code: CapturedCode | null, source: string): CapturedModule | undefined {
  const index = source.lastIndexOf(NAME);
  return index < 0 ? undefined : code?.modules[Number(source.slice(index + NAME.length))];
}
