import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { MAX_TIMER_MS } from "../timer.ts";
import type { Scenario } from "./lifetime-program.ts";
import type { Traits } from "./setting.ts";

/** How a program ended. */
export interface ProgramEnd {
  /** "hangs": it was ended from here. "orphans": it ended, but something that it started still holds its output. */
  readonly kind: "ended" | "hangs" | "orphans";
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The limit. */
  readonly seconds: number;
}

/** Runs lifetime-program.ts with the executor under test, by the setting's command. */
export async function runProgram(traits: Traits, scenario: Scenario): Promise<ProgramEnd> {
  // Less than the check's own limit, so that it is told what hangs.
  const seconds = 0.8 * traits.seconds;
  const [command = process.execPath, ...args] = traits.command;
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  const program = fileURLToPath(new URL(`./lifetime-program.${extension}`, import.meta.url));
  const child = spawn(command, [...args, program, String(traits.module), traits.export, scenario], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const written = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const)
    child[name].setEncoding("utf8").on("data", (text: string) => {
      written[name] += text;
    });
  const exited = new Promise<void>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", () => resolve());
  });
  const closed = new Promise<void>((resolve) => {
    child.once("close", () => resolve());
  });
  let kind: ProgramEnd["kind"] = "ended";
  if (!(await within(seconds, exited))) {
    kind = "hangs";
    child.kill("SIGKILL");
  } else if (!(await within(seconds / 5, closed))) kind = "orphans";
  child.stdout.destroy();
  child.stderr.destroy();
  return { kind, status: child.exitCode, ...written, seconds };
}

async function within(seconds: number, ended: Promise<void>): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(resolve, Math.min(1_000 * seconds, MAX_TIMER_MS), false);
  try {
    return await Promise.race([ended.then(() => true), promise]);
  } finally {
    clearTimeout(timer);
  }
}
