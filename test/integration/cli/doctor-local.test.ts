import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createRunStore } from "../../../src/recording/store.ts";
import { makeRun } from "../../recording/rows.ts";
import { diagnose, fanopt } from "./command-line.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "fanopt-cli-"));
});
afterEach(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }));

const allPassed = ["Node.js passed", "function passed", "invocation passed", "table passed"];

it("passes without an account, and leaves nothing behind", async () => {
  const { exitCode, passed, checks, statuses } = await diagnose(["--local"], folder);
  expect(statuses).toEqual(allPassed);
  expect({ exitCode, passed }).toEqual({ exitCode: 0, passed: true });
  expect(checks.get("Node.js")?.detail).toBe(process.versions.node);
  expect(checks.get("invocation")?.detail).toMatch(/^cold \d+ ms, then warm \d+ ms; fanopt \d+\.\d+\.\d+ on Node\.js/);
  expect(existsSync(join(folder, ".fanopt"))).toBe(false);
});

it("reads the runs that are there", async () => {
  await using store = createRunStore({ kind: "local", path: join(folder, ".fanopt", "dynamodb") });
  await store.createRun(makeRun("run-1"));
  const { checks, statuses } = await diagnose(["--local"], folder);
  expect(statuses).toEqual(allPassed);
  expect(checks.get("table")?.detail).toContain("1 run in ");
});

it("says what fails: here a timeout that nothing keeps", async () => {
  const { exitCode, stdout } = await fanopt(["doctor", "--local", "--timeout", "0.001"], folder);
  expect(exitCode).toBe(1);
  expect(stdout).toMatch(/^✗ invocation {3}.*no answer within 0\.001 s\n {15}→ .*--timeout/m);
});

it("names a temporary folder that is not there, and speaks neither of AWS nor of deploying", async () => {
  const { exitCode, stdout } = await fanopt(["doctor", "--local"], folder, { TMPDIR: join(folder, "nowhere") });
  expect(exitCode).toBe(1);
  expect(stdout).toMatch(/^✗ table {8}ENOENT: no such file or directory, mkdtemp .*\n {15}→ .*TMPDIR/m);
  expect(stdout).toMatch(/^✗ invocation /m);
  expect(stdout).not.toMatch(/AWS|sst deploy/);
});
