import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isAlive, readEndpoint } from "../../src/recording/local/endpoint.ts";
import { createRunStore } from "../../src/recording/store.ts";
import { makeRow } from "../recording/rows.ts";

const driver = join(import.meta.dirname, "store-driver.ts");
let folder: string;
let started: ChildProcess[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fanopt-"));
  started = [];
});
afterEach(async () => {
  await Promise.all(started.map(kill));
  rmSync(folder, { recursive: true });
});

/** A driver process whose lines can be waited for. */
function start(
  what: string,
  runId = "",
): { process: ChildProcess; acknowledged: () => number; line: (n: number) => Promise<void> } {
  const child = spawn(process.execPath, [driver, what, folder, runId], { stdio: ["ignore", "pipe", "inherit"] });
  started.push(child);
  const lines: string[] = [];
  let wake: (() => void) | null = null;
  createInterface({ input: child.stdout }).on("line", (line) => {
    lines.push(line);
    wake?.();
  });
  child.on("exit", () => wake?.());
  return {
    process: child,
    acknowledged: () => Number(lines.at(-1) ?? 0),
    async line(n) {
      while (lines.length < n) {
        if (child.exitCode !== null)
          throw new Error(`the driver ended with ${child.exitCode} after ${lines.length} lines`);
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, "close");
  child.kill("SIGKILL");
  await closed;
}

async function expectAcknowledged(runId: string, acknowledged: number): Promise<void> {
  await using store = createRunStore({ kind: "local", path: folder });
  const stored = await store.readRun(runId);
  expect(stored.run.status).toBe("running");
  expect(stored.points.slice(0, acknowledged)).toEqual(Array.from({ length: acknowledged }, (_, i) => makeRow(i)));
}

describe("driver processes", () => {
  it("that are killed lose nothing that was acknowledged, and leave no server behind", async () => {
    const writing = start("write", "killed");
    await writing.line(20);
    const endpoint = readEndpoint(folder);
    await kill(writing.process);
    expect(writing.acknowledged()).toBeGreaterThanOrEqual(500);
    expect(endpoint && (await isAlive(endpoint))).toBe(false);
    await expectAcknowledged("killed", writing.acknowledged());
  });

  it("that forget to dispose end by themselves, with exit code 0", async () => {
    for (let i = 0; i < 3; i++) {
      const leaving = start("leave", `left-${i}`);
      const [code, signal] = await once(leaving.process, "exit");
      expect([code, signal]).toEqual([0, null]);
      await expectAcknowledged(`left-${i}`, 100);
    }
  });

  it("share a folder at the same time, and the one that is left goes on when the other is killed", async () => {
    const first = start("write", "first");
    await first.line(3);
    const second = start("write", "second");
    await second.line(3);
    expect(readEndpoint(folder)?.pid).toBe(first.process.pid);
    await kill(first.process);
    const before = second.acknowledged();
    await second.line(before / 25 + 20);
    expect(readEndpoint(folder)?.pid).toBe(second.process.pid);
    await kill(second.process);
    expect(second.acknowledged()).toBeGreaterThan(before);
    await expectAcknowledged("first", first.acknowledged());
    await expectAcknowledged("second", second.acknowledged());
  });

  it("get a clear error when something else holds the database", async () => {
    mkdirSync(join(folder, "data"));
    const holding = start("hold");
    await holding.line(1);
    await using store = createRunStore({ kind: "local", path: folder });
    await expect(store.listRuns()).rejects.toMatchObject({
      code: "store-locked",
      message: expect.stringMatching(/Another process holds the database.*Wait until it ends, end it, or use another/),
    });
    await kill(holding.process);
    expect(await store.listRuns()).toEqual([]);
  });

  it("load and open nothing before the first use", () => {
    const script = `
      import { registerHooks } from "node:module";
      const loaded = [];
      registerHooks({ resolve(name, context, next) { loaded.push(name); return next(name, context); } });
      const { resolveRunStore, createRunStore } = await import(${JSON.stringify(new URL("../../src/recording/store.ts", import.meta.url).href)});
      resolveRunStore("local");
      const store = createRunStore({ kind: "dynamodb" });
      console.log(JSON.stringify(loaded.filter((name) => /^[^./]/.test(name) && !name.startsWith("node:") && !name.startsWith("file:"))));
      await store[Symbol.asyncDispose]();
      await store.listRuns().catch((error) => console.log(error.message));`;
    const ran = spawnSync(process.execPath, ["--input-type=module", "--eval", script], {
      cwd: folder,
      encoding: "utf8",
    });
    expect(ran.stderr).toBe("");
    expect(ran.stdout).toBe("[]\nThe run store was disposed; create another one to read or write runs.\n");
    expect(existsSync(join(folder, ".fanopt"))).toBe(false);
    expect(readdirSync(folder)).toEqual([]);
  });
});
