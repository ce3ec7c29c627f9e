import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const run = promisify(execFile);
const fixture = (name: string) => fileURLToPath(new URL(`../../fixtures/${name}.ts`, import.meta.url));

it("100,000 points at once need no more of the driver's memory than those under way: 150 MB are enough", async () => {
  const server = spawn(process.execPath, [fixture("handler-server")], { stdio: ["pipe", "pipe", "inherit"] });
  try {
    const [port] = (await once(server.stdout, "data")) as [Buffer];
    const flags = ["--max-old-space-size=150", fixture("many-points-driver"), port.toString().trim()];
    const { stdout } = await run(process.execPath, flags);
    // The squares of 0 … 99,999 by the formula of Faulhaber, and 1² + … + 9² = 285 for each point.
    const n = 99_999;
    expect(Number(stdout)).toBe((n * (n + 1) * (2 * n + 1)) / 6 + 285 * 100_000);
  } finally {
    server.stdin.end();
  }
});
