import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { InfrastructureError } from "../../errors.ts";

/** The bundled handler that deployments upload and the embedded Lambda runs: one file, packed with the package. */
export function deployedHandlerFile(): string {
  const root = packageRoot(dirname(fileURLToPath(import.meta.url)));
  const file = join(root, "dist", "lambda", "evaluator.mjs");
  if (existsSync(file)) return file;
  throw new InfrastructureError(
    "handler-missing",
    `The evaluator's handler ${file} is missing. In a checkout of fanopt run npm run build; elsewhere install fanopt again.`,
  );
}

function packageRoot(folder: string): string {
  for (let at = folder; dirname(at) !== at; at = dirname(at)) {
    const manifest = join(at, "package.json");
    if (existsSync(manifest) && JSON.parse(readFileSync(manifest, "utf8")).name === "fanopt") return at;
  }
  throw new InfrastructureError(
    "package-root",
    `fanopt cannot find its own folder from ${folder}: it seems to be bundled into another file. Keep fanopt external when bundling a driver.`,
  );
}
