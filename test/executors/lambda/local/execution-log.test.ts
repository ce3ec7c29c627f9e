import { mkdtempSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ExecutionLog, endLines, startLine } from "../../../../src/executors/lambda/local/execution-log.ts";

let folder: string;
let log: ExecutionLog;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fanopt-test-"));
  log = new ExecutionLog(join(folder, "log"));
});

afterEach(() => {
  log.close();
  rmSync(folder, { recursive: true });
});

describe("ExecutionLog", () => {
  test("puts what the start has printed before START, and what the invocation prints after it", () => {
    writeSync(log.fd, "loading\n");
    log.markInitialized();
    writeSync(log.fd, "working\n");
    expect(log.tail("START\n", "END\n").toString()).toBe("loading\nSTART\nworking\nEND\n");
  });

  test("begins anew for each invocation", () => {
    writeSync(log.fd, "loading\n");
    log.markInitialized();
    log.clear();
    writeSync(log.fd, "second\n");
    expect(log.tail("START\n", "END\n").toString()).toBe("START\nsecond\nEND\n");
  });

  test("keeps the last 4096 bytes, whole characters, start and end included", () => {
    log.markInitialized();
    writeSync(log.fd, "ä".repeat(3_000));
    const text = log.tail("START\n", "END\n").toString();
    expect(text).toBe(`${"ä".repeat(2_046)}END\n`);
    expect(Buffer.byteLength(text)).toBe(4_096);
  });

  test("shows the end of a long start", () => {
    writeSync(log.fd, "x".repeat(10_000));
    log.markInitialized();
    writeSync(log.fd, "working\n");
    const text = log.tail("START\n", "END\n").toString();
    expect(text).toHaveLength(4_096);
    expect(text).toMatch(/^x+START\nworking\nEND\n$/);
  });
});

test("the platform lines are those of CloudWatch", () => {
  expect(startLine("7f")).toBe("START RequestId: 7f Version: $LATEST\n");
  const report = { requestId: "7f", durationMs: 12.344, memoryMB: 128, maxMemoryUsedMB: 70 };
  expect(endLines(report)).toBe(
    "END RequestId: 7f\nREPORT RequestId: 7f\tDuration: 12.34 ms\tBilled Duration: 13 ms\tMemory Size: 128 MB\tMax Memory Used: 70 MB\n",
  );
  expect(endLines({ ...report, initMs: 100.5 })).toContain("\tBilled Duration: 113 ms\t");
  expect(endLines({ ...report, maxMemoryUsedMB: 131 })).toContain("\tMax Memory Used: 128 MB\n");
});
