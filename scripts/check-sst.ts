/**
 * Type-checks sst.config.ts, stacks/ and src/sst against SST's own types. Those come with `sst install`, from the npm registry alone and without an AWS
 * account; it takes a minute and is done once a version of SST.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
const platform = join(root, ".sst", "platform");

function isInstalled(): boolean {
  const wanted: string = JSON.parse(readFileSync(join(root, "node_modules/sst/package.json"), "utf8")).version;
  // config.d.ts is the last to be written.
  const files = ["version", "config.d.ts", "node_modules/@pulumi/aws/package.json", "../provider-lock.json"];
  if (!files.every((file) => existsSync(join(platform, file)))) return false;
  return readFileSync(join(platform, "version"), "utf8").trim() === wanted;
}

function run(command: string, args: readonly string[], environment: Readonly<Record<string, string>> = {}): void {
  const { status, error } = spawnSync(join(root, "node_modules/.bin", command), args, {
    cwd: root,
    env: { ...process.env, ...environment },
    stdio: ["ignore", "inherit", "inherit"],
  });
  if (error !== undefined) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

if (!isInstalled())
  run("sst", ["install", "--stage", "ci"], {
    SST_SKIP_DEPENDENCY_CHECK: "1",
    SST_NO_BUN: "1",
    SST_TELEMETRY_DISABLED: "1",
  });
run("tsc", ["-p", "tsconfig.sst.json"]);
console.log("sst.config.ts, stacks/ and src/sst fit SST's types.");
