/** A user's project: an sst.config.ts, and this package in node_modules as `npm install` puts it there. `sst deploy` runs in it for real. */
import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { unzipSync } from "fflate";
import type { FakeAws } from "./fake-aws.ts";
import type { DeploymentWithBundle } from "./resources.ts";

const root = join(import.meta.dirname, "..", "..");

export interface SstProject extends Disposable {
  readonly folder: string;
  /** Runs `sst deploy` to its end. Rejects, with what SST printed, when it fails. */
  deploy(config: string, stage: string): Promise<DeploymentWithBundle>;
  /** Runs a command by `sst shell`; gives what it printed. */
  shell(stage: string, ...command: readonly string[]): Promise<string>;
}

export function createSstProject(aws: FakeAws): SstProject {
  if (!existsSync(join(root, ".sst", "platform", "config.d.ts")))
    throw new Error("SST's components are not there: run npm run check:sst first, it fetches them.");
  const folder = mkdtempSync(join(tmpdir(), "fanopt-deploy-"));
  const home = join(folder, "home");
  installPulumi(home);
  mkdirSync(join(folder, ".sst"));
  // What `sst install` has fetched for this checkout.
  symlinkSync(join(root, ".sst", "platform"), join(folder, ".sst", "platform"));
  cpSync(join(root, ".sst", "provider-lock.json"), join(folder, ".sst", "provider-lock.json"));
  const installed = join(folder, "node_modules", "fanopt");
  mkdirSync(installed, { recursive: true });
  for (const part of ["dist", "package.json"]) cpSync(join(root, part), join(installed, part), { recursive: true });
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));

  const record = join(folder, "record.json");
  const environment = {
    ...aws.environment,
    HOME: home,
    PATH: [dirname(process.execPath), process.env.PATH].join(":"),
    SST_SKIP_DEPENDENCY_CHECK: "1",
    SST_NO_BUN: "1",
    // Pulumi's AWS package is large: to compile it takes most of a deployment here.
    NODE_COMPILE_CACHE: join(home, "compile-cache"),
    SST_TELEMETRY_DISABLED: "1",
    FANOPT_DEPLOY_RECORD: record,
  };

  return {
    folder,
    async deploy(config, stage) {
      rmSync(record, { force: true });
      writeFileSync(join(folder, "sst.config.ts"), config);
      await sst(folder, environment, "deploy", "--stage", stage, "--print-logs");
      const bundle = unzipSync(readFileSync(join(folder, ".sst", "artifacts", "FanoptEvaluator", "code.zip")));
      return { ...JSON.parse(readFileSync(record, "utf8")), bundle };
    },
    shell: (stage, ...command) => sst(folder, environment, "shell", "--stage", stage, "--", ...command),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }),
  };
}

/** Where SST keeps the `pulumi` that it downloads otherwise. */
function installPulumi(home: string): void {
  const bin = join(home, ".config", "sst", "bin");
  mkdirSync(bin, { recursive: true });
  const standIn = join(import.meta.dirname, "pulumi.ts");
  writeFileSync(join(bin, "pulumi"), `#!/bin/sh\nexec "${process.execPath}" "${standIn}" "$@"\n`, { mode: 0o755 });
}

function sst(cwd: string, environment: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { cwd, env: environment, timeout: 90_000 };
    execFile(join(root, "node_modules/.bin/sst"), args, options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`sst ${args.join(" ")} failed:\n${stdout}\n${stderr}`, { cause: error }));
    });
  });
}
