/** Points that are under way for certain: they leave a file when they begin. */
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** An endless loop. */
export function spin(file: string): number {
  writeFileSync(file, "");
  for (;;);
}

/** A promise that never settles. */
export function hang(file: string): Promise<number> {
  writeFileSync(file, "");
  return new Promise(() => {});
}

/** An argument for each of two ranks. */
export function filesForTwo(): string[] {
  const { FANOPT_TEST_FOLDER: folder = "." } = process.env;
  return [join(folder, "1"), join(folder, "2")];
}

/** Resolves when all points have begun. */
export async function begun(files: readonly string[]): Promise<void> {
  while (!files.every((file) => existsSync(file))) await new Promise((resolve) => setTimeout(resolve, 20));
}
