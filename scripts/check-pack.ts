/**
 * Packs the package, installs it into an empty project, and uses it there as its users do: a driver in plain JavaScript, the command
 * line, and a consumer that is compiled. What is missing in the package, or only works in this checkout, shows here.
 */
import { type SpawnSyncOptions, spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
const packed = join(root, "test", "packed");

/** Runs a command to its end, without input; returns its standard output. Ends this script when it fails. */
function run(command: string, args: readonly string[], options: SpawnSyncOptions): string {
  const { status, stdout, error } = spawnSync(command, args, {
    ...options,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (error !== undefined) throw error;
  if (status === 0) return stdout.toString();
  console.error(`${stdout}\n${command} ${args.join(" ")} ended with ${status}.`);
  throw new Error("The packed package does not work.");
}

function pack(folder: string): string {
  run("npm", ["pack", "--silent", "--pack-destination", folder], { cwd: root });
  const { name, version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  return join(folder, `${name}-${version}.tgz`);
}

/** An empty project with the package: its dependencies come from the registry, the optional peers do not. */
function createProject(folder: string, tarball: string): void {
  const { devDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const manifest = {
    private: true,
    type: "module",
    dependencies: { fanopt: `file:${tarball}` },
    devDependencies: { "@types/node": devDependencies["@types/node"] },
    allowScripts: { node: true },
  };
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
  for (const file of readdirSync(packed)) copyFileSync(join(packed, file), join(folder, file));
  run("npm", ["install", "--silent", "--no-audit", "--no-fund"], { cwd: folder });
}

function checkDriver(folder: string, node: string = process.execPath): void {
  const env: NodeJS.ProcessEnv = { ...process.env, FANOPT_LAMBDA: "local" };
  for (const name of ["FANOPT_FUNCTION", "FANOPT_TABLE", "FANOPT_ARTIFACTS"]) delete env[name];
  const output = run(node, ["driver.mjs"], { cwd: folder, env, timeout: 120_000 });
  console.log(`Driver: ${output.trim()}`);
}

/** Node 22, the oldest that is supported, from the registry. */
function checkOldestNode(folder: string): void {
  run("npm", ["install", "--silent", "--no-audit", "--no-fund", "node@22"], { cwd: folder });
  const node = join(folder, "node_modules", ".bin", "node");
  console.log(`Node.js ${run(node, ["--version"], { cwd: folder }).trim()}:`);
  checkDriver(folder, node);
  checkClosures(node);
}

/** The cases of closures that travel, from programs whose types this Node strips. */
function checkClosures(node: string): void {
  const vitest = join(root, "node_modules/vitest/vitest.mjs");
  const args = ["run", "--project", "integration", "test/integration/closures/stripped.test.ts"];
  run(process.execPath, [vitest, ...args], { cwd: root, env: { ...process.env, FANOPT_CASES_NODE: node } });
  console.log("Closures: as on the newest.");
}

/** The command as npm installed it, away from any account. */
function checkCommand(folder: string): void {
  const output = run("npx", ["--no-install", "fanopt", "doctor", "--local"], { cwd: folder, timeout: 120_000 });
  console.log(output.trim());
}

function checkTypes(folder: string): void {
  const compile = (...args: readonly string[]) => {
    const tsc = join(root, "node_modules/typescript/bin/tsc");
    const options = ["--strict", "--noEmit", "--module", "nodenext", "--target", "es2024", "--types", "node"];
    run(process.execPath, [tsc, ...options, ...args], { cwd: folder });
  };
  // The package's own declarations are checked too.
  compile("--lib", "es2024,esnext.disposable", "consumer.ts", "sst-consumer.ts");
  compile("--skipLibCheck", "plots-consumer.ts");
  console.log("Types: accepted and refused as they should be.");
}

const folder = mkdtempSync(join(tmpdir(), "fanopt-pack-"));
try {
  createProject(folder, pack(folder));
  checkDriver(folder);
  checkCommand(folder);
  checkTypes(folder);
  checkOldestNode(folder);
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}
