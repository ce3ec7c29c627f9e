import { copyFileSync, mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { FanoptError, InvalidInputError } from "../errors.ts";
import { VERSION } from "../version.ts";
import type { SstGlobals } from "./globals.ts";

declare const $cli: SstGlobals["$cli"];

/** The handler, and the map that leads its stack traces back to the sources. */
const FILES = ["evaluator.mjs", "evaluator.mjs.map"];

/**
 * A folder with the bundled evaluator: the very file that the embedded Lambda runs. It is a copy in .sst/, because SST writes a file of its
 * own into the folder that it uploads, and node_modules may be shared or read-only.
 */
export function evaluatorBundle(): string {
  const source = join(packageFolder(), "dist", "lambda");
  const target = join($cli.paths.work, "artifacts", "FanoptEvaluator-src");
  mkdirSync(target, { recursive: true });
  for (const file of FILES) copy(join(source, file), join(target, file));
  return target;
}

function copy(from: string, to: string): void {
  try {
    copyFileSync(from, to);
  } catch (error) {
    throw new FanoptError(
      "handler-missing",
      `The evaluator's bundle cannot be copied: ${(error as Error).message}. In a checkout of fanopt run npm run build; elsewhere install fanopt again.`,
      { cause: error },
    );
  }
}

/** This file is bundled into SST's own when it runs, and cannot tell where it came from: the package is looked up from the project. */
function packageFolder(): string {
  const { root } = $cli.paths;
  let manifest: string;
  try {
    manifest = createRequire(join(root, "sst.config.ts")).resolve("fanopt/package.json");
  } catch (error) {
    throw new InvalidInputError(`fanopt is not installed for ${root}: run npm install fanopt there.`, { cause: error });
  }
  const { version } = JSON.parse(readFileSync(manifest, "utf8"));
  if (version === VERSION) return dirname(manifest);
  throw new InvalidInputError(
    `Two versions of fanopt: sst.config.ts uses ${VERSION}, but ${dirname(manifest)} has ${version}. Install the same version for both.`,
  );
}
