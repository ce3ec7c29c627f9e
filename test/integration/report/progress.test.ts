import { spawn } from "node:child_process";
import { expect, test } from "vitest";

const module = new URL("../../../src/report/progress.ts", import.meta.url).href;

/** Runs code in a Node process of its own whose stderr is a pipe. */
async function runNode(code: string): Promise<{ exitCode: number | null; stderr: string }> {
  const child = spawn(process.execPath, ["--input-type=module", "-e", code], { stdio: ["ignore", "ignore", "pipe"] });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  return { exitCode, stderr };
}

const prelude = `
  import { resolveProgress } from ${JSON.stringify(module)};
  const state = { runName: "r", algorithm: "a", direction: "minimize", bestFun: 1, startFun: 2, nRounds: 3, nPoints: 4,
    nInFlight: 0, nFailed: 0, elapsedMs: 5 };
`;

test("a reporter that was never finished does not keep the process alive, on a terminal or not", async () => {
  const { exitCode, stderr } = await runNode(`${prelude}
    resolveProgress(true).update(state);
    const terminal = { isTTY: true, columns: 80, write() {} };
    resolveProgress(true, terminal, {}).update(state);
  `);
  expect(stderr).toBe("");
  expect(exitCode).toBe(0);
});

test("by default it writes to stderr, and the last line is there however short the run", async () => {
  const { exitCode, stderr } = await runNode(`${prelude}
    const progress = resolveProgress(undefined);
    progress.update(state);
    progress.finish(state, { success: true, message: "Converged." });
  `);
  expect(stderr).toBe("r: finished: best 1, 3 rounds, 4 points, 5 ms. Converged.\n");
  expect(exitCode).toBe(0);
});
