import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { until } from "../../fixtures/local-lambda.ts";

const fixture = fileURLToPath(new URL("../../fixtures/lambda-driver.ts", import.meta.url));

interface End {
  readonly status: number | null;
  readonly lines: readonly Record<string, unknown>[];
  readonly stderr: string;
}

/** Runs the driver to its end. A marker in the environment tells its descendants from all other processes. */
async function drive(marker: string, ...args: string[]): Promise<End> {
  const child: ChildProcess = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", fixture, ...args], {
    env: { ...process.env, TMPDIR: process.env.TMPDIR ?? "/tmp", PATH: `${process.env.PATH}:/${marker}` },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [stdout, stderr] = ["", ""];
  child.stdout?.on("data", (text) => {
    stdout += text;
  });
  child.stderr?.on("data", (text) => {
    stderr += text;
  });
  const status = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return {
    status,
    lines: stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line)),
    stderr,
  };
}

/** Processes with the marker in their environment. */
function descendants(marker: string): number {
  const has = (pid: string) => {
    try {
      return readFileSync(`/proc/${pid}/environ`, "latin1").includes(marker);
    } catch {
      return false;
    }
  };
  return readdirSync("/proc").filter((name) => /^\d+$/.test(name) && has(name)).length;
}

describe("a driver that disposes of nothing", () => {
  it("has opened nothing by making executors, and ends by itself", async () => {
    const { status, lines, stderr } = await drive("fanopt-unused");
    expect([status, lines, stderr]).toEqual([0, [{ opened: 0 }], ""]);
  });

  it.runIf(process.platform === "linux").each(["SDK's", "fast"])(
    "ends by itself after the embedded Lambda was used by the %s client, and leaves no process",
    async (client) => {
      const marker = `fanopt-used-${client === "fast" ? "fast" : "sdk"}-${process.pid}`;
      const running = drive(marker, "use", client);
      await until(() => descendants(marker) >= 3);
      const { status, lines, stderr } = await running;
      expect([status, lines.at(-1), stderr]).toEqual([0, { values: [5, 9] }, ""]);
      await until(() => descendants(marker) === 0);
    },
  );
});
