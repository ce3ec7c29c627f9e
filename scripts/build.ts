/** Builds dist/: the library by tsc, the Lambda handler by esbuild. What is in dist/ is what `npm pack` packs. */
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";

const root = join(import.meta.dirname, "..");

rmSync(join(root, "dist"), { recursive: true, force: true });
const tsc = spawnSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", "tsconfig.build.json"], {
  cwd: root,
  stdio: "inherit",
});
if (tsc.status !== 0) process.exit(tsc.status ?? 1);

// One file without dependencies: the embedded Lambda runs it, and a deployment uploads the same. Errors are told by the names of their classes,
// so these are kept. The map holds places only: sources would make it three times as large, and it is read in a cold start.
await build({
  entryPoints: [join(root, "functions/evaluator.ts")],
  outfile: join(root, "dist/lambda/evaluator.mjs"),
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node22",
  minify: true,
  keepNames: true,
  sourcemap: "linked",
  sourcesContent: false,
  logLevel: "warning",
});
