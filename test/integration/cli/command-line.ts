/** Runs of the built command line, as npx starts it, away from this machine's AWS settings. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { text } from "node:stream/consumers";

export const root: string = join(import.meta.dirname, "..", "..", "..");

export interface Run {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A Node.js program in `folder`, with these environment variables and no others of AWS, SST or fanopt. */
export async function runNode(
  args: readonly string[],
  folder: string,
  variables: Readonly<Record<string, string>> = {},
): Promise<Run> {
  const child = spawn(process.execPath, args, {
    cwd: folder,
    env: {
      PATH: process.env.PATH,
      // No ~/.aws, and no request to the address where EC2 gives roles.
      HOME: folder,
      USERPROFILE: folder,
      AWS_EC2_METADATA_DISABLED: "true",
      ...variables,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const exit = new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  const [exitCode, stdout, stderr] = await Promise.all([exit, text(child.stdout), text(child.stderr)]);
  return { exitCode, stdout, stderr };
}

export function fanopt(
  args: readonly string[],
  folder: string,
  variables: Readonly<Record<string, string>> = {},
): Promise<Run> {
  return runNode([join(root, "dist", "cli", "main.js"), ...args], folder, variables);
}

interface Told {
  readonly name: string;
  readonly status: "passed" | "failed" | "skipped";
  readonly detail: string;
  readonly remedy: string | null;
}

export interface Diagnosis {
  readonly exitCode: number | null;
  readonly passed: boolean;
  readonly output: string;
  /** By name, in the order in which they are told. */
  readonly checks: ReadonlyMap<string, Told>;
  /** "Node.js passed", "credentials failed", … */
  readonly statuses: readonly string[];
}

/** `fanopt doctor --json`, read. */
export async function diagnose(
  args: readonly string[],
  folder: string,
  variables: Readonly<Record<string, string>> = {},
): Promise<Diagnosis> {
  const { exitCode, stdout, stderr } = await fanopt(["doctor", "--json", ...args], folder, variables);
  if (stderr !== "") throw new Error(`fanopt doctor wrote to standard error:\n${stderr}`);
  const { passed, checks } = JSON.parse(stdout) as { passed: boolean; checks: Told[] };
  return {
    exitCode,
    passed,
    output: stdout,
    checks: new Map(checks.map((check) => [check.name, check])),
    statuses: checks.map(({ name, status }) => `${name} ${status}`),
  };
}
