import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { WorkerPool } from "../../../src/executors/chunks/worker-pool.ts";
import { isRunning, until } from "../../fixtures/local-lambda.ts";
import { describeOne, openPool, perform } from "./fixtures/pools.ts";
import { describePool } from "./pool-cases.ts";

describePool("processes");

describe("processes of their own", () => {
  let pool: WorkerPool;

  afterEach(() => pool.close());

  test("have the variables and flags that they are given, beside the driver's variables", async () => {
    vi.stubEnv("NODE_OPTIONS", "--stack-trace-limit=20");
    const options = { nWorkers: 1, env: { FANOPT_TEST_VARIABLE: "ä b" }, execArgv: ["--expose-gc"], memoryMB: 64 };
    pool = await openPool("processes", options);
    const { variable, execArgv, nodeOptions, pid } = await describeOne(pool);
    expect(variable).toBe("ä b");
    expect(nodeOptions).toBe("--stack-trace-limit=20");
    expect(execArgv.slice(-2)).toEqual(["--max-old-space-size=64", "--expose-gc"]);
    expect(pid).not.toBe(process.pid);
  });

  test("that ignore SIGTERM in an endless loop end all the same", async () => {
    pool = await openPool("processes", { nWorkers: 1 });
    const { pid } = await describeOne(pool);
    const run = perform(pool, { do: "ignore SIGTERM and loop" }).catch((error) => error);
    await pool.close();
    expect(await run).toMatchObject({ name: "InfrastructureError" });
    expect(isRunning(pid)).toBe(false);
  });

  test("that still end count: another one starts when they are gone", async () => {
    const folder = mkdtempSync(join(tmpdir(), "fanopt-test-"));
    const file = join(folder, "marker");
    try {
      pool = await openPool("processes", { nWorkers: 1 });
      const controller = new AbortController();
      const run = perform(pool, { do: "mark, ignore SIGTERM and loop", file }, controller.signal);
      const ended = run.catch((error) => error);
      await until(() => existsSync(file) && readFileSync(file, "utf8").endsWith("\n"));
      controller.abort();
      expect(await ended).toMatchObject({ name: "AbortError" });
      const { pid } = await describeOne(pool);
      const before = Number(readFileSync(file, "utf8"));
      expect(pid).not.toBe(before);
      expect(isRunning(before)).toBe(false);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("that are killed between chunks are replaced", async () => {
    pool = await openPool("processes", { nWorkers: 1 });
    const { pid } = await describeOne(pool);
    process.kill(pid, "SIGKILL");
    await until(() => !isRunning(pid));
    // A chunk that is sent before its end is known is told of it.
    await perform(pool, { do: "answer" }).catch((error) => expect(error).toMatchObject({ kind: "signal" }));
    const { pid: other } = await describeOne(pool);
    expect(other).not.toBe(pid);
  });

  test("sixteen of them: no warning of listeners, no listener is left", async () => {
    const warnings: string[] = [];
    const note = (warning: Error) => warnings.push(String(warning));
    process.on("warning", note);
    const listeners = () =>
      [process, process.stdout, process.stderr].map((one) => one.eventNames().map((name) => one.listenerCount(name)));
    const before = listeners();
    pool = await openPool("processes", { nWorkers: 16 });
    await Promise.all(Array.from({ length: 16 }, () => perform(pool, { do: "answer" })));
    await Promise.all(Array.from({ length: 16 }, (_, code) => perform(pool, { do: "exit", code }).catch(() => {})));
    await pool.close();
    await until(() => JSON.stringify(listeners()) === JSON.stringify(before));
    process.off("warning", note);
    expect(warnings).toEqual([]);
  });
});
