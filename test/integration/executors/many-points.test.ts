import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { startServer } from "../../fixtures/start-server.ts";

const run = promisify(execFile);
const driver = fileURLToPath(new URL("../../fixtures/many-points-driver.ts", import.meta.url));

it("100,000 points at once need no more of the driver's memory than those under way: 150 MB are enough", async () => {
  const server = await startServer("handler-server");
  try {
    const flags = ["--max-old-space-size=150", driver, String(server.port)];
    const { stdout } = await run(process.execPath, flags);
    // The squares of 0 … 99,999 by the formula of Faulhaber, and 1² + … + 9² = 285 for each point.
    const n = 99_999;
    expect(Number(stdout)).toBe((n * (n + 1) * (2 * n + 1)) / 6 + 285 * 100_000);
  } finally {
    server.stop();
  }
});
