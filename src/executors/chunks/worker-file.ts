import { existsSync } from "node:fs";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { InfrastructureError } from "../../errors.ts";

/**
 * A module that workers run: beside ours, in sources as in the built package.
 *
 * @param name its place relative to `base`, without the extension.
 * @param base the URL of the module that asks.
 */
export function workerFile(name: string, base: string): string {
  const file = fileBeside(name, base);
  if (file !== undefined && existsSync(file)) return file;
  throw new InfrastructureError(
    "worker-file-missing",
    `fanopt cannot find ${file ?? name}, which its workers run: it seems to be bundled into another file. Keep fanopt external when bundling ` +
      'a driver, or this runs inside a criterion, which workers get as a bundle: there only "serial" evaluates.',
  );
}

/** Undefined where a bundler has left no URL, or one of no file. */
function fileBeside(name: string, base: string): string | undefined {
  try {
    return fileURLToPath(new URL(name + extname(fileURLToPath(base)), base));
  } catch {
    return undefined;
  }
}

/** Flags of Node for a worker that runs this file: Node 22 warns of types that it strips. */
export function flagsFor(file: string): string[] {
  return extname(file) === ".ts" ? ["--disable-warning=ExperimentalWarning"] : [];
}
